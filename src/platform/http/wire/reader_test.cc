#include "platform/http/wire/reader.h"

#include <doctest/doctest.h>

#include "base/text.h"

using namespace oree;
using namespace oree::http;

namespace {

// What a reader makes of `bytes`: "200 GET /path?query body" or the status it refuses with; "…" when it waits
// for more. `step` bytes at a time must never change it.
std::string read_in_steps(std::string_view bytes, size_t step, const ReadLimits& limits = {}) {
  RequestReader reader(limits);
  std::string unread;
  for (size_t at = 0; at < bytes.size() && reader.state() != ReadState::done; at += step) {
    unread += bytes.substr(at, step);
    unread.erase(0, reader.feed(unread));
    if (reader.state() == ReadState::refused) return cat(reader.refusal().status);
  }
  if (reader.state() != ReadState::done) return "…";
  const Request& r = reader.request();
  return cat(r.method, " ", r.path, r.query.empty() ? "" : "?", r.query, " ", r.body);
}

std::string read(std::string_view bytes, const ReadLimits& limits = {}) {
  const std::string whole = read_in_steps(bytes, bytes.size(), limits);
  for (const size_t step : {size_t{1}, size_t{3}, size_t{7}})
    CHECK(read_in_steps(bytes, step, limits) == whole);
  return whole;
}

std::string post(std::string_view fields, std::string_view body) {
  return cat("POST /p HTTP/1.1\r\nHost: h\r\n", fields, "\r\n", body);
}

}  // namespace

TEST_CASE("ReadsRequestsHoweverTheBytesArePortioned") {
  CHECK(read("GET /a%20b?c=%20 HTTP/1.1\r\nHost: h\r\n\r\n") == "GET /a b?c=%20 ");
  CHECK(read("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n") == "GET / ");
  CHECK(read("GET http://h:80/x?y HTTP/1.1\r\nHost: h\r\n\r\n") == "GET /x?y ");
  CHECK(read("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n") == "GET / ");
  CHECK(read("GET / HTTP/1.0\r\n\r\n") == "GET / ");
  CHECK(read(post("Content-Length: 5\r\n", "hello")) == "POST /p hello");
  CHECK(read(post("Content-Length: 0\r\n", "")) == "POST /p ");
  CHECK(read(post("Content-Length: 6\r\n", "hello")) == "…");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n")) ==
        "POST /p hello");
  CHECK(read(post("transfer-encoding: Chunked\r\n", "0\r\n\r\n")) == "POST /p ");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n")) == "…");
}

