#include "services/ethereum/rpc.h"

#include <doctest/doctest.h>

#include <mutex>

#include "base/text.h"
#include "platform/http/server.h"

using namespace oree;
using namespace oree::ethereum;

namespace {

// Answers every question with one body, in which ID becomes the question's.
struct Node {
  Node() {
    http::Router router;
    router.add({"POST", "/", "test", "", [this](const http::Request& request) {
                  const std::lock_guard lock(mutex);
                  asked = request.body;
                  token = std::string(request.header("Authorization"));
                  const auto question = json::parse(request.body);
                  std::string body = reply;
                  if (const size_t at = body.find("ID"); at != std::string::npos) {
                    body.replace(at, 2, cat(*question->find("id")->integer()));
                  }
                  return http::json(status, body);
                }});
    auto started = http::Server::start({}, router, log);
    REQUIRE(started);
    server = *std::move(started);
    options.url = {.host = "127.0.0.1", .port = server->port()};
  }
  void answer(std::string_view result) { reply = cat(R"({"jsonrpc":"2.0","id":ID,"result":)", result, "}"); }

  std::mutex mutex;
  std::string reply, asked, token;
  int status = 200;
  NullLog log;
  RpcOptions options;
  std::unique_ptr<http::Server> server;
};

const std::string kHash(64, 'a');

}  // namespace

TEST_CASE("AQuestionIsJsonRpcAndItsAnswerTyped") {
  Node node;
  node.options.headers = {{"Authorization", "Bearer t"}};
  Rpc rpc(node.options);
  node.answer("\"0x539\"");
  CHECK(rpc.chain_id().value() == 1337);
  const auto asked = json::parse(node.asked);
  REQUIRE(asked);
  CHECK(*asked->find("jsonrpc")->text() == "2.0");
  CHECK(*asked->find("method")->text() == "eth_chainId");
  CHECK(node.token == "Bearer t");
  node.answer(cat(R"({"number":"0x7","hash":"0x)", kHash, R"(","timestamp":"0x10","baseFeePerGas":"0x7"})"));
  const auto block = rpc.block(7);
  REQUIRE(block);
  CHECK(block->number == 7);
  CHECK(block->base_fee == 7);
  CHECK(block->time.time_since_epoch() == std::chrono::seconds(16));
  CHECK(rpc.block(8).error().kind == ErrorKind::invalid);  // another one than was asked for
  node.answer("null");
  CHECK(rpc.block(8).error().kind == ErrorKind::not_found);
  CHECK(rpc.receipt({}).value() == std::nullopt);
}

TEST_CASE("AFaultKeepsTheNodesOwnWords") {
  Node node;
  Rpc rpc(node.options);
  node.reply = R"({"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"Nonce Too Low: next 4"}})";
  const auto sent = rpc.send_raw({});
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == -32000);
  CHECK(sent.error().says("nonce too low"));
  CHECK(sent.error().error.what.contains("eth_sendRawTransaction"));

  node.reply =
      R"({"jsonrpc":"2.0","id":ID,"error":{"code":3,"message":"execution reverted","data":"0x01020304"}})";
  const auto estimate = rpc.estimate_gas({});
  REQUIRE_FALSE(estimate);
  CHECK(estimate.error().reverted());
  CHECK(to_hex(estimate.error().data) == "01020304");

  // Some say it with a status of their own.
  node.status = 400;
  node.reply = R"({"jsonrpc":"2.0","id":ID,"error":{"code":-32005,"message":"limit exceeded"}})";
  CHECK(rpc.logs({}, 0, 1, {}).error().error.kind == ErrorKind::busy);
  node.reply = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no such method"}})";
  CHECK(rpc.gas_price().error().kind == ErrorKind::unsupported);
}

TEST_CASE("AnAnswerThatIsNoneIsRefused") {
  Node node;
  Rpc rpc(node.options);
  for (const char* reply : {"", "[]", "{}", "not json", R"({"id":ID})", R"({"id":0,"result":"0x1"})",
                            R"({"result":"0x1"})", R"({"id":ID,"result":7})", R"({"id":ID,"result":"7"})",
                            R"({"id":ID,"result":"0x1ffffffffffffffff"})"}) {
    node.reply = reply;
    CHECK_MESSAGE(rpc.block_number().error().kind == ErrorKind::invalid, reply);
  }
}

TEST_CASE("StatusesBecomeKinds") {
  Node node;
  Rpc rpc(node.options);
  node.reply = "nothing here";
  for (const auto& [status, kind] : {std::pair{401, ErrorKind::denied},
                                     {403, ErrorKind::denied},
                                     {429, ErrorKind::busy},
                                     {502, ErrorKind::unavailable}}) {
    node.status = status;
    CHECK(rpc.block_number().error().kind == kind);
  }
  node.server->stop();
  CHECK(rpc.block_number().error().kind == ErrorKind::unavailable);
}

TEST_CASE("LogsAndReceiptsAreChecked") {
  const std::string log = cat(R"({"address":"0x)", std::string(40, '1'), R"(","topics":["0x)", kHash,
                              R"("],"data":"0x00","blockNumber":"0x1","blockHash":"0x)", kHash,
                              R"(","transactionHash":"0x)", kHash, R"(","logIndex":"0x2","removed":true})");
  const auto good = parse_log(*json::parse(log));
  REQUIRE(good);
  CHECK(good->removed);
  CHECK(good->index == 2);
  for (const auto& [part, other] :
       {std::pair<std::string, std::string>{"\"logIndex\":\"0x2\"", "\"logIndex\":null"},
        {"\"blockNumber\":\"0x1\"", "\"blockNumber\":null"},  // not in a block yet
        {"\"data\":\"0x00\"", "\"data\":\"0x0\""},
        {"\"topics\":[", "\"topics\":[7,"},
        {"\"topics\":[", "\"topics\":[[],[],[],[],"}}) {
    std::string wrong = log;
    wrong.replace(wrong.find(part), part.size(), other);
    CHECK_MESSAGE(!parse_log(*json::parse(wrong)), wrong);
  }
  CHECK_FALSE(parse_logs(*json::parse("{}")));
  CHECK_FALSE(parse_logs(*json::parse("[7]")));
  CHECK_FALSE(parse_receipt(*json::parse(R"({"status":"0x2"})")));
  CHECK_FALSE(parse_block(*json::parse("7")));
}
