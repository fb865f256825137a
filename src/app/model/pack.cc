// oree model pack: a model's folder becomes a package that says what is in it and where it comes from.
#include <cstdio>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
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

struct Packing {
  const PackOptions& options;
  fs::path out;
  package::Manifest manifest;

  Status gather();
  Status describe();
};

// Everything that belongs into the package, where it belongs.
Status Packing::gather() {
  if (out != options.folder) {
    if (auto made = make_empty(out); !made) return made;
    const fs::path own = manifest.model_file.lexically_relative(options.folder);
    if (auto copied = copy_files(options.folder, out, options.network.empty() ? fs::path() : own); !copied)
      return copied;
  }
  const fs::path network = out / manifest.model_file.lexically_relative(options.folder);
  if (!options.network.empty()) {
    if (auto copied = put_file(options.network, network); !copied) return copied;
  }
  manifest.model_file = network;
  if (!options.certificate.empty()) {
    if (auto copied = put_file(options.certificate, out / package::kCertificateFile); !copied) return copied;
  }
  if (options.golden.empty()) return {};
  return copy_files(options.golden, out / "golden", "");
}

Status Packing::describe() {
  const auto network = package::digest_of(manifest.model_file);
  if (!network) return forward(network);
  package::Provenance provenance;
  provenance.subjects = {{manifest.model_file.filename().string(), *network}};
  provenance.tool = tool_name();
  provenance.made = SystemClock().wall();
  for (const auto& [key, value] : manifest.provenance) provenance.notes.emplace_back(key, value);
  if (const fs::path certificate = out / package::kCertificateFile; fs::exists(certificate)) {
    if (auto taken = take_certificate(certificate, *network, provenance); !taken) return taken;
  }
  if (!options.source.empty()) {
    const auto source = package::digest_of(options.source);
    if (!source) return forward(source);
    provenance.source = package::Material{options.source.filename().string(), *source};
  }
  files::RealDisk disk;
  const std::string text = package::print(provenance);
  return disk.write(out / package::kProvenanceFile, as_bytes(text));
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
  Packing packing{options, options.out.empty() ? options.folder : options.out, {}};
  auto manifest = package::load_manifest(options.folder);
  if (!manifest) return print_error(manifest.error());
  const auto name = name_of(packing.out);
  if (!name) return print_error(name.error());
  packing.manifest = std::move(*manifest);
  if (packing.manifest.sealed)
    return print_error({ErrorKind::unsupported, cat(options.folder.string(),
                                                    " is sealed; pack the plain model, "
                                                    "then 'oree model encrypt' it")});
  if (auto done = packing.gather(); !done) return print_error(done.error());
  if (auto done = packing.describe(); !done) return print_error(done.error());
  if (auto done = write_package(packing.out, name->first, name->second, "packed"); !done)
    return print_error(done.error());
  std::error_code ignored;
  fs::remove(packing.out / package::kSignatureFile, ignored);  // of what it was before
  return print_packed(packing.out, options.json);
}

}  // namespace oree::app
