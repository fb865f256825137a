#include "services/oip/grpc/protobuf.h"

#include <doctest/doctest.h>

#include <vector>

namespace oree::oip::protobuf {

TEST_CASE("Fields come back as they were written") {
  std::string out;
  Writer writer(out);
  writer.integer(1, 300);
  writer.text(2, "name");
  writer.real(3, 2.5);
  writer.single(4, -1.5f);
  writer.packed(5, std::vector<int64_t>{1, -1, 16});
  writer.integer(6, 0);  // the default: left out
  Fields fields(as_bytes(out));
  REQUIRE(fields.next());
  CHECK(fields.key() == varint_key(1));
  CHECK(fields.integer() == 300);
  REQUIRE(fields.next());
  CHECK(fields.key() == bytes_key(2));
  CHECK(fields.text() == "name");
  REQUIRE(fields.next());
  CHECK(fields.key() == fixed64_key(3));
  CHECK(fields.number() == 2.5);
  REQUIRE(fields.next());
  CHECK(fields.key() == fixed32_key(4));
  CHECK(fields.single() == -1.5f);
  REQUIRE(fields.next());
  ByteView packed = fields.bytes();
  std::vector<int64_t> values;
  uint64_t value = 0;
  while (!packed.empty() && take_varint(packed, value)) values.push_back(static_cast<int64_t>(value));
  CHECK(values == std::vector<int64_t>{1, -1, 16});
  CHECK_FALSE(fields.next());
  CHECK_FALSE(fields.broken());
}

TEST_CASE("A message within gets its length, however long it is") {
  for (const size_t length : {0u, 1u, 125u, 126u, 127u, 128u, 300u, 20'000u, 3'000'000u}) {
    CAPTURE(length);
    std::string out;
    Writer writer(out);
    const size_t start = writer.begin(7);
    writer.text(1, std::string(length, 'x'));
    writer.end(start);
    writer.integer(2, 5);
    Fields fields(as_bytes(out));
    REQUIRE(fields.next());
    CHECK(fields.key() == bytes_key(7));
    Fields within(fields.bytes());
    CHECK(within.next() == (length > 0));
    CHECK(within.text().size() == length);
    REQUIRE(fields.next());
    CHECK(fields.integer() == 5);
  }
}

TEST_CASE("What ends too early or has no number is broken") {
  for (const std::string_view wrong :
       {std::string_view("\x08"), std::string_view("\x0a\x05only"), std::string_view("\x00\x01", 2),
        std::string_view("\x09\x01\x02"), std::string_view("\x0d\x01"), std::string_view("\x0b"),
        std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    Fields fields(as_bytes(wrong));
    CHECK_FALSE(fields.next());
    CHECK(fields.broken());
  }
}

}  // namespace oree::oip::protobuf
