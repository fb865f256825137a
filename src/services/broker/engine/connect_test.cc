#include "services/broker/testing/engine_fixture.h"

using namespace oree;
using namespace oree::broker;
using namespace oree::broker::testing;
using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

TEST_CASE("ASessionIsPresentOnlyWhenItWasKept") {
  Bench bench;
  auto client = bench.client();
  CHECK_FALSE(client.connect("a", true, 60).session_present);
  client.drop();
  CHECK(client.connect("a", false, 60).session_present);
  client.drop();
  CHECK_FALSE(client.connect("a", true, 0).session_present);
  client.drop();
  CHECK_FALSE(client.connect("a", false, 0).session_present);
}

TEST_CASE("AClientWithoutANameGetsOne") {
  Bench bench;
  auto client = bench.client();
  const auto connack = client.connect("");
  CHECK(connack.reason == Reason::success);
  REQUIRE(connack.properties.assigned_client_id);
  CHECK(connack.properties.assigned_client_id->size() > 5);
  auto old = bench.client(Version::v311);
  mqtt::Connect connect;
  connect.clean_start = false;
  CHECK(old.connect(connect).code == 2);  // 3.1.3-8
  CHECK(old.closed());
  connect.clean_start = true;
  CHECK(old.connect(connect).code == 0);
}

TEST_CASE("TheFirstPacketIsAConnectAndTheSecondIsNot") {
  Bench bench;
  auto early = bench.client();
  early.send(mqtt::Ping{});
  CHECK(early.silent());
  CHECK(early.closed());
  auto twice = bench.client();
  twice.connect("a");
  twice.send(mqtt::Connect{.client_id = "a"});
  CHECK(twice.expect<mqtt::Disconnect>().reason == Reason::protocol_error);
  CHECK(twice.closed());
}

TEST_CASE("AnotherVersionIsRefusedInItsOwnWords") {
  Bench bench;
  auto six = bench.client();
  six.send_hex("100d00044d5154540602000a000000");
  CHECK(six.expect<mqtt::Connack>().reason == Reason::unsupported_version);
  CHECK(six.closed());
  auto three = bench.client(Version::v311);
  three.send_hex("100f00064d51497364700302000a000161");
  CHECK(three.expect<mqtt::Connack>().code == 1);
  CHECK(three.closed());
}

TEST_CASE("ATakenOverConnectionIsTold") {
  Bench bench;
  auto first = bench.client();
  first.connect("a", true, 60);
  first.subscribe("t", 1);
  auto second = bench.client();
  CHECK(second.connect("a", false, 60).session_present);
  CHECK(first.expect<mqtt::Disconnect>().reason == Reason::session_taken_over);
  CHECK(first.closed());
  second.publish("t", "x", 1, 1);
  CHECK(second.take().size() == 2);  // the message and the PUBACK
}

TEST_CASE("EnhancedAuthenticationIsRefusedWithItsCode") {
  Bench bench;
  auto client = bench.client();
  mqtt::Connect connect;
  connect.client_id = "a";
  connect.properties.authentication_method = "SCRAM";
  CHECK(client.connect(connect).reason == Reason::bad_authentication_method);
  CHECK(client.closed());
}

TEST_CASE("ALoginThatIsAnsweredLaterHoldsTheInput") {
  Bench bench;
  bench.access.answer = LoginAnswer::later;
  auto client = bench.client();
  client.open();
  client.send(mqtt::Connect{.client_id = "a"});
  client.send(mqtt::Ping{});
  CHECK(client.silent());
  bench.engine->login_done(1, true, bench.now());
  CHECK(client.expect<mqtt::Connack>().reason == Reason::success);
  CHECK(client.expect<mqtt::Ping>().type == PacketType::pingresp);
  auto wrong = bench.client();
  wrong.open();
  wrong.send(mqtt::Connect{.client_id = "b"});
  bench.engine->login_done(2, false, bench.now());
  CHECK(wrong.expect<mqtt::Connack>().reason == Reason::bad_user_or_password);
  CHECK(wrong.closed());
}

