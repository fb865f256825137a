#include "platform/grpc/wire/fields.h"

#include <doctest/doctest.h>

namespace oree::grpc {

using namespace std::chrono_literals;

TEST_CASE("A timeout is a number of at most eight digits and a unit") {
  CHECK(parse_timeout("1H") == 1h);
  CHECK(parse_timeout("2M") == 2min);
  CHECK(parse_timeout("3S") == 3s);
  CHECK(parse_timeout("100m") == 100ms);
  CHECK(parse_timeout("7u") == 7us);
  CHECK(parse_timeout("99999999n") == 99'999'999ns);
  for (const char* wrong : {"", "5", "S", "-1S", "+1S", "1.5S", "123456789n", "1s", " 1S", "1S "}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_timeout(wrong));
  }
}

TEST_CASE("A timeout beyond all patience does not overflow") {
  CHECK(*parse_timeout("99999999H") > 24h * 365 * 90);
}

TEST_CASE("What is not printable in a message is percent-encoded") {
  CHECK(percent_encode("model 'x' is not found") == "model 'x' is not found");
  CHECK(percent_encode("100 %\n\xc3\xa9") == "100 %25%0A%C3%A9");
  CHECK(percent_encode(std::string(100'000, '\n')).size() <= kMaxMessage);
}

TEST_CASE("Compressions are found in lists with and without blanks") {
  CHECK(accepts("identity, deflate, gzip", Encoding::gzip));
  CHECK(accepts("gzip", Encoding::gzip));
  CHECK_FALSE(accepts("identity,deflate", Encoding::gzip));
  CHECK_FALSE(accepts("gzipped", Encoding::gzip));
  CHECK_FALSE(accepts("", Encoding::gzip));
  CHECK(parse_encoding("deflate") == Encoding::deflate);
  CHECK_FALSE(parse_encoding("br"));
}

}  // namespace oree::grpc
