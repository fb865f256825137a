#include "base/text.h"
#include "services/broker/testing/engine_fixture.h"

using namespace oree;
using namespace oree::broker;
using namespace oree::broker::testing;
using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

namespace {

void publish_many(TestClient& client, int from, int to) {
  for (int i = from; i < to; ++i) {
    client.publish("t", cat(i), 1, static_cast<uint16_t>(i + 1));
    client.take();
  }
}

// Takes messages and acknowledges each, until nothing comes any more.
std::vector<std::string> drain(Bench& bench, TestClient& client) {
  std::vector<std::string> got;
  for (int quiet = 0; quiet < 3;) {
    const auto packets = client.take();
    quiet = packets.empty() ? quiet + 1 : 0;
    for (const Received& received : packets) {
      const auto* publish = std::get_if<mqtt::Publish>(&received.packet);
      if (publish == nullptr) continue;
      got.emplace_back(as_text(publish->payload));
      if (publish->qos == 1) client.ack(PacketType::puback, publish->id);
    }
    bench.engine->work(bench.now());
  }
  return got;
}

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> list;
  for (int i = from; i < to; ++i) list.push_back(cat(i));
  return list;
}

}  // namespace

TEST_CASE("AnOfflineSessionGetsItsMessagesInOrder") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 1000);
  watcher.subscribe("t", 1);
  watcher.drop();
  auto client = bench.client();
  client.connect("c");
  publish_many(client, 0, 3000);
  watcher.connect("w", false, 1000);
  CHECK(drain(bench, watcher) == numbers(0, 3000));
}

TEST_CASE("ASlowReaderFallsBehindAndMissesNothing") {
  Settings settings;
  settings.limits.max_window = 10;
  settings.limits.max_inflight = 4;
  Bench bench(settings);
  auto watcher = bench.client();
  watcher.connect("w", true, 1000);
  watcher.subscribe("t", 1);
  auto client = bench.client();
  client.connect("c");
  publish_many(client, 0, 500);
  CHECK(bench.engine->stats().behind == 1);
  CHECK(drain(bench, watcher) == numbers(0, 500));
  CHECK(bench.engine->stats().behind == 0);
  publish_many(client, 500, 505);
  CHECK(drain(bench, watcher) == numbers(500, 505));
}

TEST_CASE("WhatWasNotAcknowledgedIsSentAgainWithItsIdentifier") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 1000);
  watcher.subscribe("t", 2);
  auto client = bench.client();
  client.connect("c");
  client.publish("t", "one", 1, 1);
  client.publish("t", "two", 2, 2);
  const auto one = watcher.expect<mqtt::Publish>();
  const auto two = watcher.expect<mqtt::Publish>();
  const uint16_t one_id = one.id;
  const uint16_t two_id = two.id;
  watcher.drop();
  watcher.connect("w", false, 1000);
  const auto again = watcher.expect<mqtt::Publish>();
  CHECK(again.id == one_id);
  CHECK(again.dup);
  CHECK(as_text(again.payload) == "one");
  CHECK(watcher.expect<mqtt::Publish>().id == two_id);
  watcher.ack(PacketType::pubrec, two_id);
  CHECK(watcher.expect<mqtt::Ack>().type == PacketType::pubrel);
  watcher.drop();
  watcher.connect("w", false, 1000);
  auto packets = watcher.take();
  REQUIRE(packets.size() == 2);
  CHECK(std::get<mqtt::Ack>(packets[0].packet).type == PacketType::pubrel);
  CHECK(std::get<mqtt::Publish>(packets[1].packet).id == one_id);
}

TEST_CASE("TheClientsReceiveMaximumIsKept") {
  Bench bench;
  auto watcher = bench.client();
  mqtt::Connect connect;
  connect.client_id = "w";
  connect.properties.receive_maximum = 2;
  watcher.connect(connect);
  watcher.subscribe("t", 1);
  auto client = bench.client();
  client.connect("c");
  publish_many(client, 0, 5);
  const auto packets = watcher.take();
  REQUIRE(packets.size() == 2);
  watcher.ack(PacketType::puback, std::get<mqtt::Publish>(packets[0].packet).id);
  CHECK(watcher.take().size() == 1);
}

TEST_CASE("MessagesExpireAndTellWhatIsLeft") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 1000);
  watcher.subscribe("t", 1);
  watcher.drop();
  auto client = bench.client();
  client.connect("c");
  mqtt::Publish publish;
  publish.topic = "t";
  publish.qos = 1;
  publish.id = 1;
  publish.properties.message_expiry = 5;
  client.send(publish);
  publish.id = 2;
  publish.properties.message_expiry = 100;
  client.send(publish);
  bench.pass(std::chrono::seconds(10));
  watcher.connect("w", false, 1000);
  const auto got = watcher.expect<mqtt::Publish>();
  CHECK(got.properties.message_expiry == 90);
  CHECK(watcher.silent());
  CHECK(bench.engine->stats().dropped_expired == 1);
}