TEST_CASE("ASilentClientIsClosedAfterOneAndAHalfKeepAlives") {
  Bench bench;
  auto client = bench.client();
  mqtt::Connect connect;
  connect.client_id = "a";
  connect.keep_alive = 10;
  client.connect(connect);
  bench.pass(std::chrono::seconds(14));
  CHECK_FALSE(client.closed());
  bench.pass(std::chrono::seconds(2));
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::keep_alive_timeout);
  CHECK(client.closed());
  auto mute = bench.client();
  mute.open();
  bench.pass(std::chrono::seconds(11));
  CHECK(mute.closed());
}

TEST_CASE("TheServersKeepAliveIsToldAndUsed") {
  Settings settings;
  settings.limits.server_keep_alive = 5;
  Bench bench(settings);
  auto client = bench.client();
  CHECK(client.connect("a").properties.server_keep_alive == 5);
  bench.pass(std::chrono::seconds(8));
  CHECK(client.closed() == true);
}

TEST_CASE("ASessionExpiryMayNotAppearAtTheEnd") {
  Bench bench;
  auto client = bench.client();
  client.connect("a", true, 0);
  mqtt::Disconnect bye;
  bye.properties.session_expiry = 10;
  client.send(bye);
  CHECK(client.expect<mqtt::Disconnect>().reason == Reason::protocol_error);
  auto other = bench.client();
  other.connect("b", true, 10);
  bye.properties.session_expiry = 0;
  other.send(bye);
  CHECK(other.closed());
  CHECK_FALSE(other.connect("b", false, 10).session_present);
}

TEST_CASE("SessionsExpire") {
  Bench bench;
  auto client = bench.client();
  client.connect("a", true, 10);
  client.drop();
  bench.pass(std::chrono::seconds(9));
  CHECK(client.connect("a", false, 10).session_present);
  client.drop();
  bench.pass(std::chrono::seconds(11));
  CHECK_FALSE(client.connect("a", false, 10).session_present);
}

TEST_CASE("WillsAreSentWhenTheConnectionIsLostAndNotWhenItIsEnded") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("will/#", 1);
  mqtt::Connect connect;
  connect.client_id = "a";
  connect.will = mqtt::Will{"will/a", as_bytes("gone"), 1, false, {}};
  connect.will->properties.user_properties = {{"k", "v"}};
  auto client = bench.client();
  client.connect(connect);
  client.drop();
  const auto will = watcher.expect<mqtt::Publish>();
  CHECK(as_text(will.payload) == "gone");
  CHECK(will.properties.user_properties.at(0).first == "k");
  client.connect(connect);
  client.send(mqtt::Disconnect{});
  CHECK(watcher.silent());
  client.connect(connect);
  client.send(mqtt::Disconnect{Reason::disconnect_with_will, {}});
  CHECK(watcher.expect<mqtt::Publish>().topic == "will/a");
}

TEST_CASE("AWillWaitsForItsDelayAndIsForgottenWhenTheClientIsBack") {
  Bench bench;
  auto watcher = bench.client();
  watcher.connect("w");
  watcher.subscribe("will", 0);
  mqtt::Connect connect;
  connect.client_id = "a";
  connect.properties.session_expiry = 60;
  connect.will = mqtt::Will{"will", as_bytes("gone"), 0, false, {}};
  connect.will->properties.will_delay = 5;
  auto client = bench.client();
  client.connect(connect);
  client.drop();
  bench.pass(std::chrono::seconds(4));
  CHECK(watcher.silent());
  connect.clean_start = false;
  client.connect(connect);
  bench.pass(std::chrono::seconds(10));
  CHECK(watcher.silent());
  client.drop();
  bench.pass(std::chrono::seconds(6));
  CHECK(watcher.expect<mqtt::Publish>().topic == "will");
  connect.properties.session_expiry = 2;  // the session ends first
  client.connect(connect);
  client.drop();
  bench.pass(std::chrono::seconds(3));
  CHECK(watcher.expect<mqtt::Publish>().topic == "will");
}
