#include "platform/http/client.h"

#include <doctest/doctest.h>
#include <sys/un.h>

#include "platform/http/calls/unix_socket.h"
#include "platform/http/testing/server_fixture.h"

using namespace oree;
using namespace oree::http;
using namespace oree::http::testing;

namespace {

// A server that says one prepared thing to each connection, whatever it is asked.
class Parrot {
 public:
  explicit Parrot(std::vector<std::string> sayings, bool close_after = true) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof any;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
    thread_ = std::thread([this, sayings = std::move(sayings), close_after] {
      for (const auto& saying : sayings) {
        const int one = ::accept(listener_, nullptr, nullptr);
        if (one < 0) return;
        char heard[4096];
        if (::recv(one, heard, sizeof heard, 0) > 0) ::send(one, saying.data(), saying.size(), MSG_NOSIGNAL);
        // Until the client goes.
        while (!close_after && ::recv(one, heard, sizeof heard, 0) > 0) {
        }
        ::close(one);
      }
    });
  }
  ~Parrot() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  uint16_t port = 0;

 private:
  int listener_ = -1;
  std::thread thread_;
};

Url at(uint16_t port, std::string target = "/") {
  return {.host = "127.0.0.1", .port = port, .target = std::move(target)};
}

}  // namespace

TEST_CASE("TheClientCallsASocketOfTheFileSystem") {
  const std::string path = cat("/tmp/oree-http-", ::getpid(), ".sock");
  ::unlink(path.c_str());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  path.copy(place.sun_path, path.size());
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  std::string heard(4096, '\0');
  std::thread server([&] {
    const int one = ::accept(listener, nullptr, nullptr);
    heard.resize(static_cast<size_t>(std::max<ssize_t>(0, ::recv(one, heard.data(), heard.size(), 0))));
    const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    ::send(one, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(one);
  });
  const auto answer = Client().call("GET", unix_url(path, "/version"), {}, "", {});
  server.join();
  ::close(listener);
  ::unlink(path.c_str());
  REQUIRE(answer);
  CHECK(answer->body == "hi");
  CHECK(heard.find("GET /version HTTP/1.1\r\nHost: localhost\r\n") == 0);
  const auto absent = Client().call("GET", unix_url(path, "/"), {}, "", {});
  REQUIRE(!absent);
  CHECK(absent.error().kind == ErrorKind::unavailable);
  CHECK(absent.error().what.starts_with(cat("unix:", path)));
  CHECK(!parse_url("http:///tmp/x.sock"));
}

TEST_CASE_FIXTURE(Fixture, "TheClientCallsAndKeepsItsConnection") {
  post("/seen", true, [](const Request& r) { return text(201, cat(r.header("X-Key"), " ", r.body)); });
  start();
  Client client;
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.call("POST", at(server->port(), "/seen"), {{"X-Key", "k"}}, "hello", {});
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->body == "k hello");
  }
  CHECK(server->stats().connections == 1);
  CHECK(client.call("HEAD", at(server->port(), "/quick"), {}, "", {})->status == 200);
  CHECK(client.call("GET", at(server->port(), "/none"), {}, "", {})->status == 404);
  CHECK(server->stats().connections == 1);
  CHECK(client.call("GET", {.host = "localhost", .port = server->port(), .target = "/quick"}, {}, "", {})
            ->body == "quick");
}

TEST_CASE_FIXTURE(Fixture, "AKeptConnectionThatWasClosedIsReplaced") {
  options.idle_timeout = milliseconds(20);
  start();
  Client client;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.call("GET", at(server->port(), "/quick"), {}, "", {}));
    REQUIRE(eventually([&] { return server->stats().connections == 0; }));
  }
}

TEST_CASE_FIXTURE(Fixture, "OneClientServesManyThreads") {
  options.workers = 3;
  start();
  Client client;
  std::atomic<int> right = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const auto answer = client.call("POST", at(server->port(), "/work"), {}, cat(t, "/", i), {});
        if (answer && answer->body == cat(t, "/", i)) ++right;
      }
    });
  }
  threads.clear();
  CHECK(right == 100);
}

TEST_CASE("RefusedConnectionsAndUnknownNamesAreUnavailable") {
  uint16_t free_port = 0;
  {
    const Parrot gone({});
    free_port = gone.port;
  }
  Client client;
  auto answer = client.call("GET", at(free_port), {}, "", {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(answer.error().what.contains(cat("127.0.0.1:", free_port)));
}

TEST_CASE("ASilentOrTricklingServerCostsNoMoreThanTheDeadline") {
  Client client;
  const Parrot silent({""}, false);
  auto answer = client.call("GET", at(silent.port), {}, "", {.deadline = milliseconds(30)});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::timeout);
  const Parrot half({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}, false);
  answer = client.call("GET", at(half.port), {}, "", {.deadline = milliseconds(30)});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::timeout);
}