TEST_CASE("AClockThatIsSetDoesNotExpireMessages") {
  Bench bench;
  bench.pass(std::chrono::seconds(1));
  auto watcher = bench.client();
  watcher.connect("w", true, 1000);
  watcher.subscribe("t", 1);
  watcher.drop();
  auto client = bench.client();
  client.connect("c");
  mqtt::Publish publish;
  publish.topic = "t";
  publish.qos = 1;
  publish.id = 1;
  publish.properties.message_expiry = 100;
  client.send(publish);
  bench.wall += std::chrono::hours(24 * 365);
  bench.pass(std::chrono::seconds(10));
  watcher.connect("w", false, 1000);
  CHECK(watcher.expect<mqtt::Publish>().properties.message_expiry == 90);
}

TEST_CASE("AClockThatWasSetIsKnownAfterARestartToo") {
  const auto year = std::chrono::hours(24 * 365);
  for (const auto jump : {year, -year}) {
    for (const bool in_order : {false, true}) {
      Bench bench;
      bench.pass(std::chrono::seconds(1));
      auto watcher = bench.client();
      watcher.connect("w", true, 1000);
      watcher.subscribe("t", 1);
      watcher.drop();
      auto client = bench.client();
      client.connect("c");
      mqtt::Publish publish;
      publish.topic = "t";
      publish.qos = 1;
      publish.id = 1;
      publish.properties.message_expiry = 100;
      client.send(publish);
      bench.wall += jump;
      bench.pass(std::chrono::seconds(10));
      for (int life = 0; life < 3; ++life) in_order ? bench.restart() : bench.crash();
      bench.pass(std::chrono::seconds(5));
      CHECK(watcher.connect("w", false, 1000).session_present);
      CHECK(watcher.expect<mqtt::Publish>().properties.message_expiry == 85);
      watcher.drop();
      bench.pass(std::chrono::seconds(1001));
      CHECK_FALSE(watcher.connect("w", false, 1000).session_present);
    }
  }
}

TEST_CASE("WhatWasRetainedAfterTheClockWasSetExpiresAtItsTime") {
  for (const uint8_t qos : {uint8_t{0}, uint8_t{1}}) {
    Bench bench;
    bench.pass(std::chrono::seconds(1));
    auto client = bench.client();
    client.connect("c");
    client.publish("other", "x", 1, 7);
    bench.wall -= std::chrono::hours(24 * 365);
    bench.pass(std::chrono::seconds(1));
    mqtt::Publish publish;
    publish.topic = "t";
    publish.qos = 1;
    publish.id = 1;
    publish.retain = true;
    publish.payload = as_bytes("kept");
    publish.properties.message_expiry = 100;
    client.send(publish);
    bench.pass(std::chrono::seconds(10));
    auto watcher = bench.client();
    watcher.connect("w");
    watcher.subscribe("t", qos);
    CHECK(watcher.expect<mqtt::Publish>().properties.message_expiry == 90);
  }
}

TEST_CASE("APacketAboveTheClientsMaximumIsNotSent") {
  Bench bench;
  auto watcher = bench.client();
  mqtt::Connect connect;
  connect.client_id = "w";
  connect.properties.maximum_packet_size = 60;
  watcher.connect(connect);
  watcher.subscribe("t", 1);
  auto client = bench.client();
  client.connect("c");
  client.publish("t", std::string(100, 'x'), 1, 1);
  client.publish("t", "small", 1, 2);
  CHECK(as_text(watcher.expect<mqtt::Publish>().payload) == "small");
  CHECK(bench.engine->stats().dropped_too_large == 1);
  CHECK(bench.engine->stats().inflight == 1);
}

