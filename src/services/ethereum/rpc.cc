#include "services/ethereum/rpc.h"

#include "base/text.h"

namespace oree::ethereum {

namespace {

std::string at_text(BlockAt at) {
  return at ? quantity_text(*at) : "latest";
}

json::Value call_json(const ContractCall& call) {
  json::Object out;
  if (call.from) out.emplace_back("from", call.from->text());
  if (call.to) out.emplace_back("to", call.to->text());
  out.emplace_back("data", data_text(call.data));
  return out;
}

// Nodes answer some faults with a status of their own and a JSON-RPC error in the body; the latter says more.
RpcFault by_status(const http::Response& response, std::string_view method) {
  const ErrorKind kind = response.status == 401 || response.status == 403 ? ErrorKind::denied
                         : response.status == 429                         ? ErrorKind::busy
                                                                          : ErrorKind::unavailable;
  return {.error = {kind, cat(method, ": the node answers HTTP status ", response.status)}};
}

template <class T>
RpcResult<T> lift(Result<T> result) {
  if (result) return *std::move(result);
  return std::unexpected(RpcFault{.error = std::move(result.error())});
}

Result<Word> parse_hash(const json::Value& value) {
  if (value.text() == nullptr) return fail(ErrorKind::invalid, "the node's answer is no hash");
  return parse_word(*value.text());
}

}  // namespace

RpcResult<json::Value> Rpc::ask(std::string_view method, json::Array parameters) {
  const int64_t id = next_id_++;
  const json::Object question{
      {"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(parameters)}};
  std::vector<http::Header> headers = options_.headers;
  headers.emplace_back("Content-Type", "application/json");
  auto response = client_.call("POST", options_.url, headers, json::print(question), options_.call);
  if (!response) {
    Error error = std::move(response.error());
    error.what = cat(method, ": ", error.what);
    return std::unexpected(RpcFault{.error = std::move(error)});
  }
  auto answer = parse_answer(response->body, method, id);
  if (response->status != 200 && (answer || answer.error().code == 0)) {
    return std::unexpected(by_status(*response, method));
  }
  return answer;
}

template <class Parse>
auto Rpc::typed(std::string_view method, json::Array parameters, Parse parse)
    -> RpcResult<typename decltype(parse(json::Value()))::value_type> {
  auto answer = ask(method, std::move(parameters));
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto parsed = parse(*answer);
  if (!parsed) parsed.error().what = cat(method, ": ", parsed.error().what);
  return lift(std::move(parsed));
}

Result<uint64_t> Rpc::chain_id() {
  return plain(typed("eth_chainId", {}, parse_quantity_value));
}

Result<uint64_t> Rpc::block_number() {
  return plain(typed("eth_blockNumber", {}, parse_quantity_value));
}

Result<Block> Rpc::block(BlockAt at) {
  const auto parse = [&](const json::Value& value) -> Result<Block> {
    if (value.is_null()) return fail(ErrorKind::not_found, cat("the node has no block ", at_text(at)));
    auto block = parse_block(value);
    if (block && at && block->number != *at) return fail(ErrorKind::invalid, "the node sent another block");
    return block;
  };
  return plain(typed("eth_getBlockByNumber", {at_text(at), false}, parse));
}

Result<uint64_t> Rpc::transaction_count(const Address& account) {
  return plain(typed("eth_getTransactionCount", {account.text(), "latest"}, parse_quantity_value));
}

Result<uint64_t> Rpc::gas_price() {
  return plain(typed("eth_gasPrice", {}, parse_quantity_value));
}

RpcResult<uint64_t> Rpc::estimate_gas(const ContractCall& call) {
  return typed("eth_estimateGas", {call_json(call), "latest"}, parse_quantity_value);
}

RpcResult<Word> Rpc::send_raw(ByteView transaction) {
  return typed("eth_sendRawTransaction", {data_text(transaction)}, parse_hash);
}

Result<std::optional<Receipt>> Rpc::receipt(const Word& transaction) {
  const auto parse = [&](const json::Value& value) -> Result<std::optional<Receipt>> {
    if (value.is_null()) return std::optional<Receipt>();
    auto receipt = parse_receipt(value);
    if (!receipt) return forward(receipt);
    if (receipt->transaction != transaction) return fail(ErrorKind::invalid, "the node sent another receipt");
    return std::optional(*receipt);
  };
  return plain(typed("eth_getTransactionReceipt", {data_text(transaction)}, parse));
}

Result<bool> Rpc::knows(const Word& transaction) {
  const auto found = ask("eth_getTransactionByHash", {data_text(transaction)});
  if (!found) return std::unexpected(found.error().error);
  return !found->is_null();
}

RpcResult<ByteBuffer> Rpc::call(const ContractCall& call, BlockAt at) {
  return typed("eth_call", {call_json(call), at_text(at)}, parse_data_value);
}

RpcResult<std::vector<LogEntry>> Rpc::logs(const Address& contract, uint64_t from, uint64_t to,
                                           const std::vector<Word>& topic0) {
  json::Array any_of;
  for (const Word& topic : topic0) any_of.emplace_back(data_text(topic));
  json::Object filter{{"fromBlock", quantity_text(from)},
                      {"toBlock", quantity_text(to)},
                      {"address", contract.text()},
                      {"topics", json::Array{std::move(any_of)}}};
  return typed("eth_getLogs", {std::move(filter)}, parse_logs);
}

}  // namespace oree::ethereum
