#include "services/routes/upstream.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <thread>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http/server.h"
#include "platform/json/value.h"

namespace oree::routes {
namespace {

using namespace std::string_literals;

Outgoing outgoing(std::string id, std::string_view payload) {
  mqtt::Message message;
  message.topic = "line/1";
  message.sender = "robot";
  message.content_type = "application/json";
  message.user_properties = {{"k", "v"}};
  message.payload.assign(as_bytes(payload).begin(), as_bytes(payload).end());
  return {std::move(id), mqtt::print_message(message), {}};
}

// A hub that refuses bodies with "bad" in a payload, and fails while `is_ill`.
struct OtherHub {
  NullLog log;
  std::mutex mutex;
  std::vector<std::string> ids;
  json::Value newest;
  bool is_ill = false;
  std::unique_ptr<http::Server> server;

  OtherHub() {
    http::Router router;
    router.add({"POST", "/in", "test", "takes messages", [this](const http::Request& r) { return take(r); }});
    auto started = http::Server::start({}, router, log);
    REQUIRE(started);
    server = std::move(*started);
  }
  http::Response take(const http::Request& request) {
    const std::lock_guard lock(mutex);
    if (is_ill) return http::text(503, "ill");
    const auto body = json::parse(request.body);
    if (!body || !body->array()) return http::text(400, "no array");
    for (const json::Value& one : *body->array()) {
      if (*one.find("payload")->text() == crypto::base64(as_bytes("bad")))
        return http::text(422, "bad payload");
    }
    for (const json::Value& one : *body->array()) {
      ids.push_back(*one.find("id")->text());
      newest = one;
    }
    return http::text(204, "");
  }
  std::unique_ptr<Endpoint> endpoint() const {
    return http_upstream({.url = {.host = "127.0.0.1", .port = server->port(), .target = "/in"}});
  }
};

using Ids = std::vector<std::string>;

TEST_CASE("ABatchGoesUpInOnePostWithIdsAndProperties") {
  OtherHub hub;
  const auto endpoint = hub.endpoint();
  const Sent sent = endpoint->send({{}, 0, {outgoing("1", "a"), outgoing("2", "{}")}});
  CHECK(sent.count == 2);
  CHECK(hub.ids == Ids{"1", "2"});
  CHECK(*hub.newest.find("topic")->text() == "line/1");
  CHECK(*hub.newest.find("payload")->text() == "e30=");
  CHECK(*hub.newest.find("properties")->find("k")->text() == "v");
}

TEST_CASE("ARefusedMessageIsFoundAndWhatCameBeforeItCounts") {
  OtherHub hub;
  const auto endpoint = hub.endpoint();
  const Sent sent = endpoint->send({{}, 0, {outgoing("1", "a"), outgoing("2", "bad"), outgoing("3", "c")}});
  CHECK(sent.count == 1);
  REQUIRE_FALSE(sent.rest);
  CHECK(sent.rest.error().kind == ErrorKind::invalid);
  CHECK(hub.ids == Ids{"1"});
  const Sent unreadable = endpoint->send({{}, 0, {Outgoing{"x", {}, {}}}});
  CHECK(unreadable.rest.error().kind == ErrorKind::invalid);
}

TEST_CASE("AHubThatIsIllOrAwayIsTriedAgain") {
  OtherHub hub;
  const auto endpoint = hub.endpoint();
  hub.is_ill = true;
  CHECK(endpoint->send({{}, 0, {outgoing("1", "a")}}).rest.error().kind == ErrorKind::unavailable);
  hub.is_ill = false;
  CHECK(endpoint->send({{}, 0, {outgoing("1", "a")}}).count == 1);
  hub.server->stop();
  CHECK(endpoint->send({{}, 0, {outgoing("2", "a")}}).rest.error().kind == ErrorKind::unavailable);
}

// As much of an MQTT 5 broker as one connection needs: says yes to everything, until told to hang up.
class TinyBroker {
 public:
  explicit TinyBroker(int hangs_up_after) : left_(hangs_up_after) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof any;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
    thread_ = std::jthread([this] {
      for (int one = 0; (one = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(one)) serve(one);
    });
  }
  ~TinyBroker() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

  uint16_t port = 0;

 private:
  void serve(int socket) {
    std::string in;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
      in.append(buffer, static_cast<size_t>(got));
      while (in.size() >= 2 && in.size() >= 2u + static_cast<unsigned char>(in[1])) {  // all are short
        const std::string packet = in.substr(0, 2u + static_cast<unsigned char>(in[1]));
        in.erase(0, packet.size());
        if (!answer(socket, packet)) return;
      }
    }
  }
  bool answer(int socket, const std::string& packet) {
    std::string out;
    if (packet[0] == 0x10) out = std::string("\x20\x03\0\0\0", 5);
    if ((packet[0] & 0xF0) == 0x30) {
      if (left_-- == 0) return false;
      const size_t topic = static_cast<unsigned char>(packet[3]);
      out = std::string("\x40\x02") + packet.substr(4 + topic, 2);
      const std::lock_guard lock(mutex_);
      heard_ += packet.substr(4);
    }
    return out.empty() || ::send(socket, out.data(), out.size(), MSG_NOSIGNAL) > 0;
  }
  int listener_ = -1;
  int left_;
  std::mutex mutex_;
  std::string heard_;
  std::jthread thread_;
};

TEST_CASE("ABatchIsPublishedWithIdsAndWhatWasAcknowledgedCounts") {
  TinyBroker broker(3);
  const auto endpoint = mqtt_upstream({.client = {.port = broker.port, .client_id = "c"}, .prefix = "up/"});
  CHECK(endpoint->send({{}, 0, {outgoing("id-1", "a"), outgoing("id-2", "b")}}).count == 2);
  CHECK(broker.heard().find("up/line/1") == 0);
  CHECK(broker.heard().find("oree-id\0\4id-2"s) != std::string::npos);
  // The third is acknowledged, then the broker hangs up; a new connection is made for the rest.
  const Batch batch{{}, 0, {outgoing("id-3", "c"), outgoing("id-4", "d"), outgoing("id-5", "e")}};
  const Sent sent = endpoint->send(batch);
  CHECK(sent.count <= 1);
  REQUIRE_FALSE(sent.rest);
  CHECK(sent.rest.error().kind == ErrorKind::unavailable);
  CHECK(endpoint->send({{}, 0, {outgoing("id-4", "d")}}).count == 1);
}

TEST_CASE("ABrokerThatIsAwayIsUnavailable") {
  const auto endpoint = mqtt_upstream({.client = {.port = 1}});
  const Sent sent = endpoint->send({{}, 0, {outgoing("1", "a")}});
  CHECK(sent.count == 0);
  REQUIRE_FALSE(sent.rest);
  CHECK(sent.rest.error().kind == ErrorKind::unavailable);
}

}  // namespace
}  // namespace oree::routes
