// oree model push, pull.
#include "app/model/registry.h"

#include <cstdio>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/oci/artefact.h"
#include "core/oci/modelpack.h"
#include "core/package/provenance.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSignature = 96u << 20;

// "onnx", whether sealed or not.
std::string format_of(const package::PackageFile& package) {
  for (const auto& file : package.files) {
    if (file.role != package::Role::weights) continue;
    fs::path path = file.path;
    if (path.extension() == ".sealed") path.replace_extension();
    return path.extension().string().erase(0, 1);
  }
  return "";
}

Result<oci::Content> content_of(const fs::path& folder, const package::PackageFile& package) {
  oci::Content out{.folder = folder, .artifact_type = std::string(oci::kModelType)};
  oci::ModelConfig config{.name = package.name,
                          .version = package.version,
                          .format = format_of(package),
                          .created = package.packed};
  if (const auto text = read_text(folder / package::kProvenanceFile)) {
    const auto provenance = package::parse_provenance(*text);
    if (provenance) config.quantization = provenance->recipe;
  }
  for (const auto& file : package.files) {
    oci::Layer layer{file.path, oci::layer_type(package::role_name(file.role)), {}};
    if (file.path.ends_with(".sealed")) layer.annotations.emplace_back("oree.sealed", "true");
    config.layers.push_back(file.digest);
    out.layers.push_back(std::move(layer));
  }
  const auto own = package::digest_of(folder / package::kPackageFile);
  if (!own) return forward(own);
  config.layers.push_back(*own);
  out.layers.push_back({std::string(package::kPackageFile), oci::layer_type("config"), {}});
  out.config_type = std::string(oci::kModelConfigType);
  out.config = oci::print(config);
  out.annotations = {{"org.opencontainers.image.created", iso_text(package.packed)},
                     {"org.opencontainers.image.title", package.name},
                     {"org.opencontainers.image.version", package.version}};
  return out;
}

struct Attachment {
  std::string_view file, type, what;
};

// What others say about the package, beside it.
Result<std::vector<std::string>> attach_all(oci::Registry& registry, const oci::Reference& to,
                                            const oci::Descriptor& manifest, const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& [file, type, what] :
       {Attachment{package::kSignatureFile, oci::kSignatureType, "signature"},
        Attachment{package::kCertificateFile, oci::kCertificateType, "certificate"},
        Attachment{package::kProvenanceFile, oci::kProvenanceType, "provenance"}}) {
    const auto text = read_text(folder / file);
    if (!text && text.error().kind == ErrorKind::not_found) continue;
    if (!text) return forward(text);
    const auto attached = oci::attach_text(registry, to.name, manifest, type, *text, {});
    if (!attached) return forward(attached, what);
    out.emplace_back(what);
  }
  return out;
}

// The signature that the folder shall keep: one that holds, when somebody must have signed; else the newest.
Result<std::string> choose_signature(const std::vector<std::string>& found, const fs::path& folder,
                                     const RegistryWords& options, std::string& signer) {
  if (options.trust.empty()) return found.empty() ? "" : found.back();
  const auto trust = load_trust(options.trust);
  if (!trust) return forward(trust);
  Error last{ErrorKind::denied, cat(options.reference, ": nobody has signed it")};
  for (const std::string& bundle : found) {
    const auto verdict = signature::verify(folder, bundle, *trust, {});
    if (verdict) {
      signer = verdict->signer;
      return bundle;
    }
    last = verdict.error();
  }
  return std::unexpected(last);
}

struct Arrived {
  oci::Descriptor manifest;
  std::string signer;  // "" when nobody had to
};

