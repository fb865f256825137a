#include "services/erp/answer.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::erp {
namespace {

using namespace std::chrono_literals;

milliseconds pause(std::string_view value, std::string_view now = "1994-11-06T08:49:00Z") {
  http::Response answer;
  answer.with("Retry-After", value);
  return retry_after(answer, *parse_iso(now));
}

TEST_CASE("RetryAfterIsSecondsOrADate") {
  CHECK(pause("7") == 7s);
  CHECK(pause("0") == 0s);
  CHECK(pause("Sun, 06 Nov 1994 08:49:37 GMT") == 37s);
  CHECK(pause("Sun, 06 Nov 1994 08:48:37 GMT") == 0s);
  CHECK(retry_after({}, {}) == 0s);
}

TEST_CASE("ARetryAfterThatIsNoneIsNoPauseAndNoneIsLongerThanADay") {
  for (const char* bad :
       {"", "soon", "-5", "7s", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 99 Foo 1994 08:49:37 GMT"})
    CHECK(pause(bad) == 0s);
  CHECK(pause("999999999") == 24h);
  CHECK(pause("99999999999999999999999999") == 24h);
  CHECK(pause("Sun, 06 Nov 2094 08:49:37 GMT") == 24h);
}

TEST_CASE("TheReasonIsFoundInWhateverShapeItComes") {
  CHECK(reason_in(R"({"error":{"code":"0x80040217","message":"gone"}})") == "0x80040217 gone");
  CHECK(reason_in(R"({"error":{"code":200,"message":"Odoo Server Error"}})") == "Odoo Server Error");
  CHECK(reason_in(R"({"title":"Not Found","status":404})") == "Not Found");
  CHECK(reason_in(R"({"error":"invalid_client","error_description":"bad secret"})") == "bad secret");
  CHECK(reason_in("<html>\n\x01 oops") == "<html>   oops");
  CHECK(reason_in(std::string(10'000, 'x')).size() == 300);
  CHECK(reason_in("") == "");
}

TEST_CASE("APointerFindsWhatItPointsToAndNothingElse") {
  const auto value = json::parse(R"({"a":[1,{"b/c":2,"~":3}],"":4})").value();
  CHECK(at_pointer(value, "/a/0")->integer() == 1);
  CHECK(at_pointer(value, "/a/1/b~1c")->integer() == 2);
  CHECK(at_pointer(value, "/a/1/~0")->integer() == 3);
  CHECK(at_pointer(value, "/")->integer() == 4);
  CHECK(at_pointer(value, "") == &value);
  for (const char* nothing : {"a", "/a/2", "/a/-", "/a/00", "/a/0/x", "/b", "/a/1/b"})
    CHECK(at_pointer(value, nothing) == nullptr);
}

TEST_CASE("AStatusHasOneKind") {
  CHECK(kind_of_status(400) == ErrorKind::invalid);
  CHECK(kind_of_status(401) == ErrorKind::denied);
  CHECK(kind_of_status(403) == ErrorKind::denied);
  CHECK(kind_of_status(404) == ErrorKind::not_found);
  CHECK(kind_of_status(412) == ErrorKind::conflict);
  CHECK(kind_of_status(429) == ErrorKind::busy);
  CHECK(kind_of_status(500) == ErrorKind::unavailable);
  CHECK(kind_of_status(503) == ErrorKind::unavailable);
  CHECK(kind_of_status(302) == ErrorKind::invalid);
}

TEST_CASE("EscapesAreThoseOfAddresses") {
  CHECK(percent_encode("a b/ü~'") == "a%20b%2F%C3%BC~%27");
}

}  // namespace
}  // namespace oree::erp
