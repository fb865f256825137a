// oree fleet publish: a model's folder becomes a package of the hub.
#include <algorithm>
#include <cstdio>

#include "app/fleet/fleet.h"
#include "app/terminal.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "services/deployment/slots/package_index.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostBytes = uint64_t{512} << 20;  // of one file, as the hub takes them

// Links are read as what they show: a model file may link anywhere.
Result<std::vector<fs::path>> files_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file()) files.push_back(at->path().lexically_relative(folder));
  if (error) return fail(ErrorKind::not_found, cat("cannot read ", folder.string(), ": ", error.message()));
  if (files.empty()) return fail(ErrorKind::invalid, cat(folder.string(), " holds no files"));
  std::ranges::sort(files, {}, [](const fs::path& path) { return path.generic_string(); });
  return files;
}

Result<uint64_t> next_release(HubClient& hub, const std::string& name) {
  const auto known = hub.call("GET", "/api/v1/packages");
  if (!known) return forward(known);
  int64_t newest = 0;
  const auto* packages = known->find("packages");
  if (packages != nullptr && packages->array() != nullptr)
    for (const auto& one : *packages->array())
      if (text_member(one, "name") == name) newest = std::max(newest, number_member(one, "release"));
  return static_cast<uint64_t>(newest + 1);
}

}  // namespace

Result<json::Value> publish_folder(HubClient& hub, const PublishOptions& options) {
  fs::path folder = fs::absolute(options.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  deployment::PackageIndex index;
  index.name = options.name.empty() ? folder.parent_path().filename().string() : options.name;
  index.version = options.version.empty() ? folder.filename().string() : options.version;
  index.hardware = options.hardware;
  const auto release = options.release ? Result<uint64_t>(*options.release) : next_release(hub, index.name);
  if (!release) return forward(release);
  index.release = *release;
  const auto found = files_of(folder);
  if (!found) return forward(found);
  files::RealDisk disk;
  // What 'oree model sign' wrote; stations look for the signature under one name.
  const bool has_own = std::ranges::find(*found, fs::path("model.sig")) != found->end();
  for (const auto& path : *found) {
    const auto bytes = disk.read(folder / path, kMostBytes);
    if (!bytes) return forward(bytes);
    const auto digest = crypto::sha256(*bytes);
    const auto put = hub.call("PUT", cat("/blobs/", deployment::digest_name(digest)),
                              std::string(as_text(*bytes)), "application/octet-stream");
    if (!put) return forward(put, path.string());
    const bool is_signature = path == "signature.json" && !has_own;
    index.files.push_back({is_signature ? "model.sig" : path.generic_string(), digest, bytes->size()});
  }
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