TEST_CASE("WhatTwoReadersCouldReadDifferentlyIsRefused") {
  CHECK(read(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")) == "400");
  CHECK(read(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")) == "400");
  CHECK(read(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")) == "400");
  CHECK(read(post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")) == "400");
  CHECK(read(post("Content-Length: 5, 5\r\n", "hello")) == "400");
  CHECK(read(post("Content-Length: +5\r\n", "hello")) == "400");
  CHECK(read(post("Content-Length: -1\r\n", "")) == "400");
  CHECK(read(post("Content-Length: 0x5\r\n", "hello")) == "400");
  CHECK(read(post("Content-Length: 99999999999999999999999\r\n", "")) == "400");
  CHECK(read(post("Content-Length : 5\r\n", "hello")) == "400");
  CHECK(read(post("Content-Length:\r\n", "")) == "400");
  CHECK(read(post("Transfer-Encoding: gzip\r\n", "")) == "501");
  CHECK(read(post("Transfer-Encoding: gzip, chunked\r\n", "")) == "501");
  CHECK(read(post("Transfer-Encoding: chunked, chunked\r\n", "")) == "501");
  CHECK(read(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "")) == "400");
  CHECK(read("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") == "400");
  CHECK(read("GET / HTTP/1.1\r\n\r\n") == "400");
  CHECK(read("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == "400");
}

TEST_CASE("MalformedRequestsAreRefused") {
  // A bare LF ends no line: refused, or waited on until the header's time is over.
  for (const size_t step : {size_t{1}, size_t{3}, size_t{100}}) {
    CHECK(read_in_steps("GET / HTTP/1.1\nHost: h\n\n", step) != "GET / ");
  }
  CHECK(read("GET  / HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("G@T / HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("GET / HTTP/2.0\r\nHost: h\r\n\r\n") == "505");
  CHECK(read("GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n") == "400");
  CHECK(read(cat("GET / HTTP/1.1\r\nHost: h\r\nA: b", '\0', "c\r\n\r\n")) == "400");
  CHECK(read("GET /a/../../etc HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("GET /a/%2e%2E/b HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("GET /a%0d%0ab HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("GET /a%7f HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n") == "400");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "xyz\r\n")) == "400");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "3\r\nhello\r\n0\r\n\r\n")) == "400");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "3\nhel\n0\n\n")) != "POST /p hel");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\n")) == "400");
  CHECK(read(post("Expect: miracles\r\n", "")) == "417");
}

TEST_CASE("LimitsHoldForHeadsFieldsAndBodies") {
  const ReadLimits limits{.max_header_bytes = 200, .max_body_bytes = 10};
  CHECK(read(cat("GET / HTTP/1.1\r\nHost: h\r\nA: ", std::string(200, 'a'), "\r\n\r\n"), limits) == "431");
  CHECK(read(cat("GET /", std::string(300, 'a')), limits) == "431");
  CHECK(read(post("Content-Length: 11\r\n", ""), limits) == "413");
  CHECK(read(post("Content-Length: 10\r\n", "0123456789"), limits) == "POST /p 0123456789");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "6\r\n012345\r\n6\r\n678901\r\n0\r\n\r\n"), limits) ==
        "413");
  CHECK(read(post("Transfer-Encoding: chunked\r\n", "b\r\n01234567890\r\n"), limits) == "413");
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 128; ++i) many += "a:b\r\n";
  CHECK(read(many + "\r\n") == "431");
}

TEST_CASE("TrailersAreReadOverAndNeverBecomeHeaders") {
  RequestReader reader({});
  reader.feed(post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nAuthorization: me\r\n\r\n"));
  REQUIRE(reader.state() == ReadState::done);
  CHECK(reader.request().header("Authorization") == "");
}

TEST_CASE("ARequestEndsWhereTheNextBegins") {
  RequestReader reader({});
  const std::string two = post("Content-Length: 1\r\n", "a") + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  const size_t used = reader.feed(two);
  REQUIRE(reader.state() == ReadState::done);
  CHECK(reader.keep_alive());
  reader.reset();
  CHECK_FALSE(reader.started());
  CHECK(used + reader.feed(std::string_view(two).substr(used)) == two.size());
  CHECK(reader.request().path == "/next");
  CHECK(reader.request().body.empty());
}

TEST_CASE("ALongBodyIsReceivedWhereItStays") {
  RequestReader reader({});
  reader.feed(post("Content-Length: 1000000\r\n", "ab"));
  size_t received = 2;
  while (reader.state() == ReadState::body) {
    const auto room = reader.body_room();
    REQUIRE(!room.empty());
    // Never more memory than twice what has come, until enough has come to believe the announcement.
    CHECK((received >= 256 << 10 || room.size() <= 256 << 10));
    const size_t count = std::min<size_t>(room.size(), 1000);
    std::fill_n(room.begin(), count, 'c');
    reader.body_arrived(count);
    received += count;
  }
  REQUIRE(reader.state() == ReadState::done);
  CHECK(reader.request().body == cat("ab", std::string(999'998, 'c')));
}

TEST_CASE("ConnectionsStayOrEndAsTheClientSays") {
  const auto keep_alive = [](std::string_view head) {
    RequestReader reader({});
    reader.feed(head);
    REQUIRE(reader.state() == ReadState::done);
    return reader.keep_alive();
  };
  CHECK(keep_alive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK_FALSE(keep_alive("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  CHECK_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
  CHECK(keep_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST_CASE("AnswersAreReadByLengthByChunksOrToTheEnd") {
  const auto body = [](std::string_view bytes, bool head_only = false) {
    ResponseReader reader({}, head_only);
    std::string unread;
    for (const char c : bytes) {
      unread += c;
      unread.erase(0, reader.feed(unread));
    }
    if (reader.state() != ReadState::done) reader.feed_end();
    return reader.state() == ReadState::done ? cat(reader.response().status, " ", reader.response().body)
                                             : "refused";
  };
  CHECK(body("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == "200 ok");
  CHECK(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") == "200 ok");
  CHECK(body("HTTP/1.0 200 OK\r\n\r\nto the end") == "200 to the end");
  CHECK(body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx") == "201 x");
  CHECK(body("HTTP/1.1 204 No Content\r\n\r\n") == "204 ");
  CHECK(body("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true) == "200 ");
  CHECK(body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok") == "refused");
  CHECK(body("HTTP/1.1 101 Switching\r\n\r\n") == "refused");
  CHECK(body("hello") == "refused");
  CHECK(body("") == "refused");
}
