#include "platform/http/coding/coding.h"

#include <doctest/doctest.h>

#include <string>

namespace oree::http {
namespace {

constexpr uint64_t kLimit = 1 << 20;

std::string text_of(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i);
  text.resize(size);
  return text;
}

TEST_CASE("WhatIsEncodedDecodesToItself") {
  for (const Coding coding : {Coding::gzip, Coding::deflate}) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, size_t{300'000}, size_t{kLimit}}) {
      const std::string text = text_of(size);
      const auto packed = encode(coding, text);
      REQUIRE(packed.has_value());
      if (size > 1000) CHECK(packed->size() < size);
      const auto back = decode(coding, *packed, kLimit);
      REQUIRE(back.has_value());
      CHECK(*back == text);
    }
  }
}

TEST_CASE("ReadsDeflateWithoutItsFrameToo") {
  const auto packed = encode(Coding::deflate, "hello hello hello");
  REQUIRE(packed.has_value());
  const std::string bare = packed->substr(2, packed->size() - 6);
  CHECK(decode(Coding::deflate, bare, kLimit) == "hello hello hello");
}

TEST_CASE("ABombGoesOffAtTheLimit") {
  const auto packed = encode(Coding::gzip, std::string(10 << 20, 'x'));
  REQUIRE(packed.has_value());
  REQUIRE(packed->size() < 100'000);
  const auto out = decode(Coding::gzip, *packed, kLimit);
  REQUIRE_FALSE(out.has_value());
  CHECK(out.error().kind == ErrorKind::full);
  CHECK(out.error().what.starts_with("the body inflates to more than "));
}

TEST_CASE("RefusesStreamsThatAreNone") {
  const std::string packed = *encode(Coding::gzip, text_of(1000));
  const auto failure = [](std::string_view bytes) {
    const auto out = decode(Coding::gzip, bytes, kLimit);
    REQUIRE_FALSE(out.has_value());
    CHECK(out.error().kind == ErrorKind::invalid);
    return out.error().what;
  };
  CHECK(failure("") == "the body is no gzip stream: it ends early");
  CHECK(failure(packed.substr(0, 100)) == "the body is no gzip stream: it ends early");
  CHECK(failure("{\"inputs\":[]}") == "the body is no gzip stream: it is damaged");
  CHECK(failure(packed + "x") == "something follows the body's compressed stream");
}

TEST_CASE("TheBestLikedCodingIsChosen") {
  CHECK(preferred_coding("") == Coding::identity);
  CHECK(preferred_coding("gzip") == Coding::gzip);
  CHECK(preferred_coding("gzip, deflate") == Coding::gzip);
  CHECK(preferred_coding("deflate, gzip;q=0.5") == Coding::deflate);
  CHECK(preferred_coding("br, DEFLATE;q=0.3 , gzip; q=0.2") == Coding::deflate);
  CHECK(preferred_coding("gzip;q=0, identity") == Coding::identity);
  CHECK(preferred_coding("*") == Coding::gzip);
  CHECK(preferred_coding("br, zstd") == Coding::identity);
  CHECK(parse_coding(" GZip ") == Coding::gzip);
  CHECK(parse_coding("") == Coding::identity);
  CHECK(parse_coding("br") == std::nullopt);
}

}  // namespace
}  // namespace oree::http
