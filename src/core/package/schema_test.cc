// schemas/model.schema.json and the reader of model.yaml say the same. The corpus is read by a JSON Schema
// validator too, in tests/.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "core/package/manifest.h"
#include "platform/json/value.h"

namespace oree::package {
namespace {

namespace fs = std::filesystem;

const fs::path kSchemas = fs::path(OREE_SOURCE_DIR) / "schemas";

std::string text_of(const fs::path& path) {
  std::ifstream stream(path);
  REQUIRE_MESSAGE(stream.good(), path.string());
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

json::Value schema() {
  auto value = json::parse(text_of(kSchemas / "model.schema.json"));
  REQUIRE_MESSAGE(value.has_value(), (value ? "" : value.error().what));
  return *std::move(value);
}

// The schema's node at these keys.
const json::Value& at(const json::Value& root, std::initializer_list<std::string_view> keys) {
  const json::Value* node = &root;
  for (const auto key : keys) {
    node = node->find(key);
    REQUIRE_MESSAGE(node != nullptr, std::string(key));
  }
  return *node;
}

std::string mistake(std::string_view yaml) {
  const auto manifest = parse_manifest(yaml, "models/ducks/1");
  return manifest ? "" : manifest.error().what;
}

std::vector<fs::path> corpus(std::string_view folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kSchemas / "corpus" / "model" / folder))
    files.push_back(entry.path());
  REQUIRE(files.size() >= 8);
  return files;
}

TEST_CASE("TheReaderTakesEveryGoodFileOfTheCorpus") {
  for (const auto& file : corpus("good")) {
    const std::string what = mistake(text_of(file));
    CHECK_MESSAGE(what == "", file.filename().string() << ": " << what);
  }
}

TEST_CASE("TheReaderRefusesEveryBadFileOfTheCorpus") {
  for (const auto& file : corpus("bad"))
    CHECK_MESSAGE(mistake(text_of(file)) != "", file.filename().string());
}

TEST_CASE("TheReaderKnowsEveryKeyOfTheSchema") {
  const json::Value root = schema();
  for (const auto& [key, rest] : *at(root, {"properties"}).object()) CHECK(mistake(cat(key, ":\n")) == "");
  for (const std::string_view part : {"input", "output"}) {
    for (const auto& [key, rest] : *at(root, {"properties", part, "properties"}).object()) {
      CHECK(mistake(cat(part, ": {", key, ": }\n")) == "");
    }
  }
}

TEST_CASE("TheReaderKnowsEveryWordOfTheSchema") {
  const json::Value root = schema();
  for (const auto& word : *at(root, {"properties", "task", "enum"}).array()) {
    CHECK(mistake(cat("task: ", *word.text())) == "");
  }
  for (const auto& [part, key] : {std::pair("input", "layout"), std::pair("input", "channels"),
                                  std::pair("input", "resize"), std::pair("output", "decode")}) {
    for (const auto& word : *at(root, {"properties", part, "properties", key, "enum"}).array()) {
      CHECK(mistake(cat(part, ": {", key, ": ", *word.text(), "}")) == "");
    }
  }
}

TEST_CASE("TheSchemaNamesTheReadersDefaults") {
  const json::Value root = schema();
  const Manifest defaults = *parse_manifest("", "models/ducks/1");
  const auto number = [&](std::string_view part, std::string_view key) {
    return static_cast<float>(*at(root, {"properties", part, "properties", key, "default"}).number());
  };
  CHECK(number("output", "score_threshold") == defaults.score_threshold);
  CHECK(number("output", "iou_threshold") == defaults.iou_threshold);
  CHECK(number("input", "crop") == defaults.input.crop);
  CHECK(number("input", "pad") == defaults.input.pad);
  CHECK(*at(root, {"properties", "output", "properties", "decode", "default"}).text() ==
        decode_name(defaults.decode));
  CHECK(*at(root, {"properties", "model_file", "default"}).text() == defaults.model_file.filename().string());
}

}  // namespace
}  // namespace oree::package
