// oree fleet publish: a model's folder, a configuration or a deployment manifest becomes a package of the
// hub.
#include <algorithm>
#include <cstdio>

#include "app/fleet/fleet.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/manifest/manifest.h"
#include "core/signature/sign.h"
#include "nodes/edge/settings/fleet_plan.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "platform/files/private_folder.h"
#include "services/deployment/slots/package_index.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSignature = "model.sig";
constexpr uint64_t kMostBytes = uint64_t{512} << 20;  // of one file, as the hub takes them

struct NamedBytes {
  std::string path;
  std::string bytes;
};

// Links are read as what they show: a model file may link anywhere.
Result<std::vector<fs::path>> files_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (std::error_code ignored; at->is_regular_file(ignored))
      files.push_back(at->path().lexically_relative(folder));
  if (error) return fail(ErrorKind::not_found, cat("cannot read ", folder.string(), ": ", error.message()));
  if (files.empty()) return fail(ErrorKind::invalid, cat(folder.string(), " holds no files"));
  std::ranges::sort(files, {}, [](const fs::path& path) { return path.generic_string(); });
  return files;
}

// What the hub knows by this name and version has its release for ever, so that publishing the same files
// again changes nothing. Else the next one: stations have one configuration and one deployment, whatever
// their names, so there releases rise over all names.
Result<uint64_t> release_for(HubClient& hub, const deployment::PackageIndex& index) {
  const auto known = hub.call("GET", "/api/v1/packages");
  if (!known) return forward(known);
  const bool is_model = index.kind == deployment::UnitKind::model;
  int64_t newest = 0;
  const auto* packages = known->find("packages");
  if (packages != nullptr && packages->array() != nullptr) {
    for (const auto& one : *packages->array()) {
      const bool same_name = text_member(one, "name") == index.name;
      if (same_name && !index.version.empty() && text_member(one, "version") == index.version)
        return static_cast<uint64_t>(number_member(one, "release"));
      const bool same_kind = !is_model && text_member(one, "kind") == deployment::kind_name(index.kind);
      if (same_name || same_kind) newest = std::max(newest, number_member(one, "release"));
    }
  }
  return static_cast<uint64_t>(newest + 1);
}

Status check_document(deployment::UnitKind kind, std::string_view text, const fs::path& file) {
  if (kind == deployment::UnitKind::deployment) {
    const auto manifest = manifest::parse_manifest(text, file.string());
    return manifest ? Status() : forward(manifest);
  }
  const auto plan = edge::parse_fleet_plan(text, "station", "/");
  return plan ? Status() : forward(plan, file.string());
}

Status put(HubClient& hub, deployment::PackageIndex& index, std::string path, std::string bytes) {
  const auto digest = crypto::sha256(as_bytes(bytes));
  const uint64_t size = bytes.size();
  const auto done = hub.call("PUT", cat("/blobs/", deployment::digest_name(digest)), std::move(bytes),
                             "application/octet-stream");
  if (!done) return forward(done, path);
  index.files.push_back({std::move(path), digest, size});
  return {};
}

Status put_folder(HubClient& hub, deployment::PackageIndex& index, const fs::path& folder,
                  const std::vector<fs::path>& files) {
  files::RealDisk disk;
  // What 'oree model sign' wrote; stations look for the signature under one name.
  const bool has_own = std::ranges::find(files, fs::path(kSignature)) != files.end();
  for (const auto& path : files) {
    const auto bytes = disk.read(folder / path, kMostBytes);
    if (!bytes) return forward(bytes);
    if (path == deployment::document_of(index.kind)) {
      if (auto right = check_document(index.kind, as_text(*bytes), folder / path); !right) return right;
    }
    const bool is_signature = path == "signature.json" && !has_own;
    auto done = put(hub, index, is_signature ? std::string(kSignature) : path.generic_string(),
                    std::string(as_text(*bytes)));
    if (!done) return done;
  }
  return {};
}

// The signature of a folder that has this one file.
Result<std::string> sign_alone(std::string_view name, const std::string& text, const fs::path& key_file) {
  files::RealDisk disk;
  const auto pem = disk.read(key_file, 1 << 16);
  if (!pem) return forward(pem);
  const auto key = crypto::EcSigningKey::from_pem(as_text(*pem));
  if (!key) return forward(key, key_file.string());
  const auto folder = files::PrivateFolder::create();
  if (!folder) return forward(folder);
  if (auto written = disk.write(folder->path() / name, as_bytes(text)); !written) return forward(written);
  return signature::sign(folder->path(), *key, {}, {});
}

