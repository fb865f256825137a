#include "core/oci/manifest.h"

#include <algorithm>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::oci {
namespace {

constexpr size_t kMostEntries = 4'096;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the registry's manifest: ", what));
}

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

json::Value annotations_json(const Annotations& annotations) {
  json::Object out;
  for (const auto& [key, value] : annotations) out.emplace_back(key, value);
  return out;
}

Annotations parse_annotations(const json::Value& object) {
  Annotations out;
  const json::Value* found = object.find("annotations");
  if (found == nullptr || found->object() == nullptr) return out;
  for (const auto& [key, value] : *found->object()) {
    if (value.text() != nullptr) out.emplace_back(key, *value.text());
  }
  return out;
}

json::Value descriptor_json(const Descriptor& one) {
  json::Object out{{"mediaType", one.media_type}, {"digest", digest_text(one.digest)}, {"size", one.size}};
  if (!one.artifact_type.empty()) out.emplace_back("artifactType", one.artifact_type);
  if (!one.annotations.empty()) out.emplace_back("annotations", annotations_json(one.annotations));
  return out;
}

Result<Descriptor> parse_descriptor(const json::Value* object, std::string_view where) {
  if (object == nullptr || object->object() == nullptr) return wrong(cat("'", where, "' is missing"));
  const auto digest = parse_digest_text(text_at(*object, "digest"));
  if (!digest) return forward(digest, cat("the registry's manifest: ", where));
  const json::Value* size = object->find("size");
  const auto bytes = size == nullptr ? std::nullopt : size->integer();
  if (!bytes || *bytes < 0) return wrong(cat("'", where, "' has no size"));
  return Descriptor{text_at(*object, "mediaType"), *digest, static_cast<uint64_t>(*bytes),
                    text_at(*object, "artifactType"), parse_annotations(*object)};
}

Result<std::vector<Descriptor>> parse_list(const json::Value& tree, std::string_view key) {
  const json::Value* list = tree.find(key);
  if (list == nullptr || list->array() == nullptr) return wrong(cat("'", key, "' is no list"));
  if (list->array()->size() > kMostEntries) return wrong(cat("'", key, "' has more than 4,096 entries"));
  std::vector<Descriptor> out;
  for (const json::Value& one : *list->array()) {
    auto descriptor = parse_descriptor(&one, key);
    if (!descriptor) return forward(descriptor);
    out.push_back(std::move(*descriptor));
  }
  return out;
}

Result<json::Value> parse_typed(std::string_view text, std::string_view type) {
  if (text.size() > kMaxManifest) return wrong("it is larger than 4 MiB");
  auto tree = json::parse(text);
  if (!tree) return forward(tree, "the registry's manifest");
  const json::Value* version = tree->find("schemaVersion");
  if (version == nullptr || version->integer() != 2) return wrong("its schemaVersion is not 2");
  const std::string said = text_at(*tree, "mediaType");
  if (!said.empty() && said != type)
    return fail(ErrorKind::unsupported, cat("the registry's manifest is ", said, ", not ", type));
  return tree;
}

}  // namespace

std::string Descriptor::annotation(std::string_view key) const {
  const auto found = std::ranges::find(annotations, key, &std::pair<std::string, std::string>::first);
  return found == annotations.end() ? "" : found->second;
}

std::string print(const Manifest& manifest) {
  json::Object out{{"schemaVersion", 2}, {"mediaType", kManifestType}};
  if (!manifest.artifact_type.empty()) out.emplace_back("artifactType", manifest.artifact_type);
  out.emplace_back("config", descriptor_json(manifest.config));
  json::Array layers;
  for (const Descriptor& one : manifest.layers) layers.push_back(descriptor_json(one));
  out.emplace_back("layers", std::move(layers));
  if (manifest.subject) out.emplace_back("subject", descriptor_json(*manifest.subject));
  if (!manifest.annotations.empty()) out.emplace_back("annotations", annotations_json(manifest.annotations));
  return json::print(out);
}

std::string print(const Index& index) {
  json::Array manifests;
  for (const Descriptor& one : index.manifests) manifests.push_back(descriptor_json(one));
  return json::print(
      json::Object{{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", std::move(manifests)}});
}

Result<Manifest> parse_manifest(std::string_view text) {
  const auto tree = parse_typed(text, kManifestType);
  if (!tree) return forward(tree);
  Manifest out;
  out.artifact_type = text_at(*tree, "artifactType");
  auto config = parse_descriptor(tree->find("config"), "config");
  if (!config) return forward(config);
  out.config = std::move(*config);
  auto layers = parse_list(*tree, "layers");
  if (!layers) return forward(layers);
  out.layers = std::move(*layers);
  if (const json::Value* subject = tree->find("subject"); subject != nullptr && !subject->is_null()) {
    auto about = parse_descriptor(subject, "subject");
    if (!about) return forward(about);
    out.subject = std::move(*about);
  }
  out.annotations = parse_annotations(*tree);
  return out;
}

Result<Index> parse_index(std::string_view text) {
  const auto tree = parse_typed(text, kIndexType);
  if (!tree) return forward(tree);
  auto manifests = parse_list(*tree, "manifests");
  if (!manifests) return forward(manifests);
  return Index{std::move(*manifests)};
}

}  // namespace oree::oci
