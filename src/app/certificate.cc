// oree certificate: a site's own authority, and certificates under it for stations, hubs and their clients.
#include "app/certificate.h"

#include <sys/stat.h>

#include <cstdio>

#include "app/terminal.h"
#include "base/text.h"
#include "platform/crypto/issuing.h"
#include "platform/files/files.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxPem = 64 << 10;

// The key first: a certificate without its key would look like one that can be used.
Status keep(files::Disk& disk, const fs::path& folder, const std::string& name,
            const crypto::Identity& identity) {
  const fs::path certificate = folder / (name + ".pem");
  const fs::path key = folder / (name + ".key");
  for (const auto& file : {certificate, key}) {
    if (fs::exists(file)) {
      return fail(ErrorKind::conflict, cat(file.string(), " is there already; move it away first"));
    }
  }
  const mode_t before = ::umask(0077);
  Status kept = disk.write(key, as_bytes(identity.key_pem));
  ::umask(before);
  if (kept) kept = disk.write(certificate, as_bytes(identity.certificate_pem));
  if (!kept) return kept;
  std::printf("%s\n%s\n", certificate.c_str(), key.c_str());
  return {};
}

Result<crypto::Identity> read_authority(files::Disk& disk, const fs::path& folder) {
  const auto certificate = disk.read(folder / "authority.pem", kMaxPem);
  if (!certificate) {
    return forward(certificate, "make one first with 'oree certificate authority --out FOLDER'");
  }
  const auto key = disk.read(folder / "authority.key", kMaxPem);
  if (!key) return forward(key);
  return crypto::Identity{std::string(as_text(*certificate)), std::string(as_text(*key))};
}

Status make(const CertificateOptions& options) {
  files::RealDisk disk;
  if (auto folder = disk.make_folder(options.out); !folder) return folder;
  const WallTime now = SystemClock().wall();
  if (options.role == "authority") {
    const std::string name = options.names.empty() ? "Site authority" : options.names.front();
    const auto made = crypto::make_authority(name, options.days.value_or(3650), now);
    return made ? keep(disk, options.out, "authority", *made) : forward(made);
  }
  if (options.names.empty()) {
    return fail(ErrorKind::invalid,
                cat("for whom? 'oree certificate ", options.role, " NAME…': a host name, address or URI"));
  }
  const auto authority = read_authority(disk, options.authority);
  if (!authority) return forward(authority);
  const std::string& first = options.names.front();
  if (first.find('/') != std::string::npos) {
    return fail(ErrorKind::invalid, cat("'", first, "' names the files too: give a name without '/' first"));
  }
  const auto issued =
      crypto::issue(*authority,
                    {.common_name = first,
                     .names = options.names,
                     .role = options.role == "server" ? crypto::Role::server : crypto::Role::client,
                     .days = options.days.value_or(825)},
                    now);
  return issued ? keep(disk, options.out, first, *issued) : forward(issued);
}

}  // namespace

int run_certificate(const CertificateOptions& options) {
  const auto made = make(options);
  return made ? 0 : print_error(made.error());
}

}  // namespace oree::app
