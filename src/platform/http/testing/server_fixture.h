// A server on a free port with a few routes that most cases share; a case adds its own before start(), or
// before its first connect().
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/text.h"
#include "platform/http/server.h"
#include "platform/http/testing/raw_client.h"

namespace oree::http::testing {

class Lines final : public Log {
 public:
  void write(LogLevel, std::string_view sentence) override {
    const std::lock_guard lock(mutex_);
    text_ += cat(sentence, "\n");
  }
  bool contains(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return text_.find(part) != std::string::npos;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

struct Fixture {
  Fixture() {
    get("/quick", true, [](const Request&) { return text(200, "quick"); });
    get("/work", false,
        [](const Request& r) { return text(200, cat("work ", r.parameter("n").value_or(""))); });
    post("/echo", true, [](const Request& r) { return text(200, r.body); });
    post("/work", false, [](const Request& r) { return text(200, r.body); });
    get("/items/{id}", true, [](const Request& r) { return text(200, r.capture("id")); });
  }
  void get(std::string pattern, bool quick, Handler handler) {
    add("GET", pattern, quick, std::move(handler));
  }
  void post(std::string pattern, bool quick, Handler handler) {
    add("POST", pattern, quick, std::move(handler));
  }
  void add(std::string method, std::string pattern, bool quick, Handler handler) {
    router.add({std::move(method), std::move(pattern), "test", "", std::move(handler), quick});
  }
  void start() {
    auto started = Server::start(options, router, log);
    REQUIRE_MESSAGE(started, (started ? "" : started.error().what));
    server = *std::move(started);
  }
  RawClient connect() {
    if (!server) start();
    RawClient client(server->port());
    REQUIRE(client.connected());
    return client;
  }

  Lines log;
  Router router;
  ServerOptions options;
  std::unique_ptr<Server> server;
};

inline std::string http_get(std::string_view target, std::string_view fields = "") {
  return cat("GET ", target, " HTTP/1.1\r\nHost: h\r\n", fields, "\r\n");
}

inline std::string http_post(std::string_view target, std::string_view body, std::string_view fields = "") {
  return cat("POST ", target, " HTTP/1.1\r\nHost: h\r\n", fields, "Content-Length: ", body.size(), "\r\n\r\n",
             body);
}

inline std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (iequals(key, name)) return value;
  }
  return "";
}

}  // namespace oree::http::testing
