#include "services/ethereum/rpc_answers.h"

#include "base/text.h"

namespace oree::ethereum {

namespace {

constexpr size_t kMaxLogs = 20'000;
constexpr size_t kMaxTopics = 4;
constexpr size_t kShownMessage = 300;

RpcFault fault(ErrorKind kind, std::string what) {
  return {.error = {kind, std::move(what)}};
}

// Numbers of JSON-RPC 2.0 §5.1, and those that clients agree on: 3 is a revert, -32005 a limit.
ErrorKind kind_of(const RpcFault& said) {
  if (said.reverted()) return ErrorKind::conflict;
  switch (said.code) {
    case -32700:
    case -32600:
    case -32602:
      return ErrorKind::invalid;
    case -32601:
    case -32004:
      return ErrorKind::unsupported;
    case -32005:
      return ErrorKind::busy;
    default:
      return ErrorKind::unavailable;
  }
}

RpcFault read_error(const json::Value& error, std::string_view method) {
  RpcFault out;
  if (const auto* code = error.find("code")) out.code = code->integer().value_or(0);
  if (const auto* message = error.find("message"); message && message->text()) {
    out.message = message->text()->substr(0, kShownMessage);
  }
  if (const auto* data = error.find("data"); data && data->text()) {
    if (auto bytes = parse_data(*data->text())) out.data = *std::move(bytes);
  }
  out.error = {kind_of(out), cat(method, ": the node says ", out.code, " ", out.message)};
  return out;
}

// Reads members of one object and keeps the first complaint.
class Members {
 public:
  Members(const json::Value& value, std::string_view what) : value_(value), what_(what) {
    if (value.object() == nullptr) complain("is no object");
  }

  template <class T, class Parse>
  void read(std::string_view name, T& out, Parse parse) {
    const json::Value* member = value_.find(name);
    const std::string* text = member ? member->text() : nullptr;
    if (text == nullptr) return complain(cat("has no ", name));
    auto parsed = parse(*text);
    if (!parsed) return complain(cat(name, ": ", parsed.error().what));
    out = *std::move(parsed);
  }
  void number(std::string_view name, uint64_t& out) { read(name, out, parse_quantity); }
  void word(std::string_view name, Word& out) { read(name, out, parse_word); }
  bool has(std::string_view name) const {
    const json::Value* member = value_.find(name);
    return member != nullptr && !member->is_null();
  }
  void complain(std::string what) {
    if (complaint_.empty()) complaint_ = cat("the node's ", what_, " ", what);
  }
  template <class T>
  Result<T> done(T value) const {
    if (!complaint_.empty()) return fail(ErrorKind::invalid, complaint_);
    return value;
  }

 private:
  const json::Value& value_;
  std::string_view what_;
  std::string complaint_;
};

const std::string* text_of(const json::Value& value) {
  return value.text();
}

}  // namespace

bool RpcFault::says(std::string_view part) const {
  return lower(message).contains(lower(part));
}

bool RpcFault::reverted() const {
  return code == 3 || says("execution reverted");
}

RpcResult<json::Value> parse_answer(std::string_view body, std::string_view method, int64_t id) {
  auto answer = json::parse(body);
  if (!answer || answer->object() == nullptr) {
    return std::unexpected(fault(ErrorKind::invalid, cat(method, ": the answer is no JSON-RPC")));
  }
  if (const auto* error = answer->find("error"); error && error->object()) {
    return std::unexpected(read_error(*error, method));
  }
  const auto* answered = answer->find("id");
  if (answered == nullptr || answered->integer() != id) {
    return std::unexpected(
        fault(ErrorKind::invalid, cat(method, ": the answer belongs to another question")));
  }
  const auto* result = answer->find("result");
  if (result == nullptr)
    return std::unexpected(fault(ErrorKind::invalid, cat(method, ": the answer has no result")));
  return *result;
}

Result<Block> parse_block(const json::Value& value) {
  Block out;
  Members members(value, "block");
  members.number("number", out.number);
  members.word("hash", out.hash);
  uint64_t seconds = 0;
  members.number("timestamp", seconds);
  // 2^40 s is the year 36,000: clients of some chains write nanoseconds there.
  if (seconds >> 40 != 0) members.complain("has a timestamp that is not in seconds");
  out.time = ChainTime(std::chrono::seconds(seconds & ((uint64_t{1} << 40) - 1)));
  if (members.has("baseFeePerGas")) members.number("baseFeePerGas", out.base_fee.emplace());
  return members.done(out);
}

Result<LogEntry> parse_log(const json::Value& value) {
  LogEntry out;
  Members members(value, "log");
  members.read("address", out.address, parse_address);
  members.read("data", out.data, parse_data);
  members.number("blockNumber", out.block);
  members.word("blockHash", out.block_hash);
  members.word("transactionHash", out.transaction);
  members.number("logIndex", out.index);
  const json::Value* topics = value.find("topics");
  const json::Array* list = topics ? topics->array() : nullptr;
  if (list == nullptr || list->size() > kMaxTopics) {
    members.complain("has no list of 4 topics or fewer");
  } else {
    for (const json::Value& one : *list) {
      const auto topic =
          text_of(one) ? parse_word(*text_of(one)) : Result<Word>(fail(ErrorKind::invalid, "no text"));
      if (!topic) members.complain(cat("topics: ", topic.error().what));
      out.topics.push_back(topic.value_or(Word{}));
    }
  }
  if (const auto* removed = value.find("removed"); removed && removed->boolean())
    out.removed = *removed->boolean();
  return members.done(std::move(out));
}

Result<std::vector<LogEntry>> parse_logs(const json::Value& value) {
  const json::Array* list = value.array();
  if (list == nullptr) return fail(ErrorKind::invalid, "the node's logs are no list");
  if (list->size() > kMaxLogs)
    return fail(ErrorKind::invalid, cat("the node sent ", list->size(), " logs at once"));
  std::vector<LogEntry> out;
  out.reserve(list->size());
  for (const json::Value& one : *list) {
    auto log = parse_log(one);
    if (!log) return forward(log);
    out.push_back(*std::move(log));
  }
  return out;
}

Result<Receipt> parse_receipt(const json::Value& value) {
  Receipt out;
  Members members(value, "receipt");
  members.word("transactionHash", out.transaction);
  members.number("blockNumber", out.block);
  members.word("blockHash", out.block_hash);
  members.number("gasUsed", out.gas_used);
  uint64_t status = 0;
  members.number("status", status);
  if (status > 1) members.complain("has a status that is neither 0 nor 1");
  out.succeeded = status == 1;
  if (members.has("contractAddress")) members.read("contractAddress", out.contract.emplace(), parse_address);
  return members.done(out);
}

Result<uint64_t> parse_quantity_value(const json::Value& value) {
  if (text_of(value) == nullptr) return fail(ErrorKind::invalid, "the node's answer is no number");
  return parse_quantity(*text_of(value));
}

Result<ByteBuffer> parse_data_value(const json::Value& value) {
  if (text_of(value) == nullptr) return fail(ErrorKind::invalid, "the node's answer is no data");
  return parse_data(*text_of(value));
}

}  // namespace oree::ethereum
