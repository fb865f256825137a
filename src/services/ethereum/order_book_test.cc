#include "services/ethereum/order_book.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "services/ethereum/order_book_json.h"
#include "services/ethereum/wire/abi.h"

using namespace oree;
using namespace oree::ethereum;

namespace {

json::Value compiled() {
  auto value = json::parse(order_book_json());
  REQUIRE(value);
  return *value;
}

// "approve(bytes32,bytes32)" of every entry of that kind.
std::vector<std::string> signatures(std::string_view kind) {
  std::vector<std::string> out;
  const json::Value whole = compiled();
  for (const json::Value& entry : *whole.find("abi")->array()) {
    if (*entry.find("type")->text() != kind) continue;
    std::vector<std::string> types;
    for (const json::Value& input : *entry.find("inputs")->array())
      types.push_back(*input.find("type")->text());
    out.push_back(cat(*entry.find("name")->text(), "(", join(types, ","), ")"));
  }
  return out;
}

Word filled(unsigned byte) {
  Word out;
  out.fill(static_cast<std::byte>(byte));
  return out;
}

LogEntry executed_log() {
  return {.topics = {abi::topic("Executed(bytes32,bytes32,bytes32)"), filled(1)},
          .data = abi::Call().word(filled(2)).word(filled(3)).finish(),
          .block = 7};
}

}  // namespace

TEST_CASE("TheCompiledContractIsOfTheSourceBesideIt") {
  std::ifstream file(OREE_SOURCE_DIR "/contracts/OrderBook.sol", std::ios::binary);
  REQUIRE(file);
  const std::string source(std::istreambuf_iterator<char>(file), {});
  CHECK_MESSAGE(*compiled().find("source_sha256")->text() == crypto::sha256(as_bytes(source)).hex(),
                "run: npm --prefix contracts run compile");
}

TEST_CASE("EveryEventAndCallOfTheContractIsSpokenHere") {
  for (const std::string& signature : signatures("event")) {
    CHECK_MESSAGE(std::ranges::find(event_topics(), abi::topic(signature)) != event_topics().end(),
                  signature);
  }
  CHECK(signatures("event").size() == event_topics().size());
  const auto functions = signatures("function");
  const auto has = [&](const ByteBuffer& call) {
    return std::ranges::any_of(functions, [&](const std::string& signature) {
      return std::ranges::equal(ByteView(call).first(4), abi::selector(signature));
    });
  };
  CHECK(has(propose_call({}, {}, {}, {})));
  CHECK(has(approve_call({}, {})));
  CHECK(has(refuse_call({}, {})));
  // Whatever changes state is one of the three, and nothing takes ether.
  size_t writing = 0;
  const json::Value whole = compiled();
  for (const json::Value& entry : *whole.find("abi")->array()) {
    const json::Value* mutability = entry.find("stateMutability");
    if (mutability == nullptr) continue;
    CHECK(*mutability->text() != "payable");
    writing += *entry.find("type")->text() == "function" && *mutability->text() == "nonpayable" ? 1 : 0;
  }
  CHECK(writing == 3);
}

TEST_CASE("EveryRefusalOfTheContractHasASentence") {
  const auto errors = signatures("error");
  CHECK(errors.size() == 8);
  for (const std::string& signature : errors) {
    const auto selector = abi::selector(signature);
    RpcFault fault{.code = 3, .message = "execution reverted", .data = {selector.begin(), selector.end()}};
    fault.error = {ErrorKind::unavailable, "raw"};
    const Error said = explain(fault);
    CHECK_MESSAGE(!said.what.contains("execution reverted"), signature);
    CHECK(said.kind != ErrorKind::unavailable);
  }
}

TEST_CASE("OtherFaultsAreHandedOnAsTheyAre") {
  RpcFault fault{.error = {ErrorKind::timeout, "slow"}};
  CHECK(explain(fault).kind == ErrorKind::timeout);
  fault = {.code = 3,
           .message = "execution reverted",
           .data = abi::Call("Error(string)").bytes(as_bytes("full moon")).finish()};
  CHECK(explain(fault).what.contains("full moon"));
  fault.data.clear();
  CHECK(explain(fault).what.contains("execution reverted"));
}

TEST_CASE("AnEventIsReadFromItsLog") {
  const auto event = parse_event(executed_log());
  REQUIRE(event);
  CHECK(event->kind == BookEvent::Kind::executed);
  CHECK(event->order == filled(1));
  CHECK(event->proposal == filled(2));
  CHECK(event->data_root == filled(3));
  CHECK(event->block == 7);
}

TEST_CASE("ALogOfAnotherShapeIsNoEvent") {
  LogEntry log = executed_log();
  log.topics[0] = filled(9);
  CHECK(parse_event(log).error().kind == ErrorKind::not_found);
  CHECK(parse_event({}).error().kind == ErrorKind::not_found);
  log = executed_log();
  log.data.push_back(std::byte{0});
  CHECK(parse_event(log).error().kind == ErrorKind::invalid);
  log = executed_log();
  log.topics.push_back(filled(1));
  CHECK(parse_event(log).error().kind == ErrorKind::invalid);
  log = {.topics = {abi::topic("Approved(bytes32,bytes32,address)"), filled(1), filled(1)},
         .data = ByteBuffer(32)};
  CHECK(parse_event(log).error().kind == ErrorKind::invalid);  // no address
}

TEST_CASE("AnOrderIsKnownByTheDigestOfItsId") {
  CHECK(order_word("mo-1") == digest_word(crypto::sha256(as_bytes("mo-1"))));
  CHECK(order_word("mo-1") != order_word("mo-2"));
}
