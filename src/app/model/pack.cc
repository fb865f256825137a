// oree model pack: a model's folder becomes a package that says what is in it and where it comes from.
#include <cstdio>
#include <set>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/graph/file.h"
#include "core/package/manifest.h"
#include "core/package/provenance.h"
#include "platform/files/files.h"
#include "platform/json/value.h"
#include "services/certification/certificate.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

std::string text_at(const json::Value* object, std::string_view key) {
  const json::Value* found = object == nullptr ? nullptr : object->find(key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

std::optional<package::Material> material_at(const json::Value& certificate, std::string_view key) {
  const json::Value* found = certificate.find(key);
  const auto digest = crypto::parse_digest(text_at(found, key == "data" ? "digest" : "sha256"));
  if (!digest) return std::nullopt;
  const std::string name = text_at(found, key == "data" ? "folder" : "file");
  return package::Material{fs::path(name).filename().string(), *digest};
}

// The certificate's own words; `conflict` when it is another network's.
Status take_certificate(const fs::path& file, const crypto::Digest& network, package::Provenance& out) {
  const auto text = read_text(file);
  if (!text) return forward(text);
  const auto certificate = certification::verify(*text);
  if (!certificate) return forward(certificate, file.string());
  const auto model = material_at(*certificate, "model");
  if (!model || model->digest != network) {
    return fail(ErrorKind::conflict, cat(file.string(), " certifies the network ",
                                         model ? model->digest.hex() : "?", ", not ", network.hex()));
  }
  out.source = material_at(*certificate, "source");
  out.data = material_at(*certificate, "data");
  out.recipe = text_at(&*certificate, "recipe");
  out.target = text_at(&*certificate, "target");
  out.runtime = text_at(&*certificate, "runtime");
  return {};
}

// The files that a network keeps weights in. An error when it is no network, or they are not all there.
Result<std::set<std::string>> weights_beside(const fs::path& network) {
  if (const auto whole = graph::load(network); !whole) return forward(whole);
  auto model = graph::load(network, {.limits = {}, .external_data = false});
  if (!model) return forward(model);
  std::set<std::string> out;
  const auto seen = graph::for_each_tensor(*model, [&](graph::Tensor& tensor) -> Status {
    if (!tensor.external.empty()) out.insert(tensor.external.location);
    return {};
  });
  if (!seen) return forward(seen);
  return out;
}

// What is packed, and what is known of it before anything is written.
struct Packing {
  const PackOptions& options;
  package::Manifest manifest;
  std::set<std::string> weights;  // that --network keeps in files beside it

  fs::path network() const { return options.network.empty() ? manifest.model_file : options.network; }
  Result<package::Provenance> describe() const;
  Status gather(const fs::path& out) const;
};

Result<package::Provenance> Packing::describe() const {
  const auto digest = package::digest_of(network());
  if (!digest) return forward(digest);
  package::Provenance provenance;
  provenance.subjects = {{manifest.model_file.filename().string(), *digest}};
  provenance.tool = tool_name();
  provenance.made = SystemClock().wall();
  for (const auto& [key, value] : manifest.provenance) provenance.notes.emplace_back(key, value);
  const fs::path own = options.folder / package::kCertificateFile;
  if (const auto& file = options.certificate.empty() ? own : options.certificate;
      file != own || fs::exists(own)) {
    if (auto taken = take_certificate(file, *digest, provenance); !taken) return forward(taken);
  }
  if (!options.source.empty()) {
    const auto source = package::digest_of(options.source);
    if (!source) return forward(source);
    provenance.source = package::Material{options.source.filename().string(), *source};
  }
  if (std::error_code failed; !options.golden.empty() && !fs::is_directory(options.golden, failed))
    return fail(ErrorKind::not_found, cat("--golden ", options.golden.string(), ": there is no such folder"));
  return provenance;
}

// Everything that belongs into the package, where it belongs.
Status Packing::gather(const fs::path& out) const {
  const fs::path own = manifest.model_file.lexically_relative(options.folder);
  if (out != options.folder) {
    if (auto copied = copy_files(options.folder, out, options.network.empty() ? fs::path() : own); !copied)
      return copied;
  }
  if (!options.network.empty()) {
    if (auto copied = put_file(options.network, out / own); !copied) return copied;
    for (const auto& file : weights) {
      if (auto copied = put_file(options.network.parent_path() / file, out / own.parent_path() / file);
          !copied)
        return copied;
    }
  }
  if (!options.certificate.empty()) {
    if (auto copied = put_file(options.certificate, out / package::kCertificateFile); !copied) return copied;
  }
  return options.golden.empty() ? Status() : copy_files(options.golden, out / "golden", "");
}

Status write(const Packing& packing, const package::Provenance& provenance, const fs::path& out,
             const std::pair<std::string, std::string>& name) {
  if (auto done = packing.gather(out); !done) return done;
  files::RealDisk disk;
  const std::string text = package::print(provenance);
  if (auto done = disk.write(out / package::kProvenanceFile, as_bytes(text)); !done) return done;
  if (auto done = write_package(out, name.first, name.second, "packed"); !done) return done;
  std::error_code ignored;
  fs::remove(out / package::kSignatureFile, ignored);  // of what it was before
  return {};
}

Status write_new(const Packing& packing, const package::Provenance& provenance, const fs::path& out,
                 const std::pair<std::string, std::string>& name) {
  auto folder = NewFolder::begin(out);
  if (!folder) return forward(folder);
  if (auto done = write(packing, provenance, folder->beside(), name); !done) return done;
  return folder->keep();
}

int print_packed(const fs::path& folder, bool as_json) {
  const auto package = load_package(folder);
  if (!package) return print_error(package.error());
  if (as_json) {
    std::printf("%s", package::print(*package).c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& file : package->files)
    rows.push_back({file.path, std::string(package::role_name(file.role)), size_text(file.bytes),
                    file.digest.hex().substr(0, 16)});
  print_table({"file", "role", "size", "sha256"}, rows);
  std::printf("%s\n", paint(cat(folder.string(), ": ", package->name, " version ", package->version,
                                ", packed; 'oree model sign' signs it"),
                            Tone::accent)
                          .c_str());
  return 0;
}

}  // namespace

int run_pack(const PackOptions& options) {
  auto manifest = package::load_manifest(options.folder);
  if (!manifest) return print_error(manifest.error());
  const fs::path out = options.out.empty() ? options.folder : options.out;
  const auto name = name_of(out);
  if (!name) return print_error(name.error());
  if (manifest->sealed)
    return print_error({ErrorKind::unsupported, cat(options.folder.string(),
                                                    " is sealed; pack the plain model, "
                                                    "then 'oree model encrypt' it")});
  auto weights = weights_beside(options.network.empty() ? manifest->model_file : options.network);
  if (!weights) return print_error(weights.error());
  const Packing packing{options, *std::move(manifest), *std::move(weights)};
  const auto provenance = packing.describe();
  if (!provenance) return print_error(provenance.error());
  const auto done = out == options.folder ? write(packing, *provenance, out, *name)
                                          : write_new(packing, *provenance, out, *name);
  return done ? print_packed(out, options.json) : print_error(done.error());
}

}  // namespace oree::app
