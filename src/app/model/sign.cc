// oree model keygen, sign, verify.
#include "core/signature/sign.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/sealing/key_file.h"
#include "core/signature/verify.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

fs::path signature_of(const fs::path& folder, const fs::path& given) {
  if (!given.empty()) return given;
  std::error_code ignored;
  return fs::is_regular_file(folder, ignored) ? fs::path(folder) += ".sig" : folder / package::kSignatureFile;
}

// Where a file lies below a folder; "" when it lies elsewhere.
std::string below(const fs::path& folder, const fs::path& file) {
  std::error_code failed;
  const fs::path path =
      fs::weakly_canonical(file, failed).lexically_relative(fs::weakly_canonical(folder, failed));
  return path.empty() || path.native().starts_with("..") ? "" : path.generic_string();
}

Result<signature::Serialization> serialization_of(const SignOptions& options, const fs::path& signature) {
  signature::Serialization how;
  how.method = options.method == "shards" ? signature::Method::shards : signature::Method::files;
  how.hash = crypto::parse_hash_name(options.hash).value_or(crypto::HashAlgorithm::sha256);
  how.shard_size = options.shard_size;
  how.allow_symlinks = options.allow_symlinks;
  how.ignore_paths = signature::kVersionControl;
  how.ignore_paths.insert(how.ignore_paths.end(), options.ignore.begin(), options.ignore.end());
  how.ignore_paths.emplace_back(package::kHistoryFile);
  if (const std::string own = below(options.folder, signature); !own.empty()) how.ignore_paths.push_back(own);
  return how;
}

Result<std::vector<crypto::Certificate>> chain_of(const fs::path& file) {
  if (file.empty()) return std::vector<crypto::Certificate>{};
  const auto text = read_text(file);
  if (!text) return forward(text);
  auto chain = crypto::Certificate::from_pem(*text);
  if (!chain) return forward(chain, file.string());
  return chain;
}

// Readable by its owner only, and never over another.
Status write_secret(const fs::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(
        errno == EEXIST   ? ErrorKind::conflict
        : errno == ENOENT ? ErrorKind::not_found
                          : ErrorKind::denied,
        cat(file.string(), ": ", errno == EEXIST ? "exists already; name a new file" : std::strerror(errno)));
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (whole && synced) return {};
  return fail(ErrorKind::full, cat(file.string(), ": could not be written"));
}

int make_signing_key(const KeyOptions& options) {
  const auto curve = options.curve == "P-256"   ? crypto::Curve::p256
                     : options.curve == "P-384" ? crypto::Curve::p384
                                                : crypto::Curve::p521;
  const auto key = crypto::EcSigningKey::generate(curve);
  if (auto written = write_secret(options.file, key.pem()); !written) return print_error(written.error());
  files::RealDisk disk;
  const fs::path half = fs::path(options.file) += ".pub";
  if (auto written = disk.write(half, as_bytes(key.public_key().pem())); !written)
    return print_error(written.error());
  std::printf("%s signs; %s is whom to trust: key %s\n", options.file.c_str(), half.c_str(),
              key.public_key().fingerprint().hex().c_str());
  return 0;
}

// A package is signed as it says it is, or not at all.
Status check_before(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / package::kPackageFile, ignored)) return {};  // any folder may be signed
  const auto package = load_package(folder);
  if (!package) return forward(package);
  return package::check_package(folder, *package);
}

json::Value verdict_json(const signature::Signed& verdict) {
  return json::Object{{"verified", true},
                      {"signer", verdict.signer},
                      {"name", verdict.statement.name},
                      {"digest", verdict.statement.root.hex()},
                      {"resources", static_cast<int64_t>(verdict.statement.resources.size())}};
}

}  // namespace

int run_keygen(const KeyOptions& options) {
  if (options.kind == "signing") return make_signing_key(options);
  const auto id = sealing::make_key_file(options.file);
  if (!id) return print_error(id.error());
  std::printf("%s: key %s, which opens what is sealed for it\n", options.file.c_str(), id->c_str());
  std::fprintf(
      stderr, "%s\n",
      paint("This key is a plain file: whoever copies it can read every model sealed for it. On a station "
            "with a TPM, seal it to the TPM and remove the file.",
            Tone::unsure)
          .c_str());
  return 0;
}

int run_sign(const SignOptions& options) {
  const fs::path file = signature_of(options.folder, options.signature);
  const auto pem = read_text(options.key);
  if (!pem) return print_error(pem.error());
  const auto key = crypto::EcSigningKey::from_pem(*pem);
  if (!key) return print_error({key.error().kind, cat(options.key.string(), ": ", key.error().what)});
  const auto chain = chain_of(options.chain);
  if (!chain) return print_error(chain.error());
  const auto how = serialization_of(options, file);
  if (!how) return print_error(how.error());
  if (auto checked = check_before(options.folder); !checked)
    return print_error(checked.error(), "pack it again: 'oree model pack'");
  const auto bundle = signature::sign(options.folder, *key, *chain, *how);
  if (!bundle) return print_error(bundle.error());
  files::RealDisk disk;
  if (auto written = disk.write(file, as_bytes(*bundle)); !written) return print_error(written.error());
  const std::string signer =
      chain->empty() ? cat("key ", key->public_key().fingerprint().hex()) : chain->front().subject();
  if (std::error_code none; fs::exists(options.folder / package::kPackageFile, none)) {
    if (auto noted = note(options.folder, "signed", signer); !noted) return print_error(noted.error());
  }
  std::printf("%s: signed by %s\n", file.c_str(), signer.c_str());
  return 0;
}

int run_verify_model(const VerifyOptions& options) {
  const auto trust = load_trust(options.trust);
  if (!trust) return print_error(trust.error());
  const fs::path file = signature_of(options.folder, options.signature);
  const auto bundle = read_text(file);
  if (!bundle) return print_error(bundle.error());
  signature::VerifyOptions how{.unsigned_paths = options.ignore, .allow_unsigned = options.allow_unsigned};
  how.unsigned_paths.emplace_back(package::kHistoryFile);
  if (const std::string own = below(options.folder, file); !own.empty()) how.unsigned_paths.push_back(own);
  const auto verdict = signature::verify(options.folder, *bundle, *trust, how);
  if (!verdict && verdict.error().kind == ErrorKind::corrupt)
    return print_error(verdict.error());  // names the files
  if (!verdict) return print_error({verdict.error().kind, cat(file.string(), ": ", verdict.error().what)});
  if (options.json) {
    std::printf("%s\n", json::print(verdict_json(*verdict)).c_str());
    return 0;
  }
  std::printf("%s: as %s signed it, %zu files, sha256 %s\n", options.folder.c_str(), verdict->signer.c_str(),
              verdict->statement.resources.size(), verdict->statement.root.hex().c_str());
  return 0;
}

}  // namespace oree::app