// Everything in a folder beside; it gets its name only when all of it holds.
Result<Arrived> receive(oci::Registry& registry, const oci::Reference& from, const RegistryWords& options) {
  auto folder = NewFolder::begin(options.folder);
  if (!folder) return forward(folder);
  const fs::path& beside = folder->beside();
  const auto pulled = oci::pull_folder(registry, from, beside);
  if (!pulled) return forward(pulled);
  const auto package = load_package(beside);
  if (!package) return forward(package);
  const auto name = name_of(options.folder);
  if (!name) return forward(name);
  if (package->name != name->first || package->version != name->second)  // a tag says what it likes
    return fail(ErrorKind::conflict, cat(options.reference, " is ", package->name, " version ",
                                         package->version, "; pull it into a folder ", package->name, "/",
                                         package->version, ", not ", options.folder.string()));
  if (const auto checked = package::check_package(beside, *package); !checked) return forward(checked);
  const auto found =
      oci::attached_texts(registry, from.name, pulled->manifest, oci::kSignatureType, kMaxSignature);
  if (!found) return forward(found);
  Arrived out{pulled->manifest, ""};
  const auto signature = choose_signature(*found, beside, options, out.signer);
  if (!signature) return forward(signature);
  files::RealDisk disk;
  if (!signature->empty()) {
    if (const auto kept = disk.write(beside / package::kSignatureFile, as_bytes(*signature)); !kept)
      return forward(kept);
  }
  if (const auto kept = folder->keep(); !kept) return forward(kept);
  return out;
}

}  // namespace

Result<std::unique_ptr<oci::Registry>> open_registry(const RegistryWords& options,
                                                     const oci::Reference& reference) {
  oci::Credentials credentials;
  if (!options.credentials.empty()) {
    const auto text = read_text(options.credentials);
    if (!text) return forward(text);
    auto parsed = oci::parse_credentials(*text);
    if (!parsed) return forward(parsed, options.credentials.string());
    credentials = std::move(*parsed);
  }
  return std::make_unique<oci::Registry>(reference.registry, std::move(credentials),
                                         oci::RegistryOptions{.ca_file = options.ca});
}

int run_push(const RegistryWords& options) {
  const auto to = oci::parse_reference(options.reference);
  if (!to) return print_error(to.error());
  const auto package = load_package(options.folder);
  if (!package) return print_error(package.error());
  if (auto checked = package::check_package(options.folder, *package); !checked)
    return print_error(checked.error(), "pack it again: 'oree model pack'");
  auto content = content_of(options.folder, *package);
  if (!content) return print_error(content.error());
  content->mount_from = options.from;
  auto registry = open_registry(options, *to);
  if (!registry) return print_error(registry.error());
  const auto pushed = oci::push_folder(**registry, *to, *content);
  if (!pushed) return print_error(pushed.error());
  const auto attached = attach_all(**registry, *to, pushed->manifest, options.folder);
  if (!attached) return print_error(attached.error());
  const std::string digest = oci::digest_text(pushed->manifest.digest);
  if (auto noted = note(options.folder, "pushed", cat(to->text(), " ", digest)); !noted)
    return print_error(noted.error());
  if (options.json) {
    json::Array beside;
    for (const auto& one : *attached) beside.push_back(one);
    std::printf("%s\n", json::print(json::Object{{"reference", to->text()},
                                                 {"digest", digest},
                                                 {"attached", std::move(beside)}})
                            .c_str());
    return 0;
  }
  std::printf("%s\n%s\n", to->text().c_str(), digest.c_str());
  if (!attached->empty()) std::printf("attached: %s\n", join(*attached, ", ").c_str());
  return 0;
}

int run_pull(const RegistryWords& options) {
  const auto from = oci::parse_reference(options.reference);
  if (!from) return print_error(from.error());
  if (const auto name = name_of(options.folder); !name) return print_error(name.error());
  auto registry = open_registry(options, *from);
  if (!registry) return print_error(registry.error());
  const auto arrived = receive(**registry, *from, options);
  if (!arrived) return print_error(arrived.error());
  const std::string digest = oci::digest_text(arrived->manifest.digest);
  if (auto noted = note(options.folder, "pulled", cat(from->text(), " ", digest)); !noted)
    return print_error(noted.error());
  if (options.json) {
    std::printf("%s\n",
                json::print(json::Object{
                                {"reference", from->text()}, {"digest", digest}, {"signer", arrived->signer}})
                    .c_str());
    return 0;
  }
  std::printf("%s: %s\n", options.folder.c_str(), digest.c_str());
  if (!arrived->signer.empty()) {
    std::printf("signed by %s\n", arrived->signer.c_str());
  } else {
    std::printf("%s\n",
                paint("nobody was asked who signed it: --trust names whom to believe", Tone::unsure).c_str());
  }
  return 0;
}

}  // namespace oree::app
