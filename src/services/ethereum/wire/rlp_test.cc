#include "services/ethereum/wire/rlp.h"

#include <doctest/doctest.h>

#include "base/text.h"

using namespace oree;
using namespace oree::ethereum;

namespace {

std::string hex(const rlp::Writer& list) {
  return to_hex(list.finish());
}

Result<rlp::Item> parsed(std::string_view text) {
  static ByteBuffer bytes;  // items point into it
  bytes = *from_hex(text);
  return rlp::parse(bytes);
}

}  // namespace

// The examples of the wiki page that defines it.
TEST_CASE("ItemsAreWrittenInTheirShortestForm") {
  CHECK(hex(rlp::Writer()) == "c0");
  CHECK(hex(rlp::Writer().bytes(as_bytes("cat")).bytes(as_bytes("dog"))) == "c88363617483646f67");
  CHECK(hex(rlp::Writer().number(0).number(15).number(127).number(128).number(1024)) == "c8800f7f8180820400");
  const rlp::Writer empty;
  const rlp::Writer one = rlp::Writer().list(empty);
  const rlp::Writer two = rlp::Writer().list(empty).list(one);
  CHECK(hex(rlp::Writer().list(empty).list(one).list(two)) == "c7c0c1c0c3c0c1c0");
  const std::string lorem = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";
  CHECK(hex(rlp::Writer().bytes(as_bytes(lorem))) == cat("f83ab838", to_hex(as_bytes(lorem))));
}

TEST_CASE("IntegersLoseTheirLeadingZeros") {
  const ByteBuffer padded = *from_hex("00000102");
  CHECK(hex(rlp::Writer().integer(padded)) == "c3820102");
  CHECK(hex(rlp::Writer().integer(ByteBuffer(32))) == "c180");
}

TEST_CASE("WhatIsParsedPrintsBackToTheSameBytes") {
  for (const char* text : {"80", "00", "c0", "c7c0c1c0c3c0c1c0", "c88363617483646f67"}) {
    const auto item = parsed(text);
    REQUIRE(item);
    CHECK(to_hex(rlp::print(*item)) == text);
  }
  const ByteBuffer large = rlp::Writer().bytes(ByteBuffer(70'000)).number(7).finish();
  const auto item = rlp::parse(large);
  REQUIRE(item);
  REQUIRE(item->items.size() == 2);
  CHECK(item->items[0].bytes.size() == 70'000);
  CHECK(rlp::number(item->items[1]) == 7);
  CHECK(rlp::print(*item) == large);
}

TEST_CASE("AnythingButTheShortestWholeFormIsRefused") {
  for (const char* text : {"", "8100", "817f", "b80100", "b90001", "b838", "c1", "c280", "8000",
                           "bfffffffffffffffff", "ff8000000000000000", "f800", "b8"}) {
    CHECK_MESSAGE(!parsed(text), text);
  }
}

TEST_CASE("DepthAndItemsAreBounded") {
  rlp::Writer nested;
  for (int i = 0; i < 9; ++i) nested = rlp::Writer().list(nested);
  CHECK_FALSE(rlp::parse(nested.finish()));
  rlp::Writer wide;
  for (int i = 0; i < 5000; ++i) wide.number(1);
  CHECK_FALSE(rlp::parse(wide.finish()));
  CHECK(rlp::parse(wide.finish(), {.items = 5001}));
}

TEST_CASE("ANumberIsShortAndAString") {
  CHECK(rlp::number(*parsed("80")) == 0);
  CHECK(rlp::number(*parsed("88ffffffffffffffff")) == UINT64_MAX);
  CHECK_FALSE(rlp::number(*parsed("8901ffffffffffffffff")));
  CHECK_FALSE(rlp::number(*parsed("00")));
  CHECK_FALSE(rlp::number(*parsed("c0")));
}
