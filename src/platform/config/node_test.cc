#include "platform/config/node.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace oree::config {
namespace {

Node parsed(std::string_view text) {
  auto node = parse(text, "f.yaml");
  REQUIRE_MESSAGE(node.has_value(), (node ? "" : node.error().what));
  return *std::move(node);
}

std::string mistake(std::string_view text) {
  const auto node = parse(text, "f.yaml");
  REQUIRE_MESSAGE(!node, text);
  CHECK(node.error().kind == ErrorKind::invalid);
  return node.error().what;
}

TEST_CASE("RemembersWhereEachValueStood") {
  const Node root = parsed("a: 1\nb:\n  - x\n  - {c: 'y'}\n");
  const Node* list = root.find("b");
  REQUIRE(list != nullptr);
  CHECK(list->kind() == Node::Kind::list);
  CHECK(place_text(root.find("a")->place()) == "f.yaml:1:4");
  CHECK(place_text(list->key_place()) == "f.yaml:2:1");
  CHECK(place_text(list->items()[1].find("c")->place()) == "f.yaml:4:9");
  CHECK(list->items()[1].find("c")->error("is wrong").error().what == "f.yaml:4:9: is wrong");
}

TEST_CASE("LeavesPlainTextToTheReaderOfTheField") {
  const Node root = parsed("country: no\nversion: 1.10\nquoted: \"1\"\nday: 2026-01-01\non: yes\n");
  CHECK(root.find("country")->scalar() == "no");
  CHECK(root.find("version")->scalar() == "1.10");
  CHECK(root.find("quoted")->quoted());
  CHECK_FALSE(root.find("version")->quoted());
  CHECK(root.find("on") != nullptr);
}

TEST_CASE("KnowsNullFromText") {
  const Node root = parsed("a: ~\nb: null\nc:\nd: 'null'\ne: {f: }\n");
  for (const char* key : {"a", "b", "c"}) CHECK(root.find(key)->kind() == Node::Kind::null);
  CHECK(root.find("d")->scalar() == "null");
  CHECK(root.find("e")->find("f")->kind() == Node::Kind::null);
  CHECK(parsed("").kind() == Node::Kind::null);
  CHECK(parsed("# only a comment\n").kind() == Node::Kind::null);
}

TEST_CASE("ReadsJsonWindowsLinesAndAByteOrderMark") {
  const Node json = parsed("{\n\t\"a\": [1,\n\t\t\"x\\/\\u00e9\"],\n\t\"b\": {}\n}");
  CHECK(json.find("a")->items()[1].scalar() == "x/é");
  CHECK(json.find("b")->kind() == Node::Kind::map);
  const Node windows = parsed(
      "\xEF\xBB\xBF"
      "a: 1\r\nb:\r\n  - c\r\n");
  CHECK(windows.find("a")->scalar() == "1");
  CHECK(windows.find("b")->items()[0].scalar() == "c");
}

TEST_CASE("RefusesAKeyWrittenTwice") {
  CHECK(mistake("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: the key 'a' is written twice, first in line 1");
  CHECK(mistake("{x: {a: 1, a: 2}}") == "f.yaml:1:12: the key 'a' is written twice, first in line 1");
}

TEST_CASE("ExplainsBadIndentationAndTabs") {
  CHECK(mistake("a:\n\tb: 1\n") == "f.yaml:2:3: the line is indented with a tab; YAML wants spaces");
  CHECK(mistake("a:\n\t- b\n").ends_with("the line is indented with a tab; YAML wants spaces"));
  CHECK(mistake("{\n\t\"a\": @\n}").find("tab") == std::string::npos);
  CHECK(mistake("a: 1\n  b: 2\n") ==
        "f.yaml:2:4: a ':' does not fit here; check the indentation, or quote the text");
  CHECK(mistake("- a\nb: 1\n").starts_with("f.yaml:2:1: the file goes on after its end"));
}

TEST_CASE("NamesTheBeginningOfWhatIsNotClosed") {
  CHECK(mistake("a: 1\nb: [1,\n  2\n") == "f.yaml:2:4: the list that begins here is not closed with ']'");
  CHECK(mistake("a: 1\nb: {c: 1\n") == "f.yaml:2:4: the map that begins here is not closed with '}'");
  CHECK(mistake("a: \"x\n") == "f.yaml:1:4: the text in quotes that begins here is not closed");
  CHECK(mistake("\xEF\xBB\xBFä: &b !!str 'x\n''\nc: 1\n").ends_with("is not closed"));
  CHECK(mistake("a: \"x\\\"\nb: 1\n").ends_with("is not closed"));
  CHECK(mistake("a: \"x").ends_with("is not closed"));
  CHECK(parsed("a: 1\nb: 'it''s'\n").find("b")->scalar() == "it's");
  CHECK(parsed("b: \"\\\\\"\n").find("b")->scalar() == "\\");
  CHECK(mistake("a: [1]]\n") == "f.yaml:1:7: a closing bracket without an opening one");
}

TEST_CASE("RefusesWhatReadersWouldMisunderstand") {
  for (const std::string_view text :
       {"a: 1\n---\nb: 2\n", "? [a]\n: 1\n", "{[a]: 1}", ": 1\n", "~: 1\n", "<<: {a: 1}\n", "a: !thing 1\n",
        "a: *b\n", "a: &x\n  b: *x\n", "a: @x\n", "a: `x`\n", "a: \x01\n", "a: \xff\n", "a: \xC0\xAF\n",
        "a: \xED\xA0\x80\n", "a: \x7f\n"}) {
    CHECK_MESSAGE(mistake(text).starts_with("f.yaml:"), text);
  }
  CHECK(mistake(std::string_view("a: \0b\n", 6)).starts_with("f.yaml:1:4:"));
  CHECK(mistake("a: 1\nb: \xE9t\xE9\n") == "f.yaml:2:4: this is not UTF-8; save the file as UTF-8");
}

TEST_CASE("ExpandsAliasesUpToALimit") {
  const Node root = parsed("a: &x {k: [1, 2]}\nb: *x\nc: &y z\n*y : 1\n");
  CHECK(root.find("b")->find("k")->items().size() == 2);
  CHECK(root.find("z") != nullptr);
  std::string bomb = "a0: &a0 [1,2,3,4,5,6,7,8,9]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string previous = cat("*a", i - 1);
    bomb += cat("a", i, ": &a", i, " [", previous, ",", previous, ",", previous, ",", previous, "]\n");
  }
  CHECK(mistake(bomb).ends_with("anchors and aliases stand for more than 10000 values"));
}

TEST_CASE("LimitsDepthHoweverItIsWritten") {
  CHECK(parse(std::string(32, '[') + std::string(32, ']'), "f").has_value());
  CHECK(mistake(std::string(33, '[') + std::string(33, ']')) == "f.yaml:1:33: nested deeper than 32");
  for (const std::string_view piece : {"[", "{", "{a: ", "- ", "? ", "[a, ", "[[],", "a:\n  "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    CHECK_MESSAGE(parse(text, "f").has_value() == false, piece);
  }
  std::string stairs;
  for (int i = 0; i < 1000; ++i) stairs += cat(std::string(static_cast<size_t>(i), ' '), "a:\n");
  CHECK(mistake(stairs).ends_with("nested deeper than 32"));
}

TEST_CASE("LimitsTheNumberOfValuesAndTheSize") {
  std::string text = "[";
  for (int i = 0; i < 100'001; ++i) text += "1,";
  CHECK(mistake(text + "]").ends_with("more than 100000 values"));
  CHECK(mistake(std::string((1u << 20) + 1, ' ')).find("more than 1048576 bytes") != std::string::npos);
}

TEST_CASE("LoadsAFileAndSaysWhenThereIsNone") {
  const auto folder = std::filesystem::temp_directory_path() / "oree_config_node_test";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "a.yaml").string();
  std::ofstream(path) << "a: [1\n";
  const auto broken = load(path);
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().what.starts_with(path + ":1:4: "));
  std::ofstream(path) << "a: 1\n";
  CHECK(load(path)->find("a")->scalar() == "1");
  CHECK(*load_text(path) == "a: 1\n");
  CHECK(load((folder / "none.yaml").string()).error().kind == ErrorKind::not_found);
  CHECK(load(folder.string()).error().kind == ErrorKind::invalid);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace oree::config
