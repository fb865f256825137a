// Layered deployments: keys of a layer over those of a base (facts of the original: a full
// `properties.desired` overwrites all of it, `properties.desired.<path>` that path).
#include "base/text.h"
#include "core/manifest/module_reader.h"

namespace oree::manifest {
namespace {

constexpr std::string_view kDesired = "properties.desired";

json::Value& member(json::Value& object, const std::string& key) {
  if (object.object() == nullptr) object = json::Object{};
  for (auto& [name, value] : *object.object()) {
    if (name == key) return value;
  }
  object.object()->emplace_back(key, json::Object{});
  return object.object()->back().second;
}

}  // namespace

const json::Value* modules_content_of(const json::Value& root) {
  const json::Value* content = root.find("content");
  return (content != nullptr ? *content : root).find("modulesContent");
}

bool is_layered(const json::Value& modules_content) {
  if (modules_content.object() == nullptr) return false;
  for (const auto& [module, entry] : *modules_content.object()) {
    if (entry.object() == nullptr) continue;
    for (const auto& [key, value] : *entry.object()) {
      if (key.starts_with(cat(kDesired, "."))) return true;
    }
  }
  return false;
}

void lay_over(json::Value& base, const json::Value& layer) {
  json::Value& root = base.find("content") != nullptr ? member(base, "content") : base;
  json::Value& contents = member(root, "modulesContent");
  for (const auto& [module, entry] : *layer.object()) {
    if (entry.object() == nullptr) continue;
    for (const auto& [key, value] : *entry.object()) {
      json::Value* at = &member(member(contents, module), std::string(kDesired));
      if (key != kDesired) {
        if (!key.starts_with(cat(kDesired, "."))) continue;
        for (const auto part : split(std::string_view(key).substr(kDesired.size() + 1), '.'))
          at = &member(*at, std::string(part));
      }
      *at = value;
    }
  }
}

}  // namespace oree::manifest
