#include "core/oci/artefact.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "platform/files/files.h"

namespace oree::oci {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEmptyConfig = "{}";

// "" when it stays below its folder.
std::string path_fault(std::string_view path) {
  if (path.empty() || path.size() > 1'024) return "has no path that a file can have";
  if (path.front() == '/' || path.find('\0') != std::string_view::npos)
    return "is absolute or holds a zero byte";
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return "would leave its folder";
  }
  return "";
}

std::string path_of(const Descriptor& layer) {
  const std::string path = layer.annotation(kFilePath);
  return path.empty() ? layer.annotation(kTitle) : path;
}

Status check_paths(const Manifest& manifest, const std::string& where) {
  std::set<std::string> known;
  for (const Descriptor& layer : manifest.layers) {
    const std::string path = path_of(layer);
    if (const std::string fault = path_fault(path); !fault.empty())
      return fail(ErrorKind::invalid, cat(where, ": the layer '", path.substr(0, 100), "' ", fault));
    if (!known.insert(path).second)
      return fail(ErrorKind::invalid, cat(where, ": two layers are called '", path, "'"));
  }
  return {};
}

Status fetch_layers(Registry& registry, const Reference& from, const Manifest& manifest,
                    const fs::path& folder) {
  files::RealDisk disk;
  for (const Descriptor& layer : manifest.layers) {
    const fs::path file = folder / path_of(layer);
    if (auto made = disk.make_folder(file.parent_path()); !made) return made;
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored))
      continue;  // whole since an earlier try: only then it has its name
    if (auto pulled = registry.pull_blob(from.name, layer, file); !pulled) return pulled;
  }
  return {};
}

}  // namespace

Result<Pushed> push_folder(Registry& registry, const Reference& to, const Content& content) {
  Manifest manifest;
  manifest.artifact_type = content.artifact_type;
  manifest.annotations = content.annotations;
  for (const Layer& one : content.layers) {
    if (const std::string fault = path_fault(one.path); !fault.empty())
      return fail(ErrorKind::invalid, cat("'", one.path, "' ", fault));
    auto blob = registry.push_blob(to.name, content.folder / one.path, content.mount_from);
    if (!blob) return forward(blob);
    blob->media_type = one.media_type;
    blob->annotations = {{std::string(kFilePath), one.path}, {std::string(kTitle), one.path}};
    blob->annotations.insert(blob->annotations.end(), one.annotations.begin(), one.annotations.end());
    manifest.layers.push_back(std::move(*blob));
  }
  auto config = registry.push_text(to.name, content.config);
  if (!config) return forward(config);
  config->media_type = content.config_type;
  manifest.config = std::move(*config);
  const std::string text = print(manifest);
  Descriptor own{std::string(kManifestType), crypto::sha256(as_bytes(text)), text.size(), "", {}};
  if (to.digest && *to.digest != own.digest)
    return fail(ErrorKind::conflict, cat(to.text(), ": the folder makes ", digest_text(own.digest)));
  const auto put = registry.put_manifest(to.name, to.object(), text, kManifestType);
  if (!put) return forward(put);
  return Pushed{std::move(own)};
}

Result<Pulled> look_up(Registry& registry, const Reference& from) {
  const auto fetched = registry.manifest(from.name, from.object());
  if (!fetched) return forward(fetched);
  auto manifest = parse_manifest(fetched->text);
  if (!manifest) return forward(manifest, from.text());
  return Pulled{{std::string(kManifestType), fetched->digest, fetched->text.size(), "", {}},
                std::move(*manifest)};
}

Result<Pulled> pull_folder(Registry& registry, const Reference& from, const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(folder, failed) && !fs::is_empty(folder, failed))
    return fail(ErrorKind::conflict, cat(folder.string(), " is not empty; name a new folder"));
  auto found = look_up(registry, from);
  if (!found) return found;
  if (auto good = check_paths(found->content, from.text()); !good) return forward(good);
  files::RealDisk disk;
  // Named by the digest, so that pieces of another version are never taken for this one's.
  fs::path beside = folder.lexically_normal();
  if (!beside.has_filename()) beside = beside.parent_path();
  beside += cat(".pulling-", found->manifest.digest.hex().substr(0, 16));
  if (auto made = disk.make_folder(beside); !made) return forward(made);
  if (auto done = fetch_layers(registry, from, found->content, beside); !done)
    return forward(done, from.text());
  fs::remove(folder, failed);  // an empty one
  fs::rename(beside, folder, failed);
  if (failed)
    return fail(ErrorKind::unavailable,
                cat(beside.string(), " to ", folder.string(), ": ", failed.message()));
  return found;
}

Result<Descriptor> attach_text(Registry& registry, const std::string& name, const Descriptor& subject,
                               std::string_view artifact_type, std::string_view text,
                               const Annotations& annotations) {
  auto blob = registry.push_text(name, text);
  if (!blob) return forward(blob);
  blob->media_type = std::string(artifact_type);
  auto config = registry.push_text(name, kEmptyConfig);
  if (!config) return forward(config);
  config->media_type = std::string(kEmptyType);
  Manifest manifest;
  manifest.artifact_type = std::string(artifact_type);
  manifest.config = std::move(*config);
  manifest.layers.push_back(std::move(*blob));
  manifest.subject = Descriptor{subject.media_type, subject.digest, subject.size, "", {}};
  manifest.annotations = annotations;
  return registry.attach(name, manifest);
}

Result<std::vector<std::string>> attached_texts(Registry& registry, const std::string& name,
                                                const Descriptor& subject, std::string_view artifact_type,
                                                size_t max_bytes) {
  const auto found = registry.referrers(name, subject.digest, artifact_type);
  if (!found) return forward(found);
  std::vector<std::string> out;
  for (const Descriptor& one : *found) {
    const auto fetched = registry.manifest(name, digest_text(one.digest));
    if (!fetched) return forward(fetched);
    const auto manifest = parse_manifest(fetched->text);
    if (!manifest) return forward(manifest);
    // Whoever keeps the index may be wrong about what a manifest is about; the manifest itself is not.
    if (!manifest->subject || manifest->subject->digest != subject.digest || manifest->layers.size() != 1)
      continue;
    auto text = registry.pull_text(name, manifest->layers.front(), max_bytes);
    if (!text) return forward(text);
    out.push_back(std::move(*text));
  }
  return out;
}

}  // namespace oree::oci
