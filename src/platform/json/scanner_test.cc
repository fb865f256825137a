#include "platform/json/scanner.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::json {
namespace {

using Kind = Scanner::Kind;
using Fill = Scanner::Fill;

std::string fault_of(std::string_view text) {
  Scanner scanner(text);
  scanner.skip();
  return scanner.finish() ? "" : std::string(scanner.fault());
}

std::string meaning(std::string_view raw) {
  std::string out(raw.size(), '\0');
  out.resize(unescape(raw, out.data()));
  return out;
}

// The text stands at the end of its memory, so that a sanitizer sees who reads on.
template <class T>
Fill fill(std::string_view text, std::vector<T>& out, size_t count) {
  const std::vector<char> exact(text.begin(), text.end());
  out.assign(count, T{});
  Scanner scanner({exact.data(), exact.size()});
  const Fill filled = scanner.numbers(out.data(), count);
  if (filled == Fill::exact) CHECK_MESSAGE(scanner.finish(), text);
  return filled;
}

TEST_CASE("WalksMembersInAnyOrderAndSkipsTheRest") {
  Scanner scanner(R"( {"id" : "a\nb", "n":[1,2.5,-3] ,"skip":{"x":[[],{}]}, "b":true, "z":null} )");
  REQUIRE(scanner.enter_object());
  std::string_view key;
  REQUIRE(scanner.member(key));
  CHECK(key == "id");
  RawText id;
  uint64_t number = 0;
  CHECK_FALSE(scanner.take(number));  // a wrong type leaves the value
  REQUIRE(scanner.take(id));
  CHECK(id.escaped);
  CHECK(meaning(id.raw) == "a\nb");
  REQUIRE(scanner.member(key));
  REQUIRE(scanner.enter_array());
  std::vector<double> numbers;
  while (scanner.element()) CHECK(scanner.take(numbers.emplace_back()));
  CHECK(numbers == std::vector{1.0, 2.5, -3.0});
  REQUIRE(scanner.member(key));
  CHECK(scanner.kind() == Kind::object);
  scanner.skip();
  REQUIRE(scanner.member(key));
  bool flag = false;
  REQUIRE(scanner.take(flag));
  CHECK(flag);
  REQUIRE(scanner.member(key));
  CHECK(key == "z");
  CHECK(scanner.kind() == Kind::null);
  scanner.skip();
  CHECK_FALSE(scanner.member(key));
  CHECK(scanner.finish());
}

TEST_CASE("AnEscapedKeyIsItsMeaning") {
  Scanner scanner(R"({"na\u006de":1})");
  std::string_view key;
  REQUIRE(scanner.enter_object());
  REQUIRE(scanner.member(key));
  CHECK(key == "name");
}

TEST_CASE("EscapesBecomeUtf8") {
  CHECK(meaning(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
  CHECK(meaning(R"(\u00e9\u20ac\ud83d\ude00)") == "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(meaning(R"(\ud83dx\ude00)") == "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

TEST_CASE("FlattensNumbersNestedOrFlat") {
  std::vector<int32_t> integers;
  CHECK(fill("[1,2,3,-4]", integers, 4) == Fill::exact);
  CHECK(integers == std::vector<int32_t>{1, 2, 3, -4});
  CHECK(fill("[ [[1 ,2],[3,4]] , [[5,6],[7,8]] ]", integers, 8) == Fill::exact);
  CHECK(integers == std::vector<int32_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(fill("[1,[2,[3]],4]", integers, 4) == Fill::exact);
  CHECK(fill("[]", integers, 0) == Fill::exact);
  CHECK(fill("[[],[]]", integers, 0) == Fill::exact);
  CHECK(fill("[1,2]", integers, 3) == Fill::fewer);
  CHECK(fill("[1,2,3,4]", integers, 3) == Fill::more);
  for (const char* wrong : {"[1.0]", "[\"1\"]", "[2147483648]", "[true]", "[1e2]", "[null]", "[{}]"})
    CHECK_MESSAGE(fill(wrong, integers, 1) == Fill::wrong_type, wrong);
  for (const char* broken : {"[1,]", "[,1]", "[1 2]", "[[1]", "[1}", "[-]", "[01]", "[1", "[1,[}"})
    CHECK_MESSAGE(fill(broken, integers, 1) != Fill::exact, broken);
  std::vector<float> floats;
  CHECK(fill("[0,-0.0,1e-3,0.30980393290519714]", floats, 4) == Fill::exact);
  CHECK(floats == std::vector<float>{0, -0.0f, 1e-3f, 0.30980393290519714f});
  std::vector<uint8_t> bytes(2);
  bool flags[2];
  Scanner scanner("[true,false]");
  CHECK(scanner.numbers(flags, 2) == Fill::exact);
  CHECK((flags[0] && !flags[1]));
}

TEST_CASE("FloatsAreRoundedLikeTheDoublesNearestToThem") {
  constexpr std::string_view kMore =
      ",0,0,0,0,0,0,0,0,0,0,0,0]";  // what stands behind a number may make another way of reading it possible
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const auto bits = static_cast<uint32_t>(random());
    const float value = std::bit_cast<float>(bits);
    if (!(value - value == 0)) continue;
    // Every few are the middle between two floats, or next to it.
    const double near = i % 3 == 0 ? static_cast<double>(value) * (1 + 0x1p-24 * (1 + (i % 5 - 2) * 0x1p-28))
                                   : static_cast<double>(value);
    const std::string text =
        cat("[", i % 2 == 0 ? cat(near) : fixed(near, i % 18), i % 4 < 2 ? std::string_view("]") : kMore);
    const auto wanted = static_cast<float>(std::strtod(text.c_str() + 1, nullptr));
    float read[13] = {};
    Scanner scanner(text);
    if (wanted - wanted != 0) continue;  // beyond the largest
    REQUIRE_MESSAGE(scanner.numbers(read, i % 4 < 2 ? 1 : 13) == Fill::exact, text);
    REQUIRE_MESSAGE(std::bit_cast<uint32_t>(read[0]) == std::bit_cast<uint32_t>(wanted), text);
  }
}

// As a picture's numbers are written, and with every count of digits before and behind the point; some of
// them the middle between two floats, to the last digit.
TEST_CASE("FloatsWithAFewDigitsAreRoundedLikeTheDoublesNearestToThem") {
  std::mt19937_64 random(11);
  std::vector<float> read(500);
  for (int turn = 0; turn < 600; ++turn) {
    std::string text = "[";
    for (size_t i = 0; i < read.size(); ++i) {
      const double scale = std::pow(10.0, static_cast<double>(random() % 12) - 7);
      double value = static_cast<double>(random() % 2'000'001) * 1e-6 * scale * (random() % 4 == 0 ? -1 : 1);
      const auto low = static_cast<float>(value);
      if (i % 5 == 0) value = (static_cast<double>(low) + static_cast<double>(std::nextafter(low, 9e9f))) / 2;
      const int digits = static_cast<int>(random() % 30);
      text += i % 7 == 0 ? cat(value) : fixed(value, digits);
      text += i + 1 == read.size() ? "]" : i % 3 == 0 ? ", " : ",";
    }
    Scanner scanner(text);
    REQUIRE_MESSAGE(scanner.numbers(read.data(), read.size()) == Fill::exact, text);
    const char* at = text.c_str() + 1;
    for (const float each : read) {
      char* behind = nullptr;
      const auto wanted = static_cast<float>(std::strtod(at, &behind));
      REQUIRE_MESSAGE(std::bit_cast<uint32_t>(each) == std::bit_cast<uint32_t>(wanted),
                      std::string(at, static_cast<const char*>(behind)));
      at = behind + 1;
    }
  }
}

TEST_CASE("PassedNumbersAreReadLater") {
  Scanner scanner(R"({"data":[[1,2],[3,4]],"datatype":"INT32"})");
  std::string_view key;
  REQUIRE(scanner.enter_object());
  REQUIRE(scanner.member(key));
  const size_t data = scanner.place();
  scanner.pass_numbers();
  const size_t behind = scanner.place();
  REQUIRE(scanner.member(key));
  CHECK(key == "datatype");
  scanner.skip();
  const size_t here = scanner.place();
  scanner.go(data);
  int32_t numbers[4];
  CHECK(scanner.numbers(numbers, 4) == Fill::exact);
  CHECK(scanner.place() == behind);
  scanner.go(here);
  CHECK_FALSE(scanner.member(key));
  CHECK(scanner.finish());
  CHECK(numbers[3] == 4);
}

TEST_CASE("SaysWhatIsWrongWithAText") {
  CHECK(fault_of(R"({"a":[1,{"b":"c"},true,false,null,-1.5e+3]})").empty());
  CHECK(fault_of("") == "The document is empty.");
  CHECK(fault_of("  \n") == "The document is empty.");
  CHECK(fault_of("12") == "Invalid value.");
  CHECK(fault_of("[1]]") == "The document root must not be followed by other values.");
  CHECK(fault_of("{} {}") == "The document root must not be followed by other values.");
  CHECK(fault_of("{1:2}") == "Missing a name for object member.");
  CHECK(fault_of(R"({"a" 1})") == "Missing a colon after a name of object member.");
  CHECK(fault_of(R"({"a":1 "b":2})") == "Missing a comma or } after an object member.");
  CHECK(fault_of(R"({"a":1)") == "Missing a comma or } after an object member.");
  CHECK(fault_of("[1 2]") == "Missing a comma or ] after an array element.");
  CHECK(fault_of("[1,]") == "Invalid value.");
  CHECK(fault_of("[tru]") == "Invalid value.");
  CHECK(fault_of("[01]") == "Invalid value.");
  CHECK(fault_of("[\"a]") == "Missing a closing quotation mark in string.");
  CHECK(fault_of("[\"\\x\"]") == "Invalid escape character in string.");
  CHECK(fault_of("[\"\\u12g4\"]") == "Incorrect hex digit after \\u escape in string.");
  CHECK(fault_of("[\"\t\"]") == "Invalid encoding in string.");
  CHECK(fault_of(std::string(100, '[') + std::string(100, ']')).empty());
  CHECK(fault_of(std::string(101, '[') + std::string(101, ']')) ==
        "JSON nesting depth exceeds maximum allowed limit (100)");
}

}  // namespace
}  // namespace oree::json
