#include "platform/json/reader.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "base/text.h"

namespace oree::json {
namespace {

template <class T>
Status read(std::string_view text, std::vector<T>& out, size_t limit = 1000) {
  Reader reader;
  return reader.parse(text, [&](Cursor& root) { return root.numbers(out, limit); });
}

template <class T>
std::vector<T> numbers(std::string_view text) {
  std::vector<T> out;
  const auto status = read(text, out);
  CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().what));
  return out;
}

template <class T>
std::optional<std::vector<T>> numbers_up_to(std::string_view text, size_t limit) {
  std::vector<T> out;
  if (!read(text, out, limit)) return std::nullopt;
  return out;
}

template <class T>
std::string mistake(std::string_view text, size_t limit = 1000) {
  std::vector<T> out;
  const auto status = read(text, out, limit);
  REQUIRE_MESSAGE(!status, text);
  CHECK(status.error().kind == ErrorKind::invalid);
  return status.error().what;
}

std::string failure(std::string_view text, const ElementHandler& root) {
  Reader reader;
  const auto status = reader.parse(text, root);
  return status ? "" : status.error().what;
}

Status skip(Cursor&) {
  return {};
}

TEST_CASE("FlattensNestedAndFlatArraysRowMajor") {
  CHECK(numbers<float>("[1, 2.5, -3e2]") == std::vector<float>{1, 2.5f, -300});
  CHECK(numbers<int32_t>("[[[1,2],[3,4]],[[5,6],[7,8]]]") == std::vector<int32_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(numbers<double>("[]").empty());
  CHECK(numbers<double>("[[],[]]").empty());
  CHECK(numbers<bool>("[true,false]") == std::vector<bool>{true, false});
}

TEST_CASE("TakesTheWholeRangeOfATypeAndNotOneMore") {
  CHECK(numbers<int8_t>("[-128,127]") == std::vector<int8_t>{-128, 127});
  CHECK(numbers<uint8_t>("[0,255]") == std::vector<uint8_t>{0, 255});
  CHECK(numbers<int64_t>("[-9223372036854775808,9223372036854775807]").size() == 2);
  CHECK(numbers<uint64_t>("[18446744073709551615]").front() == std::numeric_limits<uint64_t>::max());
  CHECK(numbers<float>("[3.4028235e38]").front() == std::numeric_limits<float>::max());
  CHECK(mistake<int8_t>("[0,128]") == "element 1: must be an integer from -128 to 127, got 128");
  CHECK_FALSE(mistake<int8_t>("[-129]").empty());
  CHECK_FALSE(mistake<uint8_t>("[256]").empty());
  CHECK_FALSE(mistake<uint8_t>("[-1]").empty());
  CHECK_FALSE(mistake<int16_t>("[32768]").empty());
  CHECK_FALSE(mistake<uint16_t>("[65536]").empty());
  CHECK_FALSE(mistake<int32_t>("[2147483648]").empty());
  CHECK_FALSE(mistake<uint32_t>("[4294967296]").empty());
  CHECK_FALSE(mistake<int64_t>("[9223372036854775808]").empty());
  CHECK_FALSE(mistake<uint64_t>("[18446744073709551616]").empty());
  CHECK_FALSE(mistake<float>("[1e39]").empty());
  CHECK_FALSE(mistake<double>("[1e400]").empty());
}

TEST_CASE("RefusesElementsOfAnotherKind") {
  CHECK(mistake<int32_t>("[1, 1.0]") ==
        "element 1: must be an integer from -2147483648 to 2147483647, got 1.0");
  CHECK(mistake<float>("[1, \"2\"]") == "element 1: must be a number of 32 bits, got \"2\"");
  CHECK(mistake<float>("[1, null]") == "element 1: must be a number of 32 bits, got null");
  CHECK(mistake<float>("[1, [2]]") == "element 1: must be a number of 32 bits, got an array");
  CHECK(mistake<float>("[[1], 2]") == "element 1: must be an array like the elements before it, got 2");
  CHECK(mistake<bool>("[1]") == "element 0: must be true or false, got 1");
  CHECK(mistake<float>("{}") == "must be an array, got another kind of document");
  CHECK(mistake<float>("7") == "must be an array, got 7");
  for (const std::string_view text :
       {"[NaN]", "[nan]", "[Infinity]", "[-Infinity]", "[inf]", "[0x10]", "[01]", "[+1]", "[1.]", "[.5]",
        "[1,]", "[,1]", "[1 2]", "[1", "[1]]", "[1}", "[[1]"}) {
    CHECK_FALSE(mistake<double>(text).empty());
  }
}

TEST_CASE("RoundsEveryDoubleCorrectlyHoweverLongItIsWritten") {
  CHECK(numbers<double>("[0.46751106176151106176154]").front() == 0.4675110617615111);
  CHECK(numbers<double>("[184467477407709550.0]").front() == 184467477407709550.0);
  CHECK(numbers<double>("[0.000000000000000000000000012345678901234567890123]").front() ==
        1.2345678901234568e-26);
  CHECK(numbers<double>("[9007199254740993]").front() == 9007199254740992.0);
  CHECK(numbers<double>("[9007199254740993.0000000000000000001]").front() == 9007199254740994.0);
  CHECK(numbers<double>("[1e22, 1e23, 123456789e-30]") == std::vector<double>{1e22, 1e23, 123456789e-30});
  CHECK(numbers<double>("[2.2250738585072011e-308]").front() == 2.2250738585072011e-308);
  CHECK(numbers<double>("[5e-324, 1.7976931348623157e308]") ==
        std::vector<double>{5e-324, 1.7976931348623157e308});
  CHECK(numbers<double>("[1e-400, 0e999999999999999999999, 0.0e400]") == std::vector<double>{0, 0, 0});
  CHECK(numbers<double>("[1" + std::string(300, '0') + "]").front() == 1e300);
  CHECK(numbers<double>("[0." + std::string(400, '0') + "1e402]").front() == 10);
  CHECK_FALSE(mistake<double>("[1" + std::string(400, '0') + "]").empty());
  CHECK_FALSE(mistake<double>("[1e99999999999999999999]").empty());
  CHECK(std::signbit(numbers<double>("[-0.0]").front()));
  CHECK(std::signbit(numbers<float>("[-0]").front()));
}

TEST_CASE("ReadsBackWhatWasPrintedShortest") {
  std::mt19937_64 random(7);
  std::string text = "[";
  std::vector<double> doubles;
  std::vector<float> floats;
  while (doubles.size() < 20'000) {
    const auto d = std::bit_cast<double>(random());
    if (!std::isfinite(d)) continue;
    doubles.push_back(d);
    text += cat(doubles.size() == 1 ? "" : ", ", d);
  }
  CHECK(*numbers_up_to<double>(text + "]", doubles.size()) == doubles);
  text = "[";
  while (floats.size() < 20'000) {
    const auto f = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isfinite(f)) continue;
    floats.push_back(f);
    text += cat(floats.size() == 1 ? "" : ",", f);
  }
  CHECK(*numbers_up_to<float>(text + "]", floats.size()) == floats);
}

