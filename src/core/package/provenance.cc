#include "core/package/provenance.h"

#include <algorithm>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::package {
namespace {

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
constexpr std::string_view kPredicateType = "https://slsa.dev/provenance/v1";
constexpr std::string_view kBuildType = "urn:oree:model:1", kBuilder = "urn:oree:program";
constexpr size_t kMaxText = 4u << 20;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("provenance.json: ", what));
}

json::Value material_json(const Material& material) {
  return json::Object{{"name", material.name}, {"digest", json::Object{{"sha256", material.digest.hex()}}}};
}

const json::Value* at(const json::Value* object, std::string_view key) {
  return object == nullptr ? nullptr : object->find(key);
}

std::string text_at(const json::Value* object, std::string_view key) {
  const json::Value* found = at(object, key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

std::optional<Material> parse_material(const json::Value& object) {
  const auto digest = crypto::parse_digest(text_at(at(&object, "digest"), "sha256"));
  if (!digest) return std::nullopt;
  return Material{text_at(&object, "name"), *digest};
}

Status take_subjects(const json::Value& tree, Provenance& out) {
  const json::Value* subjects = tree.find("subject");
  if (subjects == nullptr || subjects->array() == nullptr || subjects->array()->empty())
    return wrong("it says of nothing where it comes from");
  for (const json::Value& one : *subjects->array()) {
    auto material = parse_material(one);
    if (!material) return wrong("a subject has no sha256");
    out.subjects.push_back(std::move(*material));
  }
  return {};
}

void take_dependencies(const json::Value* definition, Provenance& out) {
  const json::Value* list = at(definition, "resolvedDependencies");
  if (list == nullptr || list->array() == nullptr) return;
  for (const json::Value& one : *list->array()) {
    const std::string what = text_at(at(&one, "annotations"), "is");
    if (what == "source") out.source = parse_material(one);
    if (what == "data") out.data = parse_material(one);
  }
}

json::Value dependencies_json(const Provenance& provenance) {
  json::Array out;
  const auto add = [&](const std::optional<Material>& material, std::string_view what) {
    if (!material) return;
    json::Value one = material_json(*material);
    one.set("annotations", json::Object{{"is", what}});
    out.push_back(std::move(one));
  };
  add(provenance.source, "source");
  add(provenance.data, "data");
  return out;
}

json::Value builder_json(const Provenance& provenance) {
  json::Object versions{{"oree", provenance.tool}};
  if (!provenance.runtime.empty()) versions.emplace_back("runtime", provenance.runtime);
  return json::Object{{"id", kBuilder}, {"version", std::move(versions)}};
}

}  // namespace

std::string print(const Provenance& provenance) {
  json::Array subjects;
  for (const Material& one : provenance.subjects) subjects.push_back(material_json(one));
  json::Object parameters;
  if (!provenance.recipe.empty()) parameters.emplace_back("recipe", provenance.recipe);
  if (!provenance.target.empty()) parameters.emplace_back("target", provenance.target);
  json::Object notes;
  for (const auto& [key, value] : provenance.notes) notes.emplace_back(key, value);
  if (!notes.empty()) parameters.emplace_back("notes", std::move(notes));
  const json::Value out = json::Object{
      {"_type", kStatementType},
      {"subject", std::move(subjects)},
      {"predicateType", kPredicateType},
      {"predicate",
       json::Object{
           {"buildDefinition", json::Object{{"buildType", kBuildType},
                                            {"externalParameters", std::move(parameters)},
                                            {"resolvedDependencies", dependencies_json(provenance)}}},
           {"runDetails",
            json::Object{{"builder", builder_json(provenance)},
                         {"metadata", json::Object{{"finishedOn", iso_text(provenance.made)}}}}}}}};
  return json::print(out, 2) + "\n";
}

Result<Provenance> parse_provenance(std::string_view text) {
  if (text.size() > kMaxText) return wrong("it is larger than 4 MiB");
  const auto tree = json::parse(text);
  if (!tree) return forward(tree, "provenance.json");
  if (text_at(&*tree, "_type") != kStatementType || text_at(&*tree, "predicateType") != kPredicateType)
    return wrong("it is no in-toto statement with SLSA provenance v1");
  Provenance out;
  if (auto taken = take_subjects(*tree, out); !taken) return forward(taken);
  const json::Value* predicate = at(&*tree, "predicate");
  const json::Value* definition = at(predicate, "buildDefinition");
  if (definition == nullptr) return wrong("it has no buildDefinition");
  const json::Value* parameters = at(definition, "externalParameters");
  out.recipe = text_at(parameters, "recipe");
  out.target = text_at(parameters, "target");
  if (const json::Value* notes = at(parameters, "notes"); notes != nullptr && notes->object() != nullptr) {
    for (const auto& [key, value] : *notes->object()) {
      if (value.text() != nullptr) out.notes.emplace_back(key, *value.text());
    }
  }
  take_dependencies(definition, out);
  const json::Value* run = at(predicate, "runDetails");
  const json::Value* version = at(at(run, "builder"), "version");
  out.tool = text_at(version, "oree");
  out.runtime = text_at(version, "runtime");
  out.made = parse_iso(text_at(at(run, "metadata"), "finishedOn")).value_or(WallTime{});
  return out;
}

}  // namespace oree::package
