#include <doctest/doctest.h>

#include "platform/http/ends/asker.h"
#include "platform/http/ends/listen.h"

namespace oree::http {
namespace {

Request asked(std::string peer, std::vector<Header> headers) {
  Request request;
  request.peer = std::move(peer);
  request.headers = std::move(headers);
  return request;
}

TEST_CASE("an address and a port are read, with and without brackets") {
  CHECK(parse_listen("127.0.0.1:8000")->address == "127.0.0.1");
  CHECK(parse_listen("[::1]:80")->address == "::1");
  CHECK(parse_listen("0.0.0.0:8000")->port == 8000);
  for (const auto* bad :
       {"", ":80", "8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", "a:b", "[]:80"})
    CHECK_MESSAGE(!parse_listen(bad), bad);
}

TEST_CASE("this machine is who comes from it, by its own name and not through a proxy") {
  CHECK(is_this_machine(asked("127.0.0.1:5000", {{"Host", "localhost:8000"}})));
  CHECK(is_this_machine(asked("[::1]:5000", {{"Host", "[::1]:8000"}})));
  CHECK_FALSE(is_this_machine(asked("10.0.0.7:5000", {{"Host", "localhost:8000"}})));
  CHECK_FALSE(is_this_machine(asked("127.0.0.1:5000", {{"Host", "evil.example"}})));
  CHECK_FALSE(
      is_this_machine(asked("127.0.0.1:5000", {{"Host", "localhost"}, {"X-Forwarded-For", "10.0.0.7"}})));
  CHECK_FALSE(
      is_this_machine(asked("127.0.0.1:5000", {{"Host", "localhost"}, {"Forwarded", "for=10.0.0.7"}})));
}

TEST_CASE("a browser's page of elsewhere is told apart, a program is not suspected") {
  CHECK(is_own_origin(asked("", {{"Host", "box:8000"}})));
  CHECK(is_own_origin(asked("", {{"Host", "box:8000"}, {"Origin", "http://box:8000"}})));
  CHECK(is_own_origin(asked("", {{"Host", "box:8000"}, {"Origin", "https://box:8000"}})));
  CHECK_FALSE(is_own_origin(asked("", {{"Host", "box:8000"}, {"Origin", "http://box:8001"}})));
  CHECK_FALSE(is_own_origin(asked("", {{"Host", "box:8000"}, {"Origin", "null"}})));
}

TEST_CASE("a token is what stands behind Bearer") {
  CHECK(bearer_of(asked("", {{"Authorization", "Bearer abc"}})) == "abc");
  CHECK(bearer_of(asked("", {{"Authorization", "Basic abc"}})).empty());
  CHECK(bearer_of(asked("", {})).empty());
}

}  // namespace
}  // namespace oree::http
