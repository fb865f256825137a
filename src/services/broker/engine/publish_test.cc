#include "services/broker/testing/engine_fixture.h"

using namespace oree;
using namespace oree::broker;
using namespace oree::broker::testing;
using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

TEST_CASE("APublishIsAcknowledgedOnlyWhenItIsOnDisk") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("t", 1);
  auto client = bench.client();
  client.connect("a");
  bench.auto_sync = false;
  client.publish("t", "x", 1, 7);
  client.publish("t", "y", 2, 8);
  CHECK(client.silent());
  CHECK(watcher.silent());
  bench.sync();
  CHECK(client.expect<mqtt::Ack>().id == 7);
  CHECK(client.expect<mqtt::Ack>().type == PacketType::pubrec);
  CHECK(as_text(watcher.expect<mqtt::Publish>().payload) == "x");
}

TEST_CASE("APublishNobodyHearsSaysSo") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.publish("t", "x", 1, 7);
  CHECK(client.expect<mqtt::Ack>().reason == Reason::no_matching_subscribers);
  auto old = bench.client(Version::v311);
  old.connect("b");
  old.publish("t", "x", 1, 7);
  CHECK(old.expect<mqtt::Ack>().id == 7);
}

TEST_CASE("AQos2MessageIsStoredOnceHoweverOftenItIsSent") {
  Bench bench;
  auto client = bench.client();
  client.connect("a", true, 60);
  client.publish("t", "x", 2, 5);
  CHECK(client.expect<mqtt::Ack>().type == PacketType::pubrec);
  client.publish("t", "x", 2, 5);
  CHECK(client.expect<mqtt::Ack>().type == PacketType::pubrec);
  CHECK(bench.messages->stats().next == 2);
  client.ack(PacketType::pubrel, 5);
  const auto done = client.expect<mqtt::Ack>();
  CHECK(done.type == PacketType::pubcomp);
  CHECK(done.reason == Reason::success);
  client.ack(PacketType::pubrel, 5);
  CHECK(client.expect<mqtt::Ack>().reason == Reason::packet_id_not_found);
  client.publish("t", "y", 2, 5);
  CHECK(client.expect<mqtt::Ack>().type == PacketType::pubrec);
  CHECK(bench.messages->stats().next == 3);
}

TEST_CASE("AQos2IdentifierSurvivesACrash") {
  Bench bench;
  auto client = bench.client();
  client.connect("a", true, 60);
  client.publish("t", "x", 2, 5);
  client.publish("t", "y", 2, 6);
  client.take();
  client.ack(PacketType::pubrel, 6);
  CHECK(client.expect<mqtt::Ack>().type == PacketType::pubcomp);
  bench.crash();
  CHECK(client.connect("a", false, 60).session_present);
  client.publish("t", "x", 2, 5);  // sent again
  client.expect<mqtt::Ack>();
  CHECK(bench.messages->stats().next == 3);
  client.publish("t", "new", 2, 6);  // its identifier was free
  client.expect<mqtt::Ack>();
  CHECK(bench.messages->stats().next == 4);
}

TEST_CASE("MoreThanTheReceiveMaximumIsRefused") {
  Settings settings;
  settings.limits.receive_maximum = 3;
  Bench bench(settings);
  auto client = bench.client();
  CHECK(client.connect("a").properties.receive_maximum == 3);
  for (uint16_t id = 1; id <= 3; ++id) client.publish("t", "x", 2, id);
  CHECK(client.take().size() == 3);
  client.ack(PacketType::pubrel, 1);
  client.expect<mqtt::Ack>();
  client.publish("t", "x", 2, 4);
  CHECK(client.expect<mqtt::Ack>().id == 4);
  client.publish("t", "x", 2, 5);
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::receive_maximum_exceeded);
}

TEST_CASE("TopicAliasesStandForTheirTopics") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("#", 0);
  auto client = bench.client();
  client.connect("a");
  mqtt::Publish publish;
  publish.topic = "long/topic";
  publish.properties.topic_alias = 3;
  client.send(publish);
  publish.topic = "";
  client.send(publish);
  CHECK(watcher.expect<mqtt::Publish>().topic == "long/topic");
  const auto second = watcher.expect<mqtt::Publish>();
  CHECK(second.topic == "long/topic");
  CHECK_FALSE(second.properties.topic_alias);
  publish.properties.topic_alias = 4;
  client.send(publish);
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::protocol_error);
  auto other = bench.client();
  other.connect("b");
  publish.topic = "t";
  publish.properties.topic_alias = 65;
  other.send(publish);
  CHECK(other.expect<mqtt::Disconnect>().reason == Reason::topic_alias_invalid);
}