TEST_CASE("StopsAtTheLimit") {
  std::vector<float> out;
  CHECK(read("[[1,2],[3,4]]", out, 4).has_value());
  CHECK(mistake<float>("[[1,2],[3,4]]", 3) == "element 3: has more than 3 elements");
}

TEST_CASE("RefusesDepthBombsWhereverTheyStand") {
  const std::string bomb(10'000'000, '[');
  CHECK_FALSE(mistake<float>(bomb).empty());
  const std::string balanced = bomb + std::string(bomb.size(), ']');
  CHECK(mistake<float>(balanced) == "nested deeper than 100");
  CHECK(failure(balanced, [](Cursor& root) -> Status {
          auto value = root.value();
          return value ? Status() : forward(value);
        }) == "nested deeper than 100");
  CHECK_FALSE(failure(bomb, skip).empty());
  const ElementHandler dive = [&](Cursor& value) { return value.array(dive); };
  CHECK(failure(balanced, dive).ends_with("nested deeper than 100"));
}

TEST_CASE("ReadsObjectsInOrderAndSkipsTheRest") {
  Reader reader;
  std::string seen;
  const auto status = reader.parse(
      R"( {"id":"x\u00e9","skip":{"a":[1,{"b":2}]},"n":-7,"f":1.5,"t":true,"none":null,"l":["a","b"],"tree":{"k":[1]}} )",
      [&](Cursor& root) {
        return root.object([&](std::string_view key, Cursor& value) -> Status {
          seen += cat(key, " ");
          if (key == "id") CHECK(*value.text() == "xé");
          if (key == "n") CHECK(*value.integer() == -7);
          if (key == "f") CHECK(*value.number() == 1.5);
          if (key == "t") CHECK(*value.boolean());
          if (key == "none") CHECK(value.is_null());
          if (key == "tree") CHECK(print(*value.value()) == R"({"k":[1]})");
          if (key != "l") return {};
          std::vector<std::string> texts;
          CHECK(value.texts(texts, 2).has_value());
          CHECK(texts == std::vector<std::string>{"a", "b"});
          return {};
        });
      });
  CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().what));
  CHECK(seen == "id skip n f t none l tree ");
}

TEST_CASE("LeavesAValueOfAnotherTypeToTheNextGetter") {
  const auto status = failure("[\"a\", 5, [1]]", [](Cursor& root) {
    return root.array([&](Cursor& value) -> Status {
      if (value.integer()) return {};
      if (value.text()) return {};
      std::vector<float> out;
      return value.numbers(out, 1);
    });
  });
  CHECK(status == "");
}

