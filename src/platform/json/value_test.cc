#include "platform/json/value.h"

#include <doctest/doctest.h>

#include <limits>

namespace oree::json {
namespace {

Value parsed(std::string_view text) {
  auto value = parse(text);
  REQUIRE_MESSAGE(value.has_value(), text);
  return *std::move(value);
}

bool refused(std::string_view text) {
  const auto value = parse(text);
  return !value && value.error().kind == ErrorKind::invalid && !value.error().what.empty();
}

std::string quoted(std::string_view text) {
  std::string out;
  quote_to(out, text);
  return out;
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + "1" + std::string(depth, ']');
}

TEST_CASE("PrintsWhatItParsedInTheSameOrder") {
  for (const std::string_view text :
       {"null", "true", "false", "0", "-1", "18446744073709551615", "-9223372036854775808", "1.5", "\"\"",
        "[]", "{}", "[1,[2,[3]],{\"a\":null}]", "{\"z\":1,\"a\":{\"b\":[true,\"x\"]}}"}) {
    CHECK(print(parsed(text)) == text);
  }
}

TEST_CASE("KeepsIntegersIntegersAndDoublesDoubles") {
  CHECK(parsed("9223372036854775807").integer() == std::numeric_limits<int64_t>::max());
  CHECK(parsed("18446744073709551615").number() == 18446744073709551615.0);
  CHECK_FALSE(parsed("18446744073709551615").integer());
  CHECK(print(parsed("1.0")) == "1.0");
  CHECK(print(parsed("-0.0")) == "-0.0");
  CHECK(print(parsed("1e300")) == "1e+300");
  CHECK(parsed("3.0").integer() == 3);
  CHECK_FALSE(parsed("3.5").integer());
  CHECK_FALSE(parsed("9223372036854775808.0").integer());
  CHECK_FALSE(parsed("\"3\"").number());
  CHECK(Value(uint64_t{7}) == Value(7));
  CHECK(Value(uint32_t{7}) == parsed("7"));
}

TEST_CASE("PrintsDoublesSoThatTheyComeBackExactly") {
  for (const double value : {0.1, 1.0 / 3, 1e22, 5e-324, 1.7976931348623157e308, -2.5, 1e15, 123456789.0}) {
    CHECK(parsed(print(Value(value))).number() == value);
    CHECK(parsed(print(Value(value))) == Value(value));
  }
}

TEST_CASE("PrintsNoNumberAsNull") {
  CHECK(print(Value(std::numeric_limits<double>::quiet_NaN())) == "null");
  CHECK(print(Value(-std::numeric_limits<double>::infinity())) == "null");
}

TEST_CASE("RefusesWhatIsNoJson") {
  CHECK_FALSE(parse(std::string_view()));  // without an address, too
  for (const std::string_view text :
       {"",          " ",       "nul",         "tru",      "NaN",      "Infinity",
        "-Infinity", "01",      "1.",          ".5",       "+1",       "1e",
        "1e400",     "'a'",     "[1,]",        "[1",       "1]",       "{\"a\"}",
        "{\"a\":}",  "{a:1}",   "{\"a\":1,}",  "[1}",      "1 2",      "{} {}",
        "\"a",       "\"\\x\"", "\"\\ud800\"", "\"a\nb\"", "\"\xff\"", "18446744073709551616",
        "// no\n1",  "[1 2]"}) {
    CHECK_MESSAGE(refused(text), text);
  }
  CHECK(refused(std::string_view("[1]\0", 4)));
}

TEST_CASE("RefusesNestingBeyond64") {
  CHECK(parse(nested(64)).has_value());
  CHECK(refused(nested(65)));
  CHECK(refused(std::string(10'000'000, '[')));
  CHECK(refused(nested(5'000'000)));
}

TEST_CASE("FindsTheLastOfADuplicateKey") {
  const Value value = parsed(R"({"a":1,"b":2,"a":3})");
  CHECK(value.find("a")->integer() == 3);
  CHECK(value.object()->size() == 3);
  CHECK(value.find("c") == nullptr);
  CHECK(Value(1).find("a") == nullptr);
}

TEST_CASE("BuildsObjectsAndArraysFromNull") {
  Value value;
  value.set("name", "duck").set("score", 0.5).set("name", "goose");
  value.set("tags", Value().push(true).push(nullptr).push("x"));
  CHECK(print(value) == R"({"name":"goose","score":0.5,"tags":[true,null,"x"]})");
  CHECK(print(value, 2) ==
        "{\n  \"name\": \"goose\",\n  \"score\": 0.5,\n  \"tags\": [\n    true,\n    null,\n"
        "    \"x\"\n  ]\n}");
  CHECK(print(parsed("{\"a\":[]}"), 2) == "{\n  \"a\": []\n}");
}

TEST_CASE("EscapesWhatJsonDoesNotAllow") {
  CHECK(quoted("plain text of more than eight bytes") == "\"plain text of more than eight bytes\"");
  CHECK(quoted("a\"b\\c\n\r\t\b\f") == R"("a\"b\\c\n\r\t\b\f")");
  CHECK(quoted(std::string_view("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
  CHECK(quoted("é € 𝄞") == "\"é € 𝄞\"");
}

TEST_CASE("EscapesEachByteWhereverItStandsInAWord") {
  for (int byte = 0; byte < 0x80; ++byte) {
    for (size_t at = 0; at < 17; ++at) {
      std::string text(17, 'x');
      text[at] = static_cast<char>(byte);
      CHECK(parsed(quoted(text)).text()[0] == text);
    }
  }
}

TEST_CASE("ReplacesBytesThatAreNotUtf8") {
  const std::string replacement = "\xEF\xBF\xBD";
  for (const std::string_view bad : {"\xff", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "\x80"}) {
    const std::string text = "a" + std::string(bad) + "z";
    const Value value = parsed(quoted(text));
    CHECK(value.text()->starts_with("a" + replacement));
    CHECK(value.text()->ends_with("z"));
  }
}

}  // namespace
}  // namespace oree::json
