#include "services/ethereum/wire/transaction.h"

#include <algorithm>

#include "services/ethereum/wire/keccak.h"
#include "services/ethereum/wire/rlp.h"

namespace oree::ethereum {

namespace {

constexpr std::byte kFeeKind{0x02};  // EIP-2718's type of EIP-1559
constexpr uint64_t kLegacyV = 35;    // EIP-155: v = 2 * chain + 35 + recovery

ByteView to_bytes(const Transaction& transaction) {
  return transaction.to ? ByteView(transaction.to->bytes) : ByteView{};
}

rlp::Writer legacy_fields(const Transaction& t) {
  rlp::Writer list;
  list.number(t.nonce).number(t.fees.highest).number(t.gas).bytes(to_bytes(t)).number(t.value).bytes(t.data);
  return list;
}

rlp::Writer fee_fields(const Transaction& t) {
  rlp::Writer list;
  list.number(t.chain_id).number(t.nonce).number(t.fees.priority).number(t.fees.highest).number(t.gas);
  list.bytes(to_bytes(t)).number(t.value).bytes(t.data).list({});
  return list;
}

ByteBuffer typed(const rlp::Writer& list) {
  ByteBuffer out = list.finish();
  out.insert(out.begin(), kFeeKind);
  return out;
}

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, std::string(what));
}

// Reads the fields of a list in order and remembers whether all were what was asked for.
class Fields {
 public:
  explicit Fields(const std::vector<rlp::Item>& items) : items_(items) {}
  uint64_t number() {
    const auto value = rlp::number(next());
    sound_ &= value.has_value();
    return value.value_or(0);
  }
  ByteBuffer bytes() {
    const rlp::Item& item = next();
    sound_ &= !item.is_list;
    return {item.bytes.begin(), item.bytes.end()};
  }
  std::optional<Address> to() {
    const ByteBuffer found = bytes();
    Address out;
    if (found.empty()) return std::nullopt;
    if (found.size() != out.bytes.size()) return sound_ = false, std::nullopt;
    std::ranges::copy(found, out.bytes.begin());
    return out;
  }
  Word integer() {
    const ByteBuffer found = bytes();
    Word out{};
    if (found.size() > out.size() || (!found.empty() && found[0] == std::byte{0})) return sound_ = false, out;
    std::ranges::copy(found, out.end() - static_cast<std::ptrdiff_t>(found.size()));
    return out;
  }
  void empty_list() {
    const rlp::Item& item = next();
    sound_ &= item.is_list && item.items.empty();
  }
  bool sound() const { return sound_ && at_ == items_.size(); }

 private:
  const rlp::Item& next() {
    static const rlp::Item none{.is_list = true};
    if (at_ >= items_.size()) return sound_ = false, none;
    return items_[at_++];
  }
  const std::vector<rlp::Item>& items_;
  size_t at_ = 0;
  bool sound_ = true;
};

void read_fee_kind(Fields& fields, Transaction& t, Signature& signature) {
  t.chain_id = fields.number();
  t.nonce = fields.number();
  t.fees.priority = fields.number();
  t.fees.highest = fields.number();
  t.gas = fields.number();
  t.to = fields.to();
  t.value = fields.number();
  t.data = fields.bytes();
  fields.empty_list();
  signature.recovery = static_cast<unsigned>(std::min<uint64_t>(fields.number(), 2));
  signature.r = fields.integer();
  signature.s = fields.integer();
}

bool read_legacy(Fields& fields, Transaction& t, Signature& signature) {
  t.fees.legacy = true;
  t.nonce = fields.number();
  t.fees.highest = fields.number();
  t.gas = fields.number();
  t.to = fields.to();
  t.value = fields.number();
  t.data = fields.bytes();
  const uint64_t v = fields.number();
  signature.r = fields.integer();
  signature.s = fields.integer();
  if (v < kLegacyV) return false;
  t.chain_id = (v - kLegacyV) / 2;
  signature.recovery = static_cast<unsigned>((v - kLegacyV) % 2);
  return true;
}

}  // namespace

Word signing_hash(const Transaction& transaction) {
  if (!transaction.fees.legacy) return keccak256(typed(fee_fields(transaction)));
  rlp::Writer list = legacy_fields(transaction);
  return keccak256(list.number(transaction.chain_id).number(0).number(0).finish());
}

SignedTransaction sign(const Transaction& transaction, const Key& key) {
  const Signature signature = key.sign(signing_hash(transaction));
  SignedTransaction out;
  if (transaction.fees.legacy) {
    rlp::Writer list = legacy_fields(transaction);
    list.number(2 * transaction.chain_id + kLegacyV + signature.recovery);
    out.raw = list.integer(signature.r).integer(signature.s).finish();
  } else {
    rlp::Writer list = fee_fields(transaction);
    out.raw = typed(list.number(signature.recovery).integer(signature.r).integer(signature.s));
  }
  out.hash = keccak256(out.raw);
  return out;
}

uint64_t intrinsic_gas(const Transaction& transaction) {
  uint64_t gas = transaction.to ? 21'000 : 53'000;
  for (const std::byte b : transaction.data) gas += b == std::byte{0} ? 4 : 16;
  return gas;
}

Address contract_address(const Address& sender, uint64_t nonce) {
  rlp::Writer list;
  const Word hash = keccak256(list.bytes(sender.bytes).number(nonce).finish());
  Address out;
  std::copy(hash.end() - 20, hash.end(), out.bytes.begin());
  return out;
}

Result<ParsedTransaction> parse_transaction(ByteView raw) {
  const bool has_fee_kind = !raw.empty() && raw[0] == kFeeKind;
  const auto list = rlp::parse(has_fee_kind ? raw.subspan(1) : raw);
  if (!list) return forward(list);
  if (!list->is_list) return wrong("a transaction of a kind that is not spoken here");
  Fields fields(list->items);
  ParsedTransaction out;
  Signature signature;
  if (has_fee_kind) {
    read_fee_kind(fields, out.transaction, signature);
  } else if (!read_legacy(fields, out.transaction, signature)) {
    return wrong("a transaction whose signature names no chain (EIP-155)");
  }
  if (!fields.sound()) return wrong("not the fields of a transaction");
  const auto sender = recover(signing_hash(out.transaction), signature);
  if (!sender) return forward(sender);
  out.sender = *sender;
  return out;
}

}  // namespace oree::ethereum