TEST_CASE("NamesThePathOfTheMistake") {
  const ElementHandler read_inputs = [](Cursor& root) {
    return root.object([](std::string_view, Cursor& inputs) {
      return inputs.array([](Cursor& input) {
        return input.object([](std::string_view key, Cursor& value) -> Status {
          std::vector<float> out;
          if (key == "data") return value.numbers(out, 10);
          auto text = value.text();
          return text ? Status() : forward(text);
        });
      });
    });
  };
  CHECK(failure(R"({"inputs":[{"name":"a","data":[1]},{"name":"b","data":[1,"x"]}]})", read_inputs) ==
        "inputs[1].data: element 1: must be a number of 32 bits, got \"x\"");
  CHECK(failure(R"({"inputs":[{"name":3}]})", read_inputs) == "inputs[0].name: must be a string, got 3");
  CHECK(failure(R"({"inputs":{}})", read_inputs) == "inputs: must be an array, got an object");
}

TEST_CASE("DoesNotLetAHandlerSwallowBrokenText") {
  const auto what = failure("{\"a\":[1 2],\"b\":1}", [](Cursor& root) {
    return root.object([](std::string_view, Cursor& value) -> Status {
      std::vector<float> out;
      (void)value.numbers(out, 10);
      return {};
    });
  });
  CHECK(what.starts_with("a: not valid JSON"));
}

TEST_CASE("GoesOnAfterAHandlerForgaveAWrongType") {
  int seen = 0;
  const auto what = failure(R"({"a":[[1,2],[3,"x"],[4,5]],"b":1})", [&](Cursor& root) {
    return root.object([&](std::string_view, Cursor& value) -> Status {
      std::vector<float> out;
      (void)value.numbers(out, 10);
      ++seen;
      return {};
    });
  });
  CHECK(what == "");
  CHECK(seen == 2);
}

TEST_CASE("RefusesTrailingTextAndUnreadNonsense") {
  for (const std::string_view text : {"", " ", "[1] 2", "{}{}", "[1],", "{\"a\":1}]", "[1", "{\"a\":1", "tru",
                                      "1 2", "[\"\xff\"]", "[\"a]", "[1,]", "{\"a\" 1}", "nonsense"}) {
    CHECK_MESSAGE(failure(text, skip) != "", text);
  }
  for (const std::string_view text : {"[1]", " {\"a\":1}\n", "\"x\"", "7", "null", "true"}) {
    CHECK_MESSAGE(failure(text, skip) == "", text);
  }
}

TEST_CASE("ReadsADocumentThatIsOneScalar") {
  CHECK(failure("7", [](Cursor& root) -> Status {
          CHECK_FALSE(root.text().has_value());
          CHECK(*root.integer() == 7);
          CHECK(*root.number() == 7.0);
          return {};
        }) == "");
  CHECK(failure("\"a\"", [](Cursor& root) -> Status {
          CHECK(*root.text() == "a");
          return {};
        }) == "");
}

TEST_CASE("RefusesToReadAValueTwice") {
  CHECK(failure("[[1]]", [](Cursor& root) {
          return root.array([](Cursor& value) -> Status {
            std::vector<float> out;
            CHECK(value.numbers(out, 9).has_value());
            const auto again = value.numbers(out, 9);
            REQUIRE_FALSE(again.has_value());
            CHECK(again.error().kind == ErrorKind::bug);
            return {};
          });
        }) == "");
}

TEST_CASE("IsReusableAfterEverySortOfText") {
  Reader reader;
  const std::string large = "[" + std::string(17u << 20, ' ') + "1]";
  for (const std::string_view text :
       {std::string_view("[1,2]"), std::string_view("[1"), std::string_view(large),
        std::string_view("[\"x\"]"), std::string_view("[3]")}) {
    std::vector<float> out;
    const bool good = text != "[1" && text != "[\"x\"]";
    CHECK(reader.parse(text, [&](Cursor& root) { return root.numbers(out, 10); }).has_value() == good);
  }
}

TEST_CASE("ReadsAnyNumberAsTheTreeDoes") {
  const std::string text =
      R"([0,-1,9223372036854775807,18446744073709551615,1.5,-0.0,1e22,184467477407709550.0,{"a":"b"},null,true])";
  CHECK(failure(text, [&](Cursor& root) -> Status {
          auto value = root.value();
          REQUIRE(value.has_value());
          CHECK(*value == *parse(text));
          return {};
        }) == "");
  CHECK(failure("[18446744073709551616]", [](Cursor& root) -> Status {
          auto value = root.value();
          return value ? Status() : forward(value);
        }) != "");
}

}  // namespace
}  // namespace oree::json