TEST_CASE("EverythingDurableSurvivesACrash") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 100'000);
  watcher.subscribe("t", 1);
  watcher.subscribe("two", 2);
  watcher.drop();
  auto client = bench.client();
  client.connect("c");
  publish_many(client, 0, 10);
  client.publish("kept", "retained", 1, 100, true);
  client.publish("kept0", "retained0", 0, 0, true);
  client.publish("gone", "x", 1, 101, true);
  client.publish("gone", "", 1, 102, true);
  client.take();
  bench.auto_sync = false;
  client.publish("t", "never acknowledged", 1, 103);
  CHECK(client.silent());
  bench.crash();
  bench.auto_sync = true;
  CHECK(watcher.connect("w", false, 100'000).session_present);
  CHECK(drain(bench, watcher) == numbers(0, 10));
  auto other = bench.client();
  other.connect("o");
  other.subscribe("#", 1);
  CHECK(other.take().size() == 2);
  bench.pass(std::chrono::seconds(2));  // progress is written
  bench.crash();
  CHECK(watcher.connect("w", false, 100'000).session_present);
  CHECK(watcher.silent());
}

TEST_CASE("AQos2DeliveryHasItsIdentifierOnDiskBeforeItIsSent") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 100'000);
  watcher.subscribe("t", 2);
  auto client = bench.client();
  client.connect("c");
  bench.auto_sync = false;
  client.publish("t", "x", 2, 1);
  client.silent();
  bench.messages->sync();
  bench.engine->messages_durable(bench.messages->stats().durable, bench.now());
  CHECK(watcher.silent());
  bench.sync();
  const auto got = watcher.expect<mqtt::Publish>();
  const uint16_t id = got.id;
  bench.auto_sync = true;
  bench.crash();
  watcher.connect("w", false, 100'000);
  const auto again = watcher.expect<mqtt::Publish>();
  CHECK(again.id == id);
  CHECK(again.dup);
  watcher.ack(PacketType::pubrec, id);
  CHECK(watcher.expect<mqtt::Ack>().type == PacketType::pubrel);
  bench.crash();
  watcher.connect("w", false, 100'000);
  CHECK(watcher.expect<mqtt::Ack>().type == PacketType::pubrel);
  watcher.ack(PacketType::pubcomp, id);
  bench.crash();
  watcher.connect("w", false, 100'000);
  CHECK(watcher.silent());
}

TEST_CASE("AnOrderlyRestartKeepsWhatIsInFlight") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 100'000);
  watcher.subscribe("t", 1);
  auto client = bench.client();
  client.connect("c");
  publish_many(client, 0, 5);
  auto packets = watcher.take();
  REQUIRE(packets.size() == 5);
  watcher.ack(PacketType::puback, std::get<mqtt::Publish>(packets[1].packet).id);
  bench.restart();
  CHECK(watcher.connect("w", false, 100'000).session_present);
  CHECK(drain(bench, watcher) == std::vector<std::string>{"0", "2", "3", "4"});
}

TEST_CASE("TheMessageStreamIsTrimmedBehindEverybody") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w", true, 100'000);
  watcher.subscribe("t", 1);
  watcher.drop();
  auto client = bench.client();
  client.connect("c");
  bench.engine->keep("tap", 1);
  publish_many(client, 0, 20);
  bench.restart();
  bench.pass(std::chrono::seconds(2));
  CHECK(bench.engine->kept("tap") == 1);
  CHECK(bench.messages->trimmed_to == 1);
  bench.engine->keep("tap", 15);
  bench.restart();
  bench.pass(std::chrono::seconds(2));
  CHECK(bench.messages->trimmed_to == 1);  // the session still needs them
  watcher.connect("w", false, 100'000);
  CHECK(drain(bench, watcher).size() == 20);
  bench.restart();
  bench.pass(std::chrono::seconds(2));
  CHECK(bench.messages->trimmed_to == 15);
}

TEST_CASE("TheHouseSpeaksAndListens") {
  Bench bench;
  std::vector<std::string> heard;
  bench.engine->subscribe("house/#",
                          [&](const mqtt::MessageView& m) { heard.emplace_back(as_text(m.payload)); });
  auto client = bench.client();
  client.connect("c");
  client.subscribe("house/#", 1);
  mqtt::Message message{.topic = "house/a", .payload = {std::byte{'1'}}, .qos = 1};
  CHECK(bench.engine->publish(message, bench.now()).value() == 1);
  message.qos = 0;
  CHECK(bench.engine->publish(message, bench.now()).value() == 0);
  client.publish("house/b", "2", 1, 1);
  CHECK(heard == std::vector<std::string>{"1", "1", "2"});
  CHECK(client.take().size() == 4);
  message.topic = "bad/#";
  CHECK_FALSE(bench.engine->publish(message, bench.now()));
}

TEST_CASE("ASlowReaderLosesQos0AndKeepsTheRest") {
  Settings settings;
  settings.limits.max_output = 1000;
  Bench bench(settings);
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("t", 1);
  auto client = bench.client();
  client.connect("c");
  const std::string big(300, 'x');
  for (uint16_t i = 1; i <= 10; ++i) {
    client.publish("t", big, 0);
    client.publish("t", big, 1, i);
  }
  client.take();
  CHECK(bench.engine->stats().dropped_slow_qos0 > 0);
  int with_ack = 0;
  for (int round = 0; round < 20; ++round) {
    for (const Received& received : watcher.take()) with_ack += std::get<mqtt::Publish>(received.packet).qos;
  }
  CHECK(with_ack == 10);
}
