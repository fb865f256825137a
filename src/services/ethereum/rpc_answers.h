// What a node answers over JSON-RPC, as values: the envelope with its error, blocks, logs, receipts.
//
// Everything here comes from outside: sizes and kinds are checked, numbers must fit 64 bits. `invalid` says
// which member was wrong. Source: JSON-RPC 2.0 and Ethereum's execution API. Pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "platform/json/value.h"
#include "services/ethereum/wire/word.h"

namespace oree::ethereum {

// Why a call failed: `code` and `message` are the node's own words, 0 and "" when it did not come to an
// answer.
struct RpcFault {
  Error error;
  int64_t code = 0;
  std::string message;
  ByteBuffer data;  // what a contract reverted with

  bool says(std::string_view part) const;  // in the message, whatever the case
  bool reverted() const;                   // the contract refused, or would
};

template <class T>
using RpcResult = std::expected<T, RpcFault>;

// For the rooms that do not care what the node said exactly.
template <class T>
Result<T> plain(RpcResult<T> result) {
  if (result) return *std::move(result);
  return std::unexpected(std::move(result.error().error));
}

// Seconds since 1970, the chain's clock.
using ChainTime = std::chrono::sys_seconds;

struct Block {
  uint64_t number = 0;
  Word hash{};
  ChainTime time{};
  std::optional<uint64_t> base_fee;  // none: a chain before London
};

struct LogEntry {
  Address address;
  std::vector<Word> topics;  // 4 at most
  ByteBuffer data;
  uint64_t block = 0;
  Word block_hash{};
  Word transaction{};
  uint64_t index = 0;    // within the block
  bool removed = false;  // of a block that is no longer part of the chain
};

struct Receipt {
  Word transaction{};
  uint64_t block = 0;
  Word block_hash{};
  bool succeeded = false;
  uint64_t gas_used = 0;
  std::optional<Address> contract;  // that was made
};

// The member "result" of the answer to request `id`; its "error" as a fault that names `method`.
RpcResult<json::Value> parse_answer(std::string_view body, std::string_view method, int64_t id);

Result<Block> parse_block(const json::Value& value);
Result<LogEntry> parse_log(const json::Value& value);
Result<std::vector<LogEntry>> parse_logs(const json::Value& value);  // 20,000 at most
Result<Receipt> parse_receipt(const json::Value& value);
Result<uint64_t> parse_quantity_value(const json::Value& value);
Result<ByteBuffer> parse_data_value(const json::Value& value);

}  // namespace oree::ethereum
