#include "services/ethereum/testing/chain_double.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.h"
#include "services/ethereum/wire/abi.h"
#include "services/ethereum/wire/keccak.h"

namespace oree::ethereum::testing {

namespace {

constexpr uint64_t kThreshold = 2;

json::Value error_json(int code, std::string_view message) {
  return json::Object{{"code", code}, {"message", message}};
}

json::Value block_json(const Block& block) {
  return json::Object{
      {"number", quantity_text(block.number)},
      {"hash", data_text(block.hash)},
      {"timestamp", quantity_text(static_cast<uint64_t>(block.time.time_since_epoch().count()))},
      {"baseFeePerGas", quantity_text(*block.base_fee)}};
}

json::Value log_json(const LogEntry& log) {
  json::Array topics;
  for (const Word& topic : log.topics) topics.emplace_back(data_text(topic));
  return json::Object{{"address", log.address.text()},
                      {"topics", std::move(topics)},
                      {"data", data_text(log.data)},
                      {"blockNumber", quantity_text(log.block)},
                      {"blockHash", data_text(log.block_hash)},
                      {"transactionHash", data_text(log.transaction)},
                      {"logIndex", quantity_text(log.index)},
                      {"removed", log.removed}};
}

bool calls(ByteView data, std::string_view signature) {
  return data.size() >= 4 && std::ranges::equal(data.first(4), abi::selector(signature));
}

bool is_a_tenth_more(uint64_t now, uint64_t before) {
  return now > before && now - before >= before / 10;
}

}  // namespace

const Address ChainDouble::kContract = *parse_address("0x00000000000000000000000000000000000b0071");

ChainDouble::ChainDouble(const Clock& clock) : clock_(clock) {
  make_block();
  http::Router router;
  router.add({"POST", "/", "test", "", [this](const http::Request& request) { return answer(request); }});
  auto server = http::Server::start({}, router, log_);
  REQUIRE(server);
  server_ = *std::move(server);
}

RpcOptions ChainDouble::options() const {
  return {.url = {.host = "127.0.0.1", .port = server_->port()}};
}

void ChainDouble::mine(uint64_t blocks) {
  const std::lock_guard lock(mutex_);
  for (uint64_t i = 0; i < blocks; ++i) make_block();
}

void ChainDouble::make_block() {
  Made made{.block = {.number = chain_.size(), .base_fee = faults_.base_fee}};
  made.block.time = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  made.block.hash = keccak256(as_bytes(cat(made.block.number, " ", ++salt_)));
  if (!chain_.empty()) made.book = chain_.back().book;
  for (auto next = pool_.begin(); next != pool_.end();) {
    const auto& [place, entry] = *next;
    if (place.second != counts_[place.first]) {
      ++next;
      continue;
    }
    ++counts_[place.first];
    apply(entry, made);
    next = pool_.erase(next);
  }
  made.counts = counts_;
  chain_.push_back(std::move(made));
}

void ChainDouble::apply(const Entry& entry, Made& made) {
  const ByteBuffer& data = entry.transaction.data;
  Receipt receipt{
      .transaction = entry.hash, .block = made.block.number, .block_hash = made.block.hash, .gas_used = 1};
  receipt.succeeded = entry.transaction.gas >= faults_.needed_gas;
  receipts_[entry.hash] = receipt;
  if (!receipt.succeeded || data.size() < 68) return;
  const abi::Reader reader(ByteView(data).subspan(4));
  const Word id = *reader.word(0), proposal = *reader.word(1);
  Order& order = made.book[id];
  if (calls(data, "propose(bytes32,bytes32,bytes32,uint64)")) {
    CHECK_MESSAGE(order.booked.state == BookState::none, "proposed twice");
    order.booked = {.state = BookState::proposed, .proposal = proposal, .data_root = *reader.word(2)};
    emit(made, entry, "Proposed(bytes32,bytes32,bytes32,uint64)", {id},
         abi::Call().word(proposal).word(order.booked.data_root).number(*reader.number(3)).finish());
    return;
  }
  const bool approves = calls(data, "approve(bytes32,bytes32)");
  CHECK_MESSAGE(order.decisions[entry.sender] == BookDecision::none, "decided twice");
  order.decisions[entry.sender] = approves ? BookDecision::approved : BookDecision::refused;
  emit(made, entry, approves ? "Approved(bytes32,bytes32,address)" : "Refused(bytes32,bytes32,address)",
       {id, abi::address_word(entry.sender)}, abi::Call().word(proposal).finish());
  if (approves && ++order.booked.approvals == kThreshold) {
    order.booked.state = BookState::executed;
    emit(made, entry, "Executed(bytes32,bytes32,bytes32)", {id},
         abi::Call().word(proposal).word(order.booked.data_root).finish());
  }
}

void ChainDouble::emit(Made& made, const Entry& entry, std::string_view event, std::vector<Word> topics,
                       ByteBuffer data) {
  topics.insert(topics.begin(), abi::topic(event));
  made.logs.push_back({.address = kContract,
                       .topics = std::move(topics),
                       .data = std::move(data),
                       .block = made.block.number,
                       .block_hash = made.block.hash,
                       .transaction = entry.hash,
                       .index = made.logs.size()});
}

void ChainDouble::reorganise(uint64_t depth) {
  const std::lock_guard lock(mutex_);
  REQUIRE(depth < chain_.size());
  for (auto at = receipts_.begin(); at != receipts_.end();) {
    at = at->second.block >= chain_.size() - depth ? receipts_.erase(at) : std::next(at);
  }
  chain_.resize(chain_.size() - depth);
  counts_ = chain_.back().counts;
  for (uint64_t i = 0; i < depth; ++i) make_block();
}

void ChainDouble::lose_pool() {
  const std::lock_guard lock(mutex_);
  pool_.clear();
}

void ChainDouble::spend_nonce(const Address& account) {
  const std::lock_guard lock(mutex_);
  const Place place{account, counts_[account]};
  pool_[place] = {.transaction = {.gas = 1'000'000},
                  .hash = keccak256(as_bytes(cat("foreign", ++salt_))),
                  .sender = account};
  make_block();
}

void ChainDouble::add_removed_log(const Word& order) {
  const std::lock_guard lock(mutex_);
  LogEntry log{.address = kContract, .topics = {abi::topic("Executed(bytes32,bytes32,bytes32)"), order}};
  log.data.resize(64);
  log.block = 1;
  log.removed = true;
  extra_logs_.push_back(log);
}

void ChainDouble::add_log(const LogEntry& log) {
  const std::lock_guard lock(mutex_);
  extra_logs_.push_back(log);
}

uint64_t ChainDouble::transactions(const Address& account) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(account);
  return found == counts_.end() ? 0 : found->second;
}