// The kind of package that a file or folder is.
deployment::UnitKind kind_of(const fs::path& path, std::string_view text) {
  using deployment::UnitKind;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    for (const UnitKind kind : {UnitKind::configuration, UnitKind::deployment})
      if (fs::exists(path / deployment::document_of(kind), ignored)) return kind;
    return UnitKind::model;
  }
  return manifest::is_manifest(text) ? UnitKind::deployment : UnitKind::configuration;
}

// Not just any folder: all its files would be every station's to read.
Status check_folder(const fs::path& folder, deployment::UnitKind kind, const PublishOptions& options) {
  if (!options.key.empty())
    return fail(ErrorKind::invalid,
                cat("--key signs a file; '", folder.string(),
                    "' is a folder, which 'oree model sign' signs before it is published"));
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return fail(ErrorKind::not_found, cat("there is no file or folder ", folder.string(),
                                          error ? cat(": ", error.message()) : std::string()));
  if (kind != deployment::UnitKind::model || fs::exists(folder / "model.onnx", error) ||
      fs::exists(folder / "model.onnx.sealed", error))
    return {};
  return fail(ErrorKind::invalid, cat(folder.string(),
                                      " is no package: it has neither model.onnx nor configuration.json nor "
                                      "deployment.json; 'oree model pack' makes one of a model"));
}

Status put_document(HubClient& hub, deployment::PackageIndex& index, const std::string& text,
                    const PublishOptions& options) {
  const std::string name(deployment::document_of(index.kind));
  if (auto right = check_document(index.kind, text, options.folder); !right) return right;
  if (auto done = put(hub, index, name, text); !done) return done;
  if (options.key.empty()) return {};
  auto bundle = sign_alone(name, text, options.key);
  if (!bundle) return forward(bundle);
  return put(hub, index, std::string(kSignature), *std::move(bundle));
}

}  // namespace

Result<json::Value> publish_folder(HubClient& hub, const PublishOptions& options) {
  std::error_code ignored;
  fs::path folder = fs::absolute(options.folder, ignored).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const bool is_file = fs::is_regular_file(folder, ignored);
  std::string text;  // of the file
  if (is_file) {
    files::RealDisk disk;
    const auto bytes = disk.read(folder, manifest::kMaxManifestBytes);
    if (!bytes) return forward(bytes);
    text = as_text(*bytes);
  }
  deployment::PackageIndex index;
  index.kind = kind_of(folder, text);
  const fs::path own_name = is_file ? folder.stem() : folder.parent_path().filename();
  index.name = options.name.empty() ? own_name.string() : options.name;
  index.version = options.version.empty() && !is_file ? folder.filename().string() : options.version;
  index.hardware = options.hardware;
  if (!is_file) {
    if (auto right = check_folder(folder, index.kind, options); !right) return forward(right);
  }
  const auto release = options.release ? Result<uint64_t>(*options.release) : release_for(hub, index);
  if (!release) return forward(release);
  index.release = *release;
  if (index.version.empty()) index.version = cat(index.release);
  Status done;
  if (is_file) {
    done = put_document(hub, index, text, options);
  } else {
    const auto found = files_of(folder);
    if (!found) return forward(found);
    done = put_folder(hub, index, folder, *found);
  }
  if (!done) return forward(done);
  std::ranges::sort(index.files, {}, &deployment::PackageFile::path);
  return hub.call("POST", "/api/v1/packages", deployment::print_index(index));
}

int run_fleet_publish(const PublishOptions& options) {
  HubClient hub(options.hub);
  const auto package = publish_folder(hub, options);
  if (!package) return print_error(package.error());
  if (options.json) {
    std::printf("%s\n", json::print(*package, 2).c_str());
    return 0;
  }
  const std::string signer = text_member(*package, "signer");
  std::printf("%s %s is published as %s, %s\n", text_member(*package, "name").c_str(),
              text_member(*package, "version").c_str(), text_member(*package, "package").c_str(),
              signer.empty() ? "unsigned" : cat("signed by ", signer).c_str());
  return 0;
}

}  // namespace oree::app
