#include "nodes/edge/maintenance/evidence/ko_evidence.h"

#include <algorithm>
#include <map>
#include <ranges>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMostItems = 40;
constexpr size_t kMostItemParts = 180;  // of the 256 that a manifest may list
constexpr size_t kMostPictureBytes = 24 << 20;
constexpr uint64_t kMostModelBytes = 32 << 20;
constexpr size_t kMostModelFiles = 64;
constexpr std::string_view kJson = "application/json";

orders::PartBytes json_part(std::string name, std::string_view text) {
  const auto view = as_bytes(text);
  return {std::move(name), std::string(kJson), {view.begin(), view.end()}};
}

std::string text_at(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

// What the authorities' rules are asked of: one model by its name, several by their digest only.
std::string model_of(const KoSighting& seen) {
  if (seen.models.empty()) return "";
  return seen.models.size() == 1 ? seen.models.front() : "several";
}

using Models = std::map<std::pair<std::string, std::string>, std::string>;  // name, version → digest

struct Gathered {
  std::vector<orders::PartBytes> parts;
  size_t picture_bytes = 0;
  Models models;
};

// "binaries": {"top": {"sha256", "media_type", …}}
Result<std::vector<orders::PartBytes>> pictures_of(const json::Value& item, const std::string& id,
                                                   const ItemSource& source) {
  std::vector<orders::PartBytes> out;
  const auto* binaries = item.find("binaries");
  if (binaries == nullptr || binaries->object() == nullptr) return out;
  for (const auto& [camera, picture] : *binaries->object()) {
    const std::string digest = text_at(picture, "sha256"), type = text_at(picture, "media_type");
    if (digest.empty()) continue;
    auto bytes = source.picture(digest);
    if (!bytes) return forward(bytes, cat("picture of item ", id));
    out.push_back({cat("picture/", id, "/", camera), type.empty() ? "application/octet-stream" : type,
                   std::move(*bytes)});
  }
  return out;
}

// False when its pictures no longer fit. The first part is sealed however large it is.
Result<bool> add_item(const std::string& id, const ItemSource& source, Gathered& all) {
  const auto text = source.item(id);
  if (!text) return forward(text, cat("item ", id));
  const auto item = json::parse(*text);
  if (!item) return forward(item, cat("item ", id));
  auto pictures = pictures_of(*item, id, source);
  if (!pictures) return forward(pictures);
  size_t bytes = 0;
  for (const auto& picture : *pictures) bytes += picture.bytes.size();
  const bool fits =
      all.picture_bytes + bytes <= kMostPictureBytes && all.parts.size() + pictures->size() < kMostItemParts;
  if (!all.parts.empty() && !fits) return false;
  all.picture_bytes += bytes;
  all.parts.push_back(json_part(cat("item/", id, ".json"), *text));
  std::ranges::move(*pictures, std::back_inserter(all.parts));
  const auto* steps = item->find("steps");
  if (steps == nullptr || steps->array() == nullptr) return true;
  for (const auto& step : *steps->array()) {
    const auto digest = text_at(step, "model_digest");
    if (!digest.empty()) all.models[{text_at(step, "model"), text_at(step, "model_version")}] = digest;
  }
  return true;
}

// The package's files; none when together they are more than `room`, or when the network is no longer the one
// that judged.
std::vector<orders::PartBytes> package_parts(const fs::path& folder, const std::string& prefix,
                                             const std::string& digest, uint64_t room) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    if (at->is_regular_file(code) && !code) files.push_back(at->path());
    if (files.size() > kMostModelFiles) return {};
  }
  std::ranges::sort(files);
  files::RealDisk disk;
  std::vector<orders::PartBytes> parts;
  bool is_the_one = false;
  for (const auto& file : files) {
    auto bytes = disk.read(file, room);
    if (!bytes) return {};
    room -= bytes->size();
    is_the_one = is_the_one || crypto::sha256(*bytes).hex() == digest;
    parts.push_back({cat(prefix, file.lexically_relative(folder).generic_string()),
                     file.extension() == ".yaml" ? "application/yaml" : "application/octet-stream",
                     std::move(*bytes)});
  }
  if (!is_the_one) parts.clear();
  return parts;
}

std::vector<orders::PartBytes> model_parts(const Models& models, const ItemSource& source) {
  std::vector<orders::PartBytes> all;
  uint64_t room = kMostModelBytes;
  for (const auto& [model, digest] : models) {
    const auto& [name, version] = model;
    const auto folder = source.model(name, version);
    if (!folder) continue;
    auto parts = package_parts(*folder, cat("model/", name, "/", version, "/"), digest, room);
    for (auto& part : parts) {
      room -= part.bytes.size();
      all.push_back(std::move(part));
    }
  }
  return all;
}

}  // namespace

json::Value cause_json(const KoSighting& seen) {
  json::Array items, labels;
  for (const auto& item : seen.items) items.emplace_back(item);
  for (const auto& label : seen.labels) labels.emplace_back(label);
  return json::Object{{"kind", "ko_run"},          {"station", seen.asset},
                      {"count", seen.count},       {"of", seen.of},
                      {"model", model_of(seen)},   {"score", seen.count},
                      {"threshold", seen.count},   {"started", orders::to_ms(seen.started)},
                      {"items", std::move(items)}, {"labels", std::move(labels)}};
}

Result<DataSet> data_set(const KoSighting& seen, const ItemSource& source) {
  Gathered all;
  for (const auto& id : seen.items | std::views::take(kMostItems)) {
    const auto added = add_item(id, source, all);
    if (!added) return forward(added);
    if (!*added) break;
  }
  auto models = model_parts(all.models, source);
  const std::string model_digest = models.empty() ? "" : model_digest_of(models);
  const std::string configuration = orders::canonical(
      json::Object{{"kind", "ko_run"}, {"asset", seen.asset}, {"count", seen.count}, {"of", seen.asked_of}});
  DataSet out{.facts = {{"asset", seen.asset},
                        {"configuration", crypto::sha256(as_bytes(configuration)).hex()},
                        {"detector", json::Object{{"name", "ko_run"},
                                                  {"model", model_of(seen)},
                                                  {"model_digest", model_digest},
                                                  {"threshold", seen.count}}},
                        {"scores", json::Array{json::Array{orders::to_ms(seen.started), seen.count}}}},
              .parts = std::move(all.parts)};
  out.parts.push_back(json_part("configuration.json", configuration));
  std::ranges::move(models, std::back_inserter(out.parts));
  return out;
}

}  // namespace oree::edge
