#include "services/ethereum/chain_ledger.h"

#include <algorithm>

#include "base/text.h"

namespace oree::ethereum {

namespace {

constexpr unsigned kRangesPerLook = 16;
constexpr int kHaltedPeriods = 10;

bool is_zero(const Word& word) {
  return word == Word{};
}

std::string name_of(const BookCall& call) {
  constexpr std::string_view kWords[] = {"propose", "approve", "refuse"};
  return cat(kWords[static_cast<size_t>(call.kind)], " ", to_hex(call.order));
}

ByteBuffer data_of(const BookCall& call) {
  switch (call.kind) {
    case BookCall::Kind::propose:
      return propose_call(call.order, call.proposal, call.data_root, call.expires);
    case BookCall::Kind::approve:
      return approve_call(call.order, call.proposal);
    case BookCall::Kind::refuse:
      break;
  }
  return refuse_call(call.order, call.proposal);
}

// Nodes that bound a question for logs say so in many ways; all of them name a limit of some kind.
bool finds_it_too_much(const RpcFault& fault) {
  return fault.code == -32005 || fault.says("limit") || fault.says("too many") || fault.says("range") ||
         fault.says("exceed") || fault.says("more than");
}

bool in_order(const LogEntry& a, const LogEntry& b) {
  return a.block != b.block ? a.block < b.block : a.index < b.index;
}

}  // namespace

uint64_t finality_depth(const ChainSettings& settings) {
  return settings.confirmations.value_or(settings.signers / 2 + 1);
}

std::string ChainPosition::text() const {
  return cat(next, " ", data_text(last_hash));
}

Result<ChainPosition> parse_position(std::string_view text) {
  const auto parts = split(text, ' ');
  const auto next = parts.size() == 2 ? parse_number<uint64_t>(parts[0]) : std::nullopt;
  if (!next) return fail(ErrorKind::invalid, "a position is a block's number and a hash");
  const auto hash = parse_word(parts[1]);
  if (!hash) return forward(hash);
  return ChainPosition{*next, *hash};
}

std::string_view word_of(ChainState state) {
  constexpr std::string_view kWords[] = {"unknown", "live", "halted", "wrong_chain", "rewritten", "away"};
  return kWords[static_cast<size_t>(state)];
}

ChainLedger::ChainLedger(Rpc& rpc, const ChainSettings& settings, const Clock& clock, std::optional<Key> key)
    : rpc_(rpc), settings_(settings), clock_(clock), book_(rpc, settings.contract), range_(settings.range) {
  range_ = std::max<uint64_t>(range_, 1);
  if (key) sender_.emplace(rpc, *std::move(key), settings.chain_id, settings.fees, clock);
}

// After any failure the node may be another one: everything is checked anew.
std::unexpected<Error> ChainLedger::away(Error error) {
  chain_checked_ = false;
  if (health_.state != ChainState::wrong_chain && health_.state != ChainState::rewritten) {
    health_.state = ChainState::away;
    health_.sentence = error.what;
  }
  return std::unexpected(std::move(error));
}

Status ChainLedger::check_chain() {
  if (chain_checked_) return {};
  const auto found = rpc_.chain_id();
  if (!found) return forward(found);
  if (*found != settings_.chain_id) {
    health_.state = ChainState::wrong_chain;
    health_.sentence =
        cat("the node is on chain ", *found, " and chain ", settings_.chain_id, " is configured");
    return fail(ErrorKind::conflict, health_.sentence);
  }
  chain_checked_ = true;
  return {};
}

Status ChainLedger::meet() {
  if (health_.state == ChainState::wrong_chain) health_.state = ChainState::unknown;
  if (auto checked = check_chain(); !checked) return away(checked.error());
  const auto head = rpc_.block({});
  if (!head) return away(head.error());
  judge_head(*head);
  return {};
}

// An old head alone may be a wrong clock here, or a node that is catching up: then the head moves all the
// same.
void ChainLedger::judge_head(const Block& head) {
  const bool first = health_.head_time == ChainTime{};
  if (!first && head.number > health_.head) moved_ = clock_.mono();
  health_.head = head.number;
  health_.head_time = head.time;
  const auto patience = kHaltedPeriods * settings_.period;
  const auto age = clock_.wall() - head.time;
  const bool moves = moved_ && clock_.mono() - *moved_ <= patience;
  if (settings_.period > milliseconds(0) && age > patience && !moves) {
    health_.state = ChainState::halted;
    health_.sentence =
        cat("the chain stands still: its newest block ", head.number, " is ",
            duration_text(std::chrono::duration_cast<microseconds>(age)), " old; are enough signers up?");
  } else {
    health_.state = ChainState::live;
    health_.sentence.clear();
  }
}

std::optional<uint64_t> ChainLedger::final_block() const {
  const uint64_t depth = finality_depth(settings_);
  if (health_.head < depth || health_.head - depth < settings_.first_block) return std::nullopt;
  return health_.head - depth;
}

Status ChainLedger::check_anchor(const ChainPosition& position) {
  if (is_zero(position.last_hash) || position.next == 0) return {};
  const auto block = rpc_.block(position.next - 1);
  if (!block) return away(block.error());
  if (block->hash == position.last_hash) return {};
  health_.state = ChainState::rewritten;
  health_.sentence =
      cat("block ", block->number, " was final and is another one now: the chain was rewritten deeper than ",
          finality_depth(settings_), " blocks; nothing more is read until a person looks into it");
  return fail(ErrorKind::corrupt, health_.sentence);
}

Result<std::vector<LogEntry>> ChainLedger::fetch_logs(uint64_t from, uint64_t& to) {
  for (;;) {
    auto logs = rpc_.logs(settings_.contract, from, to, event_topics());
    if (logs) return *std::move(logs);
    if (from == to || !finds_it_too_much(logs.error())) return away(logs.error().error);
    range_ = std::max<uint64_t>((to - from + 1) / 2, 1);
    to = from + range_ - 1;
  }
}

// `last_hash` becomes the hash of block `to`, which the logs of that block must agree with.
Result<std::vector<BookEvent>> ChainLedger::read_range(uint64_t from, uint64_t& to, Word& last_hash) {
  auto logs = fetch_logs(from, to);
  if (!logs) return forward(logs);
  std::erase_if(*logs, [](const LogEntry& log) { return log.removed; });
  std::ranges::stable_sort(*logs, in_order);
  std::vector<BookEvent> events;
  for (const LogEntry& log : *logs) {
    if (log.address != settings_.contract || log.block < from || log.block > to) {
      return away({ErrorKind::invalid, "the node sent logs that nobody asked for"});
    }
    auto event = parse_event(log);
    if (!event && event.error().kind == ErrorKind::not_found) continue;
    if (!event) return away(event.error());
    if (!events.empty() && events.back().block == event->block && events.back().index == event->index)
      continue;
    events.push_back(*std::move(event));
  }
  const auto last = rpc_.block(to);
  if (!last) return away(last.error());
  if (std::ranges::any_of(
          *logs, [&](const LogEntry& log) { return log.block == to && log.block_hash != last->hash; })) {
    return away({ErrorKind::unavailable, "the chain changed while it was read; it is read again"});
  }
  last_hash = last->hash;
  return events;
}

Result<ChainNews> ChainLedger::look(const ChainPosition& position) {
  if (auto met = meet(); !met) return forward(met);
  if (auto sound = check_anchor(position); !sound) return forward(sound);
  ChainNews news{.position = position};
  news.position.next = std::max(position.next, settings_.first_block);
  const auto last = final_block();
  for (unsigned i = 0; last && news.position.next <= *last; ++i) {
    if (i == kRangesPerLook) {
      news.more = true;
      break;
    }
    uint64_t to = std::min(*last, news.position.next + range_ - 1);
    auto events = read_range(news.position.next, to, news.position.last_hash);
    if (!events) return forward(events);
    news.events.insert(news.events.end(), events->begin(), events->end());
    news.position.next = to + 1;
  }
  return news;
}

// Whether the contract knows of the call. `conflict` when it knows something else, so that the call can never
// come.
Result<bool> ChainLedger::is_done(const BookCall& call, BlockAt at) const {
  const auto order = book_.order(call.order, at);
  if (!order) return forward(order);
  const bool is_proposal = call.kind == BookCall::Kind::propose;
  if (order->state == BookState::none) {
    if (is_proposal || at) return false;
    return fail(ErrorKind::unavailable, "the order is not proposed on the chain yet");
  }
  if (order->proposal != call.proposal || (is_proposal && order->data_root != call.data_root)) {
    return fail(ErrorKind::conflict, "the order stands on the chain with another proposal");
  }
  if (is_proposal) return true;
  const auto decision = book_.decision(call.order, sender_->address(), at);
  if (!decision) return forward(decision);
  if (*decision == BookDecision::none) return false;
  if ((*decision == BookDecision::approved) == (call.kind == BookCall::Kind::approve)) return true;
  return fail(ErrorKind::conflict,
              cat("this authority has ", *decision == BookDecision::approved ? "approved" : "refused",
                  " the order already"));
}

Result<Submission> ChainLedger::finish(const BookCall& call, const std::string& name) {
  Submission out{.state = Submission::State::mined};
  const auto last = final_block();
  if (!last) return out;
  const auto settled = is_done(call, last);
  // `not_found`: the contract itself is younger than that block.
  if (!settled && settled.error().kind != ErrorKind::not_found) return forward(settled);
  if (!settled || !*settled) return out;
  out.state = Submission::State::final;
  if (const auto sent = sender_->forget(name); sent && sent->mined) out.transaction = sent->transaction;
  return out;
}

Result<Submission> ChainLedger::submit(const BookCall& call) {
  if (!sender_) return fail(ErrorKind::denied, "this ledger has no key to sign with");
  if (auto met = meet(); !met) return forward(met);
  const std::string name = name_of(call);
  const auto done = is_done(call, {});
  if (!done) return forward(done);
  if (*done) return finish(call, name);
  const auto sent = sender_->send(name, settings_.contract, data_of(call));
  if (!sent) return forward(sent);
  Submission out{.state = sent->mined ? Submission::State::mined : Submission::State::waiting};
  if (!is_zero(sent->transaction)) out.transaction = sent->transaction;
  return out;
}

}  // namespace oree::ethereum
