// The whole broker on loopback, spoken to by platform/mqtt/client/client.h.
#include "services/broker/broker.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <future>

#include "base/text.h"
#include "platform/files/testing/temp_folder.h"
#include "platform/mqtt/client/client.h"
#include "platform/mqtt/password.h"
#include "services/broker/testing/certificates.h"

using namespace oree;
using namespace oree::broker;
using mqtt::Client;
using mqtt::ClientOptions;
using mqtt::Message;

namespace {

struct Station {
  files::testing::TempFolder folder;
  files::RealDisk disk;
  SystemClock clock;
  NullLog log;
  BrokerOptions options;
  std::unique_ptr<Broker> broker;

  Station() {
    options.settings.listeners[0].port = 0;
    options.folder = folder.path();
    options.min_free = 0;
  }
  void start() {
    auto started = Broker::start(options, disk, clock, log);
    REQUIRE_MESSAGE(started, started.error().what);
    broker = std::move(*started);
  }
  void restart() {
    broker.reset();
    start();
  }
  std::unique_ptr<Client> client(ClientOptions with = {}) const {
    with.port = broker->port();
    auto made = Client::connect(with);
    REQUIRE_MESSAGE(made, made.error().what);
    return std::move(*made);
  }
};

Message text_message(std::string topic, std::string_view text, int qos = 1) {
  Message message{.topic = std::move(topic), .qos = qos};
  const ByteView bytes = as_bytes(text);
  message.payload.assign(bytes.begin(), bytes.end());
  return message;
}

std::string next_text(Client& client) {
  const auto got = client.receive(std::chrono::seconds(10));
  REQUIRE(got);
  REQUIRE(*got);
  return std::string(as_text((*got)->message.payload));
}

}  // namespace

TEST_CASE("MessagesGoThroughWithEveryQosAndVersion") {
  Station station;
  station.start();
  for (const mqtt::Version version : {mqtt::Version::v311, mqtt::Version::v5}) {
    for (const int qos : {0, 1, 2}) {
      auto watcher = station.client({.version = version, .client_id = "w"});
      REQUIRE(watcher->subscribe("t/#", qos).value() == qos);
      auto client = station.client({.version = version, .client_id = "c"});
      for (int i = 0; i < 20; ++i) REQUIRE(client->publish(text_message("t/x", cat(i), qos)));
      REQUIRE(client->flush());
      for (int i = 0; i < 20; ++i) CHECK(next_text(*watcher) == cat(i));
      CHECK(client->disconnect());
      CHECK(watcher->disconnect());
    }
  }
}

TEST_CASE("OneMessageAfterTheOtherIsAcknowledged") {
  Station station;
  station.start();
  const auto client = station.client();
  for (const int qos : {1, 2}) {
    for (int i = 0; i < 50; ++i) {
      REQUIRE(client->publish(text_message("t", cat(i), qos)));
      REQUIRE(client->flush());
    }
  }
}

TEST_CASE("APipelineOfThousandsIsAcknowledged") {
  Station station;
  station.start();
  auto client = station.client();
  int acknowledged = 0;
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(client->publish(text_message("t", cat(i)),
                            [&](const Status& status) { acknowledged += status ? 1 : 0; }));
  }
  REQUIRE(client->flush());
  CHECK(acknowledged == 5000);
  CHECK(client->ping());
  const auto reader = station.broker->messages().reader(1);
  for (int i = 0; i < 5000; ++i) {
    const auto entry = reader->next();
    REQUIRE(entry);
    CHECK(as_text(mqtt::parse_view(entry->bytes)->payload) == cat(i));
  }
}

TEST_CASE("ARestartKeepsSessionsMessagesAndRetained") {
  Station station;
  station.start();
  ClientOptions durable{.client_id = "w", .clean_start = false, .session_expiry = 1000};
  REQUIRE(station.client(durable)->subscribe("t", 1));
  auto client = station.client();
  Message kept = text_message("kept", "r");
  kept.retain = true;
  REQUIRE(client->publish(kept));
  for (int i = 0; i < 100; ++i) REQUIRE(client->publish(text_message("t", cat(i))));
  REQUIRE(client->flush());
  station.restart();
  auto watcher = station.client(durable);
  CHECK(watcher->session_present());
  for (int i = 0; i < 100; ++i) CHECK(next_text(*watcher) == cat(i));
  REQUIRE(watcher->subscribe("kept", 1));
  CHECK(next_text(*watcher) == "r");
}

