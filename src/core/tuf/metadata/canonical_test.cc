#include "core/tuf/metadata/canonical.h"

#include <doctest/doctest.h>

namespace oree::tuf {
namespace {

std::string canonical(std::string_view text) {
  const auto out = canonical_json(json::parse(text).value());
  return out ? *out : "refused: " + out.error().what;
}

// What securesystemslib 1.4.0 writes for the same values.
TEST_CASE("WritesWhatTheReferenceWrites") {
  CHECK(canonical(R"( { "b" : [ 1 , -2, 18446744073709551615 ], "a" : { } , "c":null,"d":true, "e":[] } )") ==
        R"({"a":{},"b":[1,-2,18446744073709551615],"c":null,"d":true,"e":[]})");
  CHECK(canonical(R"({"x":"a\"b\\c\u0001\n\u00e9\/"})") == "{\"x\":\"a\\\"b\\\\c\x01\n\xC3\xA9/\"}");
}

TEST_CASE("SortsByCodePointNotByUtf16") {
  // U+FF5E comes before U+1F600, whose UTF-16 begins with D83D.
  CHECK(canonical(R"({"\ud83d\ude00":1,"\uff5e":2,"a":3,"B":4})") ==
        "{\"B\":4,\"a\":3,\"\xEF\xBD\x9E\":2,\"\xF0\x9F\x98\x80\":1}");
}

TEST_CASE("RefusesWhatTwoReadersCouldReadDifferently") {
  CHECK(canonical(R"({"a":1.5})").starts_with("refused: 1.5"));
  CHECK(canonical(R"({"a":1.0})").starts_with("refused: 1.0"));
  CHECK(canonical(R"({"a":1e3})").starts_with("refused: "));
  CHECK(canonical(R"({"a":{"k":1,"k":2}})").starts_with("refused: 'k' stands twice"));
}

}  // namespace
}  // namespace oree::tuf