TEST_CASE("AnswersThatAreTooLargeBrokenOrCutOffAreErrors") {
  const auto kind = [](std::string saying, uint64_t limit = 1000) {
    const Parrot parrot({std::move(saying)});
    Client client;
    const auto answer = client.call("GET", at(parrot.port), {}, "", {.max_body_bytes = limit});
    return answer ? cat("status ", answer->status) : std::string(facts(answer.error().kind).name);
  };
  CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == "status 200");
  CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nok") == "invalid");
  CHECK(kind("HTTP/1.0 200 OK\r\n\r\n0123456789", 5) == "invalid");
  CHECK(kind("SSH-2.0-OpenSSH\r\n") == "invalid");
  CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok") == "unavailable");
  CHECK(kind("") == "unavailable");
}

TEST_CASE("ARequestThatCannotBeWrittenSafelyIsNotSent") {
  Client client;
  const auto kind = [&](std::string_view method, const Url& url, const std::vector<Header>& headers) {
    const auto answer = client.call(method, url, headers, "", {});
    return !answer && answer.error().kind == ErrorKind::invalid;
  };
  CHECK(kind("GET", at(1, "/a b"), {}));
  CHECK(kind("GET", at(1, "/\r\nX: y"), {}));
  CHECK(kind("GET", at(1, "x"), {}));
  CHECK(kind("G T", at(1), {}));
  CHECK(kind("GET", at(1), {{"X", "a\r\nY: b"}}));
  CHECK(kind("GET", at(1), {{"X: y", "a"}}));
  CHECK(kind("GET", {.host = "a\r\nX: y"}, {}));
}

TEST_CASE_FIXTURE(Fixture, "RedirectsAreFollowedAsFarAsAllowed") {
  get("/from", true, [](const Request&) {
    Response response = text(302, "");
    return response.with("Location", "/quick");
  });
  get("/loop", true, [](const Request&) {
    Response response = text(307, "");
    return response.with("Location", "/loop");
  });
  post("/from", true, [](const Request&) {
    Response response = text(303, "");
    return response.with("Location", "/quick");
  });
  start();
  Client client;
  CHECK(client.call("GET", at(server->port(), "/from"), {}, "", {})->status == 302);
  CHECK(client.call("GET", at(server->port(), "/from"), {}, "", {.max_redirects = 1})->body == "quick");
  CHECK(client.call("POST", at(server->port(), "/from"), {}, "x", {.max_redirects = 1})->body == "quick");
  CHECK(client.call("GET", at(server->port(), "/loop"), {}, "", {.max_redirects = 5})->status == 307);
}

TEST_CASE_FIXTURE(Fixture, "ABodyIsHandedOverAsItComesHoweverLongItIs") {
  std::string long_body(3'000'000, 'x');
  for (size_t i = 0; i < long_body.size(); ++i) long_body[i] = static_cast<char>('a' + i % 23);
  get("/long", true, [&](const Request&) { return text(200, long_body); });
  get("/wrong", true, [&](const Request&) { return text(404, "none"); });
  start();
  Client client;
  std::string came;
  int pieces = 0;
  CallOptions options{.max_body_bytes = 1000, .on_body = [&](const Response& head, ByteView piece) -> Status {
                        CHECK(head.status == 200);
                        came += as_text(piece);
                        ++pieces;
                        return {};
                      }};
  const auto answer = client.call("GET", at(server->port(), "/long"), {}, "", options);
  REQUIRE(answer);
  CHECK(answer->body.empty());
  CHECK(came == long_body);
  CHECK(pieces > 1);
  const auto refused = client.call("GET", at(server->port(), "/wrong"), {}, "", options);
  REQUIRE(refused);
  CHECK(refused->body == "none");
  CHECK(came.size() == long_body.size());
  options.on_body = [](const Response&, ByteView) -> Status { return fail(ErrorKind::full, "no room"); };
  const auto full = client.call("GET", at(server->port(), "/long"), {}, "", options);
  REQUIRE_FALSE(full);
  CHECK(full.error().kind == ErrorKind::full);
}

TEST_CASE("WhatCameBeforeTheConnectionBrokeHasBeenHandedOver") {
  Parrot parrot({"HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\n\r\n0123456789"});
  Client client;
  std::string came;
  const auto answer =
      client.call("GET", at(parrot.port), {}, "", {.on_body = [&](const Response&, ByteView piece) -> Status {
                    came += as_text(piece);
                    return {};
                  }});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(came == "0123456789");
}

TEST_CASE("AnAnswerThatFallsSilentEndsBeforeTheDeadline") {
  Parrot parrot({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"}, false);
  Client client;
  const auto answer = client.call("GET", at(parrot.port), {}, "",
                                  {.deadline = std::chrono::minutes(10), .silence = milliseconds(30)});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::timeout);
}

TEST_CASE("AnInterruptEndsACallThatWaits") {
  Parrot parrot({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"}, false);
  Client client;
  Interrupt interrupt;
  const auto answer = client.call("GET", at(parrot.port), {}, "",
                                  {.deadline = std::chrono::minutes(10),
                                   .interrupt = &interrupt,
                                   .on_body = [&](const Response&, ByteView) -> Status {
                                     interrupt.fire();  // while the rest is waited for
                                     return {};
                                   }});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(answer.error().what.find("interrupted") != std::string::npos);
}
