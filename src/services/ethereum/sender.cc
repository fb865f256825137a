#include "services/ethereum/sender.h"

#include <algorithm>

#include "base/text.h"
#include "services/ethereum/order_book.h"

namespace oree::ethereum {

namespace {

constexpr unsigned kMaxBids = 48;     // a quarter more each time: 40,000 times the first
constexpr unsigned kMaxFailures = 3;  // of one call inside blocks
constexpr size_t kMaxVersions = 16;

// Clients ask for a tenth more, in both numbers, before they replace.
uint64_t raised(uint64_t fee) {
  return fee + fee / 4 + 1;
}

bool raise(Fees& fees, uint64_t ceiling) {
  if (fees.highest >= ceiling) return false;
  fees.highest = std::min(raised(fees.highest), ceiling);
  if (!fees.legacy) fees.priority = std::min(raised(fees.priority), fees.highest);
  return true;
}

enum class Verdict : uint8_t { known, nonce_used, outbid, poor, other };

// The words of geth, Erigon, Nethermind, Besu and anvil; the numbers are -32000 and -32003 for all of them.
Verdict judge(const RpcFault& fault) {
  if (fault.says("already known") || fault.says("known transaction") || fault.says("already imported")) {
    return Verdict::known;
  }
  if (fault.says("nonce too low") || fault.says("oldnonce") || fault.says("nonce is too low")) {
    return Verdict::nonce_used;
  }
  if (fault.says("underpriced") || fault.says("fee too low") || fault.says("feetoolow") ||
      fault.says("less than block base fee")) {
    return Verdict::outbid;
  }
  if (fault.says("insufficient funds") || fault.says("upfront")) return Verdict::poor;
  return Verdict::other;
}

}  // namespace

Result<Sent> Sender::send(const std::string& name, const std::optional<Address>& to, const ByteBuffer& data) {
  if (const auto found = flights_.find(name); found != flights_.end()) {
    const bool is_same = found->second.transaction.to == to && found->second.transaction.data == data;
    if (!is_same) return fail(ErrorKind::conflict, cat("'", name, "' is under way with other contents"));
    return look_after(found);
  }
  return take_off(name, {.chain_id = chain_id_, .to = to, .data = data}, 0);
}

std::optional<Sent> Sender::forget(const std::string& name) {
  const auto found = flights_.find(name);
  if (found == flights_.end()) return std::nullopt;
  Sent out{.transaction = found->second.versions.empty() ? Word{} : found->second.versions.back()};
  for (const Word& version : found->second.versions) {
    const auto receipt = rpc_.receipt(version);
    if (!receipt || !*receipt) continue;
    out = {(*receipt)->succeeded, version, (*receipt)->block, (*receipt)->contract};
    break;
  }
  flights_.erase(found);
  return out;
}

Result<Fees> Sender::quote() {
  const auto price = rpc_.gas_price();
  if (!price) return forward(price);
  const auto head = rpc_.block({});
  if (!head) return forward(head);
  Fees out{.legacy = policy_.legacy || !head->base_fee, .highest = *price};
  uint64_t least = *price;
  if (!out.legacy) {
    // The base fee grows by an eighth per block at most: twice of it holds for five full blocks.
    least = *head->base_fee;
    out.priority = *price > least ? *price - least : 0;
    out.highest = least > policy_.ceiling / 2 ? policy_.ceiling : 2 * least;
    out.highest = out.priority > policy_.ceiling - out.highest ? policy_.ceiling : out.highest + out.priority;
    out.priority = std::min(out.priority, out.highest);
  }
  if (least > policy_.ceiling) {
    return fail(ErrorKind::busy,
                cat("the chain asks ", least, " wei per gas and the ceiling is ", policy_.ceiling));
  }
  return out;
}

// A quarter and 20,000 more than the node thinks: an approval that turns out to be the last one writes more.
Result<uint64_t> Sender::gas_for(const Transaction& transaction) {
  const auto estimate =
      rpc_.estimate_gas({.from = key_.address(), .to = transaction.to, .data = transaction.data});
  if (!estimate) return std::unexpected(explain(estimate.error()));
  if (*estimate > policy_.max_gas) {
    return fail(ErrorKind::unavailable,
                cat("the node thinks it takes ", *estimate, " gas; the limit is ", policy_.max_gas));
  }
  return std::min(std::max(*estimate, intrinsic_gas(transaction)) * 5 / 4 + 20'000, policy_.max_gas);
}

// The first that is in no block and not ours already.
Result<uint64_t> Sender::free_nonce() {
  auto nonce = rpc_.transaction_count(key_.address());
  if (!nonce) return nonce;
  const auto taken = [&] {
    return std::ranges::any_of(flights_,
                               [&](const auto& one) { return one.second.transaction.nonce == *nonce; });
  };
  while (taken()) ++*nonce;
  return nonce;
}

Result<Sent> Sender::take_off(const std::string& name, Transaction transaction, unsigned failures) {
  if (transaction.gas == 0) {
    const auto gas = gas_for(transaction);
    if (!gas) return forward(gas);
    transaction.gas = *gas;
  }
  const auto fees = quote();
  if (!fees) return forward(fees);
  transaction.fees = *fees;
  const auto nonce = free_nonce();
  if (!nonce) return forward(nonce);
  transaction.nonce = *nonce;
  Flight flight{.transaction = std::move(transaction), .since = clock_.mono(), .failures = failures};
  const auto taken = push(flight);
  if (!taken) return forward(taken);
  if (!*taken) return Sent{};
  const Word newest = flight.versions.back();
  flights_[name] = std::move(flight);
  return Sent{.transaction = newest};
}

Result<bool> Sender::push(Flight& flight) {
  for (unsigned bid = 0; bid < kMaxBids; ++bid) {
    const SignedTransaction made = sign(flight.transaction, key_);
    const auto accepted = rpc_.send_raw(made.raw);
    const Verdict verdict = accepted ? Verdict::known : judge(accepted.error());
    switch (verdict) {
      case Verdict::known:
        if (std::ranges::find(flight.versions, made.hash) == flight.versions.end())
          flight.versions.push_back(made.hash);
        return true;
      case Verdict::nonce_used: {
        if (!flight.versions.empty()) return true;  // one of them, or a stranger's: the receipt will tell
        const auto nonce = free_nonce();
        if (!nonce) return forward(nonce);
        flight.transaction.nonce = std::max(*nonce, flight.transaction.nonce + 1);
        break;
      }
      case Verdict::outbid:
        if (!raise(flight.transaction.fees, policy_.ceiling)) return false;
        break;
      case Verdict::poor:
        if (bid > 0) return false;  // cannot pay more than what lies there already
        return fail(ErrorKind::unavailable, cat("the account ", key_.address().text(),
                                                " cannot pay for gas: ", accepted.error().message));
      // Sent but not answered counts as not sent: the next try signs the same bytes, or replaces them.
      case Verdict::other:
        return std::unexpected(explain(accepted.error()));
    }
  }
  return false;
}

Result<Sent> Sender::look_after(Flights::iterator found) {
  Flight& flight = found->second;
  for (const Word& version : flight.versions) {
    const auto receipt = rpc_.receipt(version);
    if (!receipt) return forward(receipt);
    if (!*receipt) continue;
    if (!(*receipt)->succeeded) return after_failure(found);
    return Sent{true, version, (*receipt)->block, (*receipt)->contract};
  }
  const auto count = rpc_.transaction_count(key_.address());
  if (!count) return forward(count);
  if (*count > flight.transaction.nonce) {
    // Another transaction of this key took the place. Or this one did, just now: then asking once more is
    // harmless, because the contract is looked into before.
    const Word newest = flight.versions.back();
    flights_.erase(found);
    return Sent{.transaction = newest};
  }
  // Dropped by the node, or by a reorganisation that did not put it back: the same again, at once. The nonces
  // behind it wait for it.
  const auto known = rpc_.knows(flight.versions.back());
  if (!known) return forward(known);
  if (!*known) {
    const auto taken = push(flight);
    if (!taken) return forward(taken);
  } else if (clock_.mono() - flight.since >= policy_.patience && flight.versions.size() < kMaxVersions) {
    flight.since = clock_.mono();
    raise(flight.transaction.fees, policy_.ceiling);
    const auto taken = push(flight);
    if (!taken) return forward(taken);
  }
  return Sent{.transaction = flight.versions.back()};
}

// In a block and failed: out of gas, or the contract's state changed in between. The node's estimate tells
// which.
Result<Sent> Sender::after_failure(Flights::iterator found) {
  Flight flight = std::move(found->second);
  const std::string name = found->first;
  flights_.erase(found);
  if (++flight.failures >= kMaxFailures) {
    return fail(ErrorKind::conflict, cat("'", name, "' failed in ", flight.failures, " blocks"));
  }
  const auto wanted = gas_for(flight.transaction);
  if (!wanted) return forward(wanted);
  flight.transaction.gas = std::min(std::max(*wanted, 2 * flight.transaction.gas), policy_.max_gas);
  return take_off(name, std::move(flight.transaction), flight.failures);
}

}  // namespace oree::ethereum
