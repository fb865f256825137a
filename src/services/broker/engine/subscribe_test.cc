#include "services/broker/testing/engine_fixture.h"

using namespace oree;
using namespace oree::broker;
using namespace oree::broker::testing;
using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

TEST_CASE("OverlappingSubscriptionsGiveOneCopyWithTheHighestQosAndAllIdentifiers") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("a/#", 1, {}, 11);
  watcher.subscribe("a/+", 2, {}, 12);
  watcher.subscribe("a/b", 0, {}, 13);
  auto client = bench.client();
  client.connect("c");
  client.publish("a/b", "x", 2, 1);
  const auto got = watcher.expect<mqtt::Publish>();
  CHECK(got.qos == 2);
  std::vector<uint32_t> ids = got.properties.subscription_ids;
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<uint32_t>{11, 12, 13});
  CHECK(watcher.silent());
}

TEST_CASE("NoLocalKeepsOnesOwnMessagesAway") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.subscribe("t", 0, {.no_local = true});
  client.publish("t", "x");
  CHECK(client.silent());
  auto other = bench.client();
  other.connect("b");
  other.publish("t", "x");
  CHECK(client.expect<mqtt::Publish>().topic == "t");
}

TEST_CASE("SharedSubscriptionsTakeTurns") {
  Bench bench;
  auto one = bench.client();
  one.connect("one");
  one.subscribe("$share/g/t/#", 1);
  auto two = bench.client();
  two.connect("two");
  two.subscribe("$share/g/t/#", 1);
  auto client = bench.client();
  client.connect("c");
  for (uint16_t id = 1; id <= 6; ++id) client.publish("t/1", "x", 1, id);
  CHECK(one.take().size() == 3);
  CHECK(two.take().size() == 3);
  for (int i = 0; i < 4; ++i) client.publish("t/1", "y");
  CHECK(one.take().size() == 2);
  CHECK(two.take().size() == 2);
}

TEST_CASE("WhatAMemberLeftUnacknowledgedGoesToAnother") {
  Bench bench;
  auto one = bench.client();
  one.connect("one");
  one.subscribe("$share/g/t", 1);
  auto client = bench.client();
  client.connect("c");
  client.publish("t", "x", 1, 1);
  CHECK(as_text(one.expect<mqtt::Publish>().payload) == "x");
  auto two = bench.client();
  two.connect("two");
  two.subscribe("$share/g/t", 1);
  one.drop();
  CHECK(as_text(two.expect<mqtt::Publish>().payload) == "x");
}

TEST_CASE("BadSharedFiltersAreRefused") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  CHECK(client.subscribe("$share/g", 1)[0] == Reason::topic_filter_invalid);
  CHECK(client.subscribe("$share/g+/t", 1)[0] == Reason::topic_filter_invalid);
  CHECK(client.subscribe("$share//t", 1)[0] == Reason::topic_filter_invalid);
  mqtt::Subscribe subscribe;
  subscribe.id = 1;
  subscribe.entries = {{.filter = "$share/g/t", .qos = 1, .no_local = true}};
  client.send(subscribe);
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::protocol_error);
}

TEST_CASE("ASharedSubscriptionGetsNoRetainedMessages") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.publish("t", "x", 0, 0, true);
  client.subscribe("$share/g/t", 1);
  CHECK(client.silent());
}

TEST_CASE("RetainedMessagesFollowTheRetainHandling") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.publish("r/1", "one", 1, 1, true);
  client.publish("r/2", "two", 0, 0, true);
  client.take();
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("r/+", 1, {.retain_handling = 1});
  const auto first = watcher.expect<mqtt::Publish>();
  CHECK(first.retain);
  CHECK(first.qos == 1);
  CHECK(watcher.expect<mqtt::Publish>().qos == 0);
  watcher.subscribe("r/+", 1, {.retain_handling = 1});
  CHECK(watcher.silent());
  watcher.subscribe("r/+", 1, {.retain_handling = 2});
  CHECK(watcher.silent());
  watcher.subscribe("r/#", 0, {.retain_handling = 0});
  CHECK(watcher.take().size() == 2);
  client.publish("r/1", "", 1, 2, true);
  watcher.take();
  watcher.subscribe("r/#", 0, {.retain_handling = 0});
  CHECK(watcher.take().size() == 1);
}

TEST_CASE("TheRetainFlagIsPassedOnOnlyWhenWanted") {
  Bench bench;
  auto plain = bench.client();
  plain.connect("p");
  plain.subscribe("t", 1);
  auto keeping = bench.client();
  keeping.connect("k");
  keeping.subscribe("t", 1, {.retain_as_published = true});
  auto client = bench.client();
  client.connect("c");
  client.publish("t", "x", 1, 1, true);
  CHECK_FALSE(plain.expect<mqtt::Publish>().retain);
  CHECK(keeping.expect<mqtt::Publish>().retain);
}

TEST_CASE("SubacksSayWhatWasGranted") {
  Settings settings;
  settings.limits.max_filters = 2;
  settings.limits.max_levels = 4;
  Bench bench(settings);
  bench.access.refused_filter = "secret/#";
  auto client = bench.client();
  client.connect("a");
  CHECK(client.subscribe("a", 2)[0] == Reason::granted_qos2);
  CHECK(client.subscribe("secret/#", 1)[0] == Reason::not_authorized);
  CHECK(client.subscribe("a/#/b", 1)[0] == Reason::topic_filter_invalid);
  CHECK(client.subscribe("+/+/+/+/+", 1)[0] == Reason::quota_exceeded);
  CHECK(client.subscribe("b", 1)[0] == Reason::granted_qos1);
  CHECK(client.subscribe("c", 1)[0] == Reason::quota_exceeded);
  CHECK(client.subscribe("b", 0)[0] == Reason::success);
  auto old = bench.client(Version::v311);
  old.connect("o");
  CHECK(old.subscribe("secret/#", 1)[0] == Reason::unspecified);
}

TEST_CASE("UnsubscribingEndsTheMessagesAndSaysWhetherThereWasOne") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.subscribe("t", 1);
  client.send(mqtt::Unsubscribe{5, {"t", "u", "a/#/b"}, {}});
  const auto answer = client.expect<mqtt::SubscribeAnswer>();
  CHECK(answer.type == PacketType::unsuback);
  CHECK(answer.reasons ==
        std::vector<Reason>{Reason::success, Reason::no_subscription_existed, Reason::topic_filter_invalid});
  client.publish("t", "x");
  CHECK(client.silent());
}

TEST_CASE("DollarTopicsMatchNoLeadingWildcard") {
  Bench bench;
  auto client = bench.client();
  client.connect("a");
  client.subscribe("#", 0);
  client.subscribe("+/x", 0);
  client.publish("$SYS/x", "1");
  CHECK(client.silent());
  client.subscribe("$SYS/#", 0);
  client.publish("$SYS/x", "1");
  CHECK(client.take().size() == 1);
}
