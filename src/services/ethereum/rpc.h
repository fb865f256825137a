// One Ethereum node, spoken to by JSON-RPC over HTTP: the dozen questions that a ledger needs, typed.
//
// Blocking, each call under RpcOptions::deadline; thread-safe. Nothing is asked twice by itself. A fault
// keeps the node's own code and message, because whether to send again hangs on them. Transport: `timeout`,
// `unavailable`, `denied` (401, 403), `busy` (429).
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "platform/http/client.h"
#include "services/ethereum/rpc_answers.h"

namespace oree::ethereum {

// nullopt: the newest.
using BlockAt = std::optional<uint64_t>;

struct RpcOptions {
  http::Url url;
  http::CallOptions call = {.max_body_bytes = 8u << 20};
  std::vector<http::Header> headers;  // Authorization, if the node asks for it
};

struct ContractCall {
  std::optional<Address> from;
  std::optional<Address> to;  // none: makes a contract
  ByteBuffer data;
};

class Rpc {
 public:
  explicit Rpc(RpcOptions options) : options_(std::move(options)) {}

  RpcResult<json::Value> ask(std::string_view method, json::Array parameters);

  Result<uint64_t> chain_id();
  Result<uint64_t> block_number();
  Result<Block> block(BlockAt at);  // `not_found` when the node has none of that number
  Result<uint64_t> transaction_count(const Address& account);  // that are in blocks: the next nonce
  Result<uint64_t> gas_price();
  RpcResult<uint64_t> estimate_gas(const ContractCall& call);  // as of the newest block
  RpcResult<Word> send_raw(ByteView transaction);
  Result<std::optional<Receipt>> receipt(const Word& transaction);  // none: not in a block
  Result<bool> knows(const Word& transaction);                      // in a block or waiting for one
  RpcResult<ByteBuffer> call(const ContractCall& call, BlockAt at);
  // `topic0` may be any of the list.
  RpcResult<std::vector<LogEntry>> logs(const Address& contract, uint64_t from, uint64_t to,
                                        const std::vector<Word>& topic0);

 private:
  template <class Parse>
  auto typed(std::string_view method, json::Array parameters, Parse parse)
      -> RpcResult<typename decltype(parse(json::Value()))::value_type>;
  RpcOptions options_;
  http::Client client_;
  std::atomic<int64_t> next_id_{1};
};

}  // namespace oree::ethereum
