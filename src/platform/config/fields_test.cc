#include "platform/config/fields.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::config {
namespace {

Node parsed(std::string_view text) {
  auto node = parse(text, "station.yaml");
  REQUIRE_MESSAGE(node.has_value(), (node ? "" : node.error().what));
  return *std::move(node);
}

// The mistakes that `read` finds in this text.
template <class Read>
std::string mistakes(std::string_view text, const Read& read, const std::string& what = "camera 'top'") {
  const Node node = parsed(text);
  Fields fields(node, what);
  read(fields);
  const auto status = fields.finish();
  if (status) return "";
  CHECK(status.error().kind == ErrorKind::invalid);
  return status.error().what;
}

TEST_CASE("ReadsEveryType") {
  const Node node = parsed(
      "name: no\nport: 8000\nbig: 9000000000\nratio: 0.5\nhalf: 1\nloop: true\ntexts: [a, 1, 'x']\n"
      "numbers: [1, -2.5e3]\nafter: 500ms\nroom: 10GB\nkind: http\nsub: {a: 1}\nnothing:\n");
  Fields fields(node, "thing");
  CHECK(fields.required<std::string>("name") == "no");
  CHECK(fields.required<int>("port") == 8000);
  CHECK(fields.required<int64_t>("big") == 9'000'000'000);
  CHECK(fields.required<double>("ratio") == 0.5);
  CHECK(fields.optional<float>("half", 0) == 1.0f);
  CHECK(fields.required<bool>("loop"));
  CHECK(fields.required<std::vector<std::string>>("texts") == std::vector<std::string>{"a", "1", "x"});
  CHECK(fields.required<std::vector<double>>("numbers") == std::vector<double>{1, -2500});
  CHECK(fields.duration("after", microseconds(0)) == milliseconds(500));
  CHECK(fields.size("room", 0) == 10'000'000'000);
  CHECK(fields.choice("kind", {"folder", "http"}) == "http");
  CHECK(fields.node("sub")->find("a") != nullptr);
  CHECK(fields.required_node("sub", Node::Kind::map) != nullptr);
  CHECK(fields.optional<int>("nothing", 7) == 7);
  CHECK(fields.has("nothing"));
  CHECK_FALSE(fields.has("nowhere"));
  CHECK(fields.finish().has_value());
}

TEST_CASE("GivesTheDefaultOfWhatIsAbsent") {
  const Node node = parsed("{}");
  Fields fields(node, "thing");
  CHECK(fields.optional<std::string>("a", "x") == "x");
  CHECK(fields.optional<bool>("b", true));
  CHECK(fields.between<int>("c", 50, 0, 10) == 50);
  CHECK(fields.choice("d", {"one", "two"}, "two") == "two");
  CHECK(fields.duration("e", milliseconds(3)) == milliseconds(3));
  CHECK(fields.size("f", 12) == 12);
  CHECK(fields.node("g") == nullptr);
  CHECK(fields.finish().has_value());
}

TEST_CASE("SuggestsTheKeyThatWasMeant") {
  CHECK(mistakes("type: folder\ndeadlin: 1s\n", [](Fields& fields) {
          fields.choice("type", {"folder", "http"});
          fields.duration("deadline", milliseconds(1));
        }) == "station.yaml:2:1: camera 'top': unknown key 'deadlin'; did you mean 'deadline'?");
}

TEST_CASE("SaysWhatWasExpectedAndWhatWasFound") {
  const auto read = [](Fields& fields) {
    fields.duration("deadline", milliseconds(1));
    fields.size("room", 1);
    fields.optional<bool>("loop", false);
    fields.optional<int>("count", 0);
    fields.optional<double>("ratio", 0);
    fields.optional<std::string>("name", "");
    fields.optional<std::vector<double>>("mean", {});
    fields.choice("type", {"folder", "http", "pushed"}, "http");
  };
  const auto one = [&](std::string_view text) { return mistakes(text, read); };
  CHECK(one("deadline: fast") ==
        "station.yaml:1:11: camera 'top': 'deadline' must be a duration such as 500ms, got 'fast'");
  CHECK(one("room: [1]") == "station.yaml:1:7: camera 'top': 'room' must be a size such as 10GB, got a list");
  CHECK(one("loop: yes") == "station.yaml:1:7: camera 'top': 'loop' must be true or false, got 'yes'");
  CHECK(one("loop: 'true'") ==
        "station.yaml:1:7: camera 'top': 'loop' must be true or false, got 'true' in quotes");
  CHECK(one("count: 1.5") == "station.yaml:1:8: camera 'top': 'count' must be a whole number, got '1.5'");
  CHECK(one("count: 3000000000").ends_with("must be a whole number, got '3000000000'"));
  CHECK(one("count: '1'").ends_with("must be a whole number, got '1' in quotes"));
  CHECK(one("ratio: .inf").ends_with("'ratio' must be a number, got '.inf'"));
  CHECK(one("ratio: inf").ends_with("'ratio' must be a number, got 'inf'"));
  CHECK(one("ratio: nan").ends_with("'ratio' must be a number, got 'nan'"));
  CHECK(one("name: {a: 1}").ends_with("'name' must be text, got a map"));
  CHECK(one("mean: [1, x]") == "station.yaml:1:11: camera 'top': 'mean' must be a list of numbers, got 'x'");
  CHECK(one("type: foldr") ==
        "station.yaml:1:7: camera 'top': 'type' must be folder, http or pushed, got 'foldr'; did you mean "
        "'folder'?");
}

TEST_CASE("FindsAllMistakesAtOnceInFileOrder") {
  const std::string what = mistakes("loop: maybe\nport: x\nextra: 1\n", [](Fields& fields) {
    fields.required<std::string>("path");
    fields.required<int>("port");
    fields.required<bool>("loop");
  });
  CHECK(what ==
        "station.yaml:1:1: camera 'top': missing key 'path'\n"
        "station.yaml:1:7: camera 'top': 'loop' must be true or false, got 'maybe'\n"
        "station.yaml:2:7: camera 'top': 'port' must be a whole number, got 'x'\n"
        "station.yaml:3:1: camera 'top': unknown key 'extra'");
}

TEST_CASE("KeepsTheFirstMistakeOfAKey") {
  CHECK(mistakes("every: fast\n", [](Fields& fields) {
          if (fields.duration("every", microseconds(0)) < milliseconds(1))
            fields.mistake("every", "must be longer");
        }) == "station.yaml:1:8: camera 'top': 'every' must be a duration such as 500ms, got 'fast'");
}

TEST_CASE("DoesNotReportKeysThatAWrongChoiceLeftUnread") {
  CHECK(mistakes("type: foldr\npath: x\n", [](Fields& fields) {
          if (fields.choice("type", {"folder", "http"}) == "folder") fields.required<std::string>("path");
        }).find("path") == std::string::npos);
  CHECK(mistakes("path: x\n", [](Fields& fields) { fields.choice("type", {"folder", "http"}); }) ==
        "station.yaml:1:1: camera 'top': missing key 'type'");
}

TEST_CASE("TakesOverNestedMistakesInFileOrder") {
  const std::string what = mistakes(
      "a:\n  x: 1\nb: oops\nc:\n  y: 2\n",
      [](Fields& fields) {
        for (const char* key : {"c", "a"}) {
          const Node* node = fields.required_node(key, Node::Kind::map);
          REQUIRE(node != nullptr);
          Fields nested(*node, key);
          fields.absorb(nested.finish());
        }
        fields.optional<int>("b", 0);
      },
      "");
  CHECK(what ==
        "station.yaml:2:3: a: unknown key 'x'\n"
        "station.yaml:3:4: 'b' must be a whole number, got 'oops'\n"
        "station.yaml:5:3: c: unknown key 'y'");
}

TEST_CASE("ReportsOneMistakeWhenThereIsNoMap") {
  const auto read = [](Fields& fields) {
    fields.required<std::string>("path");
    fields.choice("type", {"a", "b"});
    fields.required_node("sub", Node::Kind::list);
  };
  CHECK(mistakes("text", read) ==
        "station.yaml:1:1: camera 'top': must be a map of 'key: value', got 'text'");
  CHECK(mistakes("", read) == "station.yaml:1:1: camera 'top': must be a map of 'key: value', got nothing");
}

TEST_CASE("SaysThatAKeyHasNoValue") {
  CHECK(mistakes("path:\n", [](Fields& fields) { fields.required<std::string>("path"); }) ==
        "station.yaml:1:1: camera 'top': 'path' has no value");
}

TEST_CASE("RefusesNumbersOutsideTheirLimits") {
  CHECK(mistakes("score: 1.5\n", [](Fields& fields) {
          CHECK(fields.between<float>("score", 0.25f, 0, 1) == 0.25f);
        }) == "station.yaml:1:8: camera 'top': 'score' must lie between 0 and 1, got 1.5");
}

TEST_CASE("WantsTheRightKindOfSubNode") {
  CHECK(mistakes("cameras: [a]\n", [](Fields& fields) {
          fields.required_node("cameras", Node::Kind::map);
        }) == "station.yaml:1:10: camera 'top': 'cameras' must be a map, got a list");
}

}  // namespace
}  // namespace oree::config