TEST_CASE("TheStationPublishesListensAndKeepsATap") {
  Station station;
  station.start();
  std::promise<std::string> heard;
  const uint64_t id = station.broker->subscribe(
      "cmd", [&](const mqtt::MessageView& m) { heard.set_value(std::string(as_text(m.payload))); });
  auto client = station.client();
  REQUIRE(client->subscribe("state", 1));
  CHECK(station.broker->publish(text_message("state", "on")).value() == 1);
  CHECK(next_text(*client) == "on");
  REQUIRE(client->publish(text_message("cmd", "go")));
  CHECK(heard.get_future().get() == "go");
  station.broker->unsubscribe(id);
  CHECK(station.broker->kept("tap") == 1);
  station.broker->keep("tap", 2);
  CHECK(station.broker->kept("tap") == 2);
  CHECK(station.broker->clients().size() == 1);
  station.restart();
  CHECK(station.broker->kept("tap") == 2);
}

TEST_CASE("WrongPasswordsStayOutsideAndRightOnesComeIn") {
  Station station;
  station.options.settings.access.users = {{"ann", *mqtt::hash_password(as_bytes("right"))}};
  station.options.settings.access.anonymous_on_loopback = false;
  station.start();
  ClientOptions with{.port = station.broker->port(), .user = "ann", .password = "wrong"};
  CHECK(Client::connect(with).error().kind == ErrorKind::denied);
  with.user.reset();
  CHECK(Client::connect(with).error().kind == ErrorKind::denied);
  with.user = "ann";
  with.password = "right";
  CHECK(Client::connect(with));
}

TEST_CASE("TlsClientsAreKnownByTheirCertificates") {
  Station station;
  const auto files = testing::make_certificates(station.folder.path(), "robot-7");
  auto& listener = station.options.settings.listeners[0];
  listener.tls = {.certificate = files.server,
                  .key = files.server_key,
                  .client_ca = files.ca,
                  .require_client_certificate = true};
  station.options.settings.access.anonymous_on_loopback = false;
  station.start();
  ClientOptions with{.client_id = "c"};
  with.tls = mqtt::TlsFilesToLoad{.certificate = files.client, .key = files.client_key, .ca = files.ca};
  auto client = station.client(with);
  REQUIRE(client->subscribe("t", 1));
  const std::string big(200'000, 'x');
  REQUIRE(client->publish(text_message("t", big)));
  CHECK(next_text(*client) == big);
  CHECK(station.broker->clients().at(0).user == "robot-7");
  with.port = station.broker->port();
  with.tls->certificate = "";
  with.deadline = std::chrono::seconds(5);
  CHECK_FALSE(Client::connect(with));  // no certificate
  with.tls.reset();
  CHECK_FALSE(Client::connect(with));  // no TLS
}

TEST_CASE("AFullStoreRefusesWithItsReasonAndTheRestGoesOn") {
  Station station;
  station.options.max_message_bytes = 20 << 20;
  station.start();
  auto client = station.client();
  station.broker->keep("tap", 1);
  Status last;
  const std::string big(100'000, 'x');
  int refused = 0;
  for (int i = 0; i < 400 && refused == 0; ++i) {
    REQUIRE(client->publish(text_message("t", big), [&](const Status& status) {
      if (status) return;
      last = status;
      ++refused;
    }));
  }
  REQUIRE(client->flush());
  REQUIRE(refused > 0);
  CHECK(last.error().kind == ErrorKind::full);
  REQUIRE(client->subscribe("t", 0));
  REQUIRE(client->publish(text_message("t", "live", 0)));
  CHECK(next_text(*client) == "live");
}

TEST_CASE("AnAddressThatIsTakenIsNamed") {
  Station station;
  station.start();
  BrokerOptions second = station.options;
  second.folder = station.folder.path() / "second";
  second.settings.listeners[0].port = station.broker->port();
  const auto refused = Broker::start(second, station.disk, station.clock, station.log);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(refused.error().what.find(cat(station.broker->port())) != std::string::npos);
}