size_t ChainDouble::pool_size() const {
  const std::lock_guard lock(mutex_);
  return pool_.size();
}

uint64_t ChainDouble::pool_fee(const Address& account, uint64_t nonce) const {
  const std::lock_guard lock(mutex_);
  return pool_.at({account, nonce}).transaction.fees.highest;
}

uint64_t ChainDouble::pool_gas(const Address& account, uint64_t nonce) const {
  const std::lock_guard lock(mutex_);
  return pool_.at({account, nonce}).transaction.gas;
}

size_t ChainDouble::asked(std::string_view method) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(method);
  return found == asked_.end() ? 0 : found->second;
}

void ChainDouble::set(const Faults& faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

http::Response ChainDouble::answer(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  if (faults_.away) return http::text(503, "away");
  const auto question = json::parse(request.body);
  const std::string& method = *question->find("method")->text();
  ++asked_[method];
  json::Value error;
  json::Value out = result(method, *question->find("params")->array(), error);
  if (method == "eth_sendRawTransaction" && faults_.swallows_answers) return http::text(502, "bad gateway");
  json::Object body{{"jsonrpc", "2.0"}, {"id", *question->find("id")}};
  if (error.is_null()) {
    body.emplace_back("result", std::move(out));
  } else {
    body.emplace_back("error", std::move(error));
  }
  return http::json(200, json::print(body));
}

json::Value ChainDouble::result(std::string_view method, const json::Array& parameters, json::Value& error) {
  if (method == "eth_chainId") return quantity_text(faults_.chain_id);
  if (method == "eth_blockNumber") return quantity_text(chain_.size() - 1);
  if (method == "eth_gasPrice") return quantity_text(faults_.base_fee + faults_.tip);
  if (method == "eth_estimateGas") return quantity_text(faults_.estimate);
  if (method == "eth_sendRawTransaction") return take(*parameters.at(0).text(), error);
  if (method == "eth_getTransactionReceipt") return receipt(*parameters.at(0).text());
  if (method == "eth_getTransactionByHash") return transaction(*parameters.at(0).text());
  if (method == "eth_call") return call(parameters);
  if (method == "eth_getLogs") return logs(parameters.at(0), error);
  if (method == "eth_getTransactionCount")
    return quantity_text(counts_[*parse_address(*parameters.at(0).text())]);
  if (method == "eth_getBlockByNumber") {
    const std::string& at = *parameters.at(0).text();
    const uint64_t number = at == "latest" ? chain_.size() - 1 : *parse_quantity(at);
    return number < chain_.size() ? block_json(chain_[number].block) : json::Value();
  }
  error = error_json(-32601, cat("the method ", method, " does not exist"));
  return {};
}

json::Value ChainDouble::take(std::string_view raw, json::Value& error) {
  const ByteBuffer bytes = *parse_data(raw);
  const auto parsed = parse_transaction(bytes);
  CHECK(parsed);
  if (!parsed) return error = error_json(-32000, "no transaction");
  const Entry entry{parsed->transaction, keccak256(bytes), parsed->sender};
  const Place place{entry.sender, entry.transaction.nonce};
  CHECK(entry.transaction.chain_id == kChain);
  if (faults_.poor) {
    error = error_json(-32000, "insufficient funds for gas * price + value");
  } else if (place.second < counts_[place.first]) {
    error = error_json(-32000, "nonce too low");
  } else if (const auto found = pool_.find(place); found != pool_.end()) {
    const Fees &now = entry.transaction.fees, &before = found->second.transaction.fees;
    if (found->second.hash == entry.hash) {
      error = error_json(-32000, "already known");
    } else if (!is_a_tenth_more(now.highest, before.highest) ||
               !is_a_tenth_more(now.priority, before.priority)) {
      error = error_json(-32000, "replacement transaction underpriced");
    }
  }
  if (error.is_null()) pool_[place] = entry;
  return data_text(entry.hash);
}

json::Value ChainDouble::call(const json::Array& parameters) const {
  const ByteBuffer data = *parse_data(*parameters.at(0).find("data")->text());
  const std::string& at = *parameters.at(1).text();
  const uint64_t number = at == "latest" ? chain_.size() - 1 : *parse_quantity(at);
  const Book& book = chain_.at(number).book;
  const abi::Reader reader(ByteView(data).subspan(4));
  const auto found = book.find(*reader.word(0));
  const Order order = found == book.end() ? Order{} : found->second;
  if (calls(data, "orders(bytes32)")) {
    const BookedOrder& booked = order.booked;
    abi::Call out;
    out.word(booked.proposal)
        .word(booked.data_root)
        .number(0)
        .number(booked.approvals)
        .number(booked.refusals);
    return data_text(out.number(static_cast<uint64_t>(booked.state)).finish());
  }
  const auto decision = order.decisions.find(*reader.address(1));
  return data_text(
      abi::number_word(decision == order.decisions.end() ? 0 : static_cast<uint64_t>(decision->second)));
}

json::Value ChainDouble::logs(const json::Value& filter, json::Value& error) const {
  const uint64_t from = *parse_quantity(*filter.find("fromBlock")->text());
  const uint64_t to = *parse_quantity(*filter.find("toBlock")->text());
  json::Array out;
  if (to - from + 1 > faults_.logs_range) {
    error = error_json(-32005, "query exceeds max block range");
    return out;
  }
  for (const LogEntry& log : extra_logs_) out.push_back(log_json(log));
  for (uint64_t number = from; number <= to && number < chain_.size(); ++number) {
    for (const LogEntry& log : chain_[number].logs) out.push_back(log_json(log));
  }
  return out;
}

json::Value ChainDouble::transaction(std::string_view hash) const {
  const Word wanted = *parse_word(hash);
  const bool waits = std::ranges::any_of(pool_, [&](const auto& one) { return one.second.hash == wanted; });
  if (!waits && !receipts_.contains(wanted)) return {};
  return json::Object{{"hash", hash}};
}

json::Value ChainDouble::receipt(std::string_view hash) const {
  const auto found = receipts_.find(*parse_word(hash));
  if (found == receipts_.end()) return {};
  const Receipt& receipt = found->second;
  return json::Object{
      {"transactionHash", data_text(receipt.transaction)}, {"blockNumber", quantity_text(receipt.block)},
      {"blockHash", data_text(receipt.block_hash)},        {"gasUsed", quantity_text(receipt.gas_used)},
      {"status", receipt.succeeded ? "0x1" : "0x0"},       {"contractAddress", nullptr}};
}

}  // namespace oree::ethereum::testing