TEST_CASE("TheServerUsesAliasesUpToTheClientsMaximum") {
  Bench bench;
  auto watcher = bench.client();
  mqtt::Connect connect;
  connect.client_id = "w";
  connect.properties.topic_alias_maximum = 1;
  watcher.connect(connect);
  watcher.subscribe("#", 0);
  auto client = bench.client();
  client.connect("a");
  for (const char* topic : {"x", "x", "y"}) client.publish(topic, "1");
  auto first = watcher.expect<mqtt::Publish>();
  CHECK(first.topic == "x");
  CHECK(first.properties.topic_alias == 1);
  auto second = watcher.expect<mqtt::Publish>();
  CHECK(second.topic.empty());
  CHECK(second.properties.topic_alias == 1);
  auto third = watcher.expect<mqtt::Publish>();
  CHECK(third.topic == "y");
  CHECK_FALSE(third.properties.topic_alias);
}

TEST_CASE("WhatAClientMayNotPublishIsAnsweredAsItsVersionCan") {
  Bench bench;
  bench.access.refused_topic = "secret";
  auto client = bench.client();
  client.connect("a");
  client.publish("secret", "x", 1, 1);
  CHECK(client.expect<mqtt::Ack>().reason == Reason::not_authorized);
  client.publish("secret", "x", 2, 2);
  const auto pubrec = client.expect<mqtt::Ack>();
  CHECK(pubrec.type == PacketType::pubrec);
  CHECK(pubrec.reason == Reason::not_authorized);
  client.publish("secret", "x", 0);
  CHECK(client.silent());
  CHECK(bench.messages->stats().next == 1);
  CHECK(bench.engine->stats().dropped_denied == 3);
}

TEST_CASE("ReasonStringsAreSentOnlyWhenTheyAreWanted") {
  Bench bench;
  bench.access.refused_topic = "secret";
  auto client = bench.client();
  client.connect("a");
  client.publish("secret", "x", 1, 1);
  CHECK(client.expect<mqtt::Ack>().properties.reason_string);
  auto terse = bench.client();
  mqtt::Connect connect;
  connect.client_id = "b";
  connect.properties.request_problem_information = 0;
  terse.connect(connect);
  terse.publish("secret", "x", 1, 1);
  CHECK_FALSE(terse.expect<mqtt::Ack>().properties.reason_string);
}

TEST_CASE("AFullStreamRefusesOrMakesWait") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  bench.messages->full = true;
  client.publish("t", "x", 1, 1);
  CHECK(client.expect<mqtt::Ack>().reason == Reason::quota_exceeded);
  auto old = bench.client(Version::v311);
  old.connect("b");
  old.publish("t", "x", 1, 1);
  CHECK(old.closed());

  Settings settings;
  settings.when_full = WhenFull::wait;
  Bench patient(settings);
  auto waiting = patient.client(Version::v311);
  waiting.connect("a");
  patient.messages->full = true;
  waiting.publish("t", "x", 1, 1);
  waiting.send(mqtt::Ping{});
  CHECK(waiting.silent());
  patient.messages->full = false;
  patient.pass(std::chrono::milliseconds(100));
  CHECK(waiting.take().size() == 2);  // PUBACK and PINGRESP
}

TEST_CASE("APayloadThatIsNotTheTextItSaysIsRefused") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  mqtt::Publish publish;
  publish.topic = "t";
  publish.qos = 1;
  publish.id = 1;
  publish.payload = as_bytes("\xff");
  publish.properties.payload_format = 1;
  client.send(publish);
  CHECK(client.expect<mqtt::Ack>().reason == Reason::payload_format_invalid);
}

TEST_CASE("AClientSendsNoSubscriptionIdentifier") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  mqtt::Publish publish;
  publish.topic = "t";
  publish.properties.subscription_ids = {1};
  client.send(publish);
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::protocol_error);
}

TEST_CASE("AMalformedPacketEndsTheConnectionWithItsReason") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.send_hex("3803000161");  // DUP with QoS 0
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::malformed_packet);
  CHECK(client.closed());
  auto old = bench.client(Version::v311);
  old.connect("b");
  old.send_hex("3803000161");
  CHECK(old.silent());
  CHECK(old.closed());
}
