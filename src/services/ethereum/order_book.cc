#include "services/ethereum/order_book.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "services/ethereum/order_book_json.h"
#include "services/ethereum/wire/abi.h"

namespace oree::ethereum {

namespace {

using Kind = BookEvent::Kind;

struct EventShape {
  Kind kind;
  std::string_view word;
  std::string_view signature;
  size_t topics, words;  // of a sound log
};
constexpr EventShape kEvents[] = {
    {Kind::proposed, "Proposed", "Proposed(bytes32,bytes32,bytes32,uint64)", 2, 3},
    {Kind::approved, "Approved", "Approved(bytes32,bytes32,address)", 3, 1},
    {Kind::refused, "Refused", "Refused(bytes32,bytes32,address)", 3, 1},
    {Kind::executed, "Executed", "Executed(bytes32,bytes32,bytes32)", 2, 2},
};

struct Refusal {
  std::string_view signature;
  ErrorKind kind;
  std::string_view sentence;
};
constexpr Refusal kRefusals[] = {
    {"BadSetup()", ErrorKind::invalid, "the list of authorities, the threshold or the station is wrong"},
    {"NotStation()", ErrorKind::denied, "this key is not the contract's station"},
    {"NotAuthority()", ErrorKind::denied, "this key is none of the contract's authorities"},
    {"AlreadyProposed()", ErrorKind::conflict, "the order is proposed already"},
    {"NotOpen()", ErrorKind::conflict, "the order is not proposed, or is decided already"},
    {"OtherProposal()", ErrorKind::conflict, "the order was proposed with another text"},
    {"AlreadyDecided()", ErrorKind::conflict, "this authority has decided already"},
    {"Expired()", ErrorKind::conflict, "the proposal has expired"},
};

// The chain's clock, from a number of the contract. Beyond the year 36,000 it is "never".
ChainTime chain_time(uint64_t seconds) {
  return ChainTime(std::chrono::seconds(std::min(seconds, uint64_t{1} << 40)));
}

uint64_t seconds_of(ChainTime time) {
  return static_cast<uint64_t>(std::max<int64_t>(0, time.time_since_epoch().count()));
}

// Part of the program: wrong only when the build was.
ByteBuffer bytecode() {
  const auto compiled = json::parse(order_book_json());
  const json::Value* code = compiled ? compiled->find("bytecode") : nullptr;
  const auto bytes = code && code->text() ? parse_data(*code->text()) : Result<ByteBuffer>(ByteBuffer{});
  if (!bytes || bytes->empty()) std::abort();
  return *bytes;
}

}  // namespace

std::string_view word_of(Kind kind) {
  return kEvents[static_cast<size_t>(kind)].word;
}

Word order_word(std::string_view order_id) {
  return crypto::sha256(as_bytes(order_id)).bytes;
}

ByteBuffer deploy_code(const BookSetup& setup) {
  ByteBuffer out = bytecode();
  const ByteBuffer arguments =
      abi::Call().addresses(setup.authorities).number(setup.threshold).address(setup.station).finish();
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

ByteBuffer propose_call(const Word& order, const Word& proposal, const Word& data_root, ChainTime expires) {
  abi::Call call("propose(bytes32,bytes32,bytes32,uint64)");
  return call.word(order).word(proposal).word(data_root).number(seconds_of(expires)).finish();
}

ByteBuffer approve_call(const Word& order, const Word& proposal) {
  return abi::Call("approve(bytes32,bytes32)").word(order).word(proposal).finish();
}

ByteBuffer refuse_call(const Word& order, const Word& proposal) {
  return abi::Call("refuse(bytes32,bytes32)").word(order).word(proposal).finish();
}

const std::vector<Word>& event_topics() {
  static const std::vector<Word> topics = [] {
    std::vector<Word> out;
    for (const EventShape& shape : kEvents) out.push_back(abi::topic(shape.signature));
    return out;
  }();
  return topics;
}

Result<BookEvent> parse_event(const LogEntry& log) {
  const auto& topics = event_topics();
  const auto known = log.topics.empty() ? topics.end() : std::ranges::find(topics, log.topics[0]);
  if (known == topics.end()) return fail(ErrorKind::not_found, "a log that is no event of the order book");
  const EventShape& shape = kEvents[known - topics.begin()];
  if (log.topics.size() != shape.topics || log.data.size() != 32 * shape.words) {
    return fail(ErrorKind::invalid, cat("a log ", shape.word, " whose size is wrong"));
  }
  const abi::Reader data(log.data);
  BookEvent out{.kind = shape.kind,
                .order = log.topics[1],
                .proposal = *data.word(0),
                .block = log.block,
                .transaction = log.transaction,
                .index = log.index};
  if (shape.kind == Kind::approved || shape.kind == Kind::refused) {
    const auto authority = abi::word_address(log.topics[2]);
    if (!authority) return forward(authority, shape.word);
    out.authority = *authority;
    return out;
  }
  out.data_root = *data.word(1);
  if (shape.kind == Kind::proposed) {
    const auto expires = data.number(2);
    if (!expires) return forward(expires, shape.word);
    out.expires = chain_time(*expires);
  }
  return out;
}

Error explain(const RpcFault& fault) {
  if (!fault.reverted()) return fault.error;
  for (const Refusal& one : kRefusals) {
    const auto selector = abi::selector(one.signature);
    if (fault.data.size() >= selector.size() && std::ranges::equal(ByteView(fault.data).first(4), selector)) {
      return {one.kind, cat("the contract refuses: ", one.sentence)};
    }
  }
  const std::string sentence = abi::revert_text(fault.data);
  return {ErrorKind::conflict, cat("the contract refuses: ", sentence.empty() ? fault.message : sentence)};
}

Result<ByteBuffer> OrderBook::ask(ByteBuffer call, BlockAt at) const {
  auto answer = rpc_.call({.to = contract_, .data = std::move(call)}, at);
  if (!answer) return std::unexpected(explain(answer.error()));
  // A call to an address without code succeeds and answers nothing.
  if (answer->empty()) return fail(ErrorKind::not_found, cat("there is no order book at ", contract_.text()));
  return *std::move(answer);
}

Result<BookedOrder> OrderBook::order(const Word& order, BlockAt at) const {
  const auto answer = ask(abi::Call("orders(bytes32)").word(order).finish(), at);
  if (!answer) return forward(answer);
  const abi::Reader reader(*answer);
  const auto proposal = reader.word(0), data_root = reader.word(1);
  const auto expires = reader.number(2), approvals = reader.number(3), refusals = reader.number(4);
  const auto state = reader.number(5);
  if (!state) return forward(state);
  if (!expires || !approvals || !refusals || *state > 3) {
    return fail(ErrorKind::invalid, cat("the contract at ", contract_.text(), " is no order book"));
  }
  return BookedOrder{.state = static_cast<BookState>(*state),
                     .proposal = *proposal,
                     .data_root = *data_root,
                     .expires = chain_time(*expires),
                     .approvals = *approvals,
                     .refusals = *refusals};
}

Result<BookDecision> OrderBook::decision(const Word& order, const Address& authority, BlockAt at) const {
  const auto answer =
      ask(abi::Call("decisions(bytes32,address)").word(order).address(authority).finish(), at);
  if (!answer) return forward(answer);
  const auto number = abi::Reader(*answer).number(0);
  if (!number) return forward(number);
  if (*number > 2)
    return fail(ErrorKind::invalid, cat("the contract at ", contract_.text(), " is no order book"));
  return static_cast<BookDecision>(*number);
}

Result<BookSetup> OrderBook::setup(BlockAt at) const {
  const auto list = ask(abi::Call("authorities()").finish(), at);
  if (!list) return forward(list);
  const auto count = ask(abi::Call("threshold()").finish(), at);
  if (!count) return forward(count);
  const auto who = ask(abi::Call("station()").finish(), at);
  if (!who) return forward(who);
  auto authorities = abi::Reader(*list).addresses(0);
  if (!authorities) return forward(authorities);
  const auto threshold = abi::Reader(*count).number(0);
  if (!threshold) return forward(threshold);
  const auto station = abi::Reader(*who).address(0);
  if (!station) return forward(station);
  return BookSetup{*std::move(authorities), *threshold, *station};
}

}  // namespace oree::ethereum
