// oree model tpm-seal, tpm-policy, tpm-approve, tpm-counter.
#include "core/sealing/tpm/tpm.h"

#include <cstdio>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/sealing/key_file.h"
#include "core/sealing/tpm/counter.h"
#include "core/sealing/tpm/tpm_key.h"
#include "platform/files/files.h"

namespace oree::app {
namespace {

Status store(const Path& file, const sealing::TpmKeyFile& key) {
  files::RealDisk disk;
  return disk.write(file, as_bytes(sealing::print(key)));
}

Result<sealing::TpmKeyFile> load(const Path& file) {
  const auto text = read_text(file);
  if (!text) return forward(text);
  auto key = sealing::parse_tpm_key(*text);
  if (!key) return forward(key, file.string());
  return key;
}

}  // namespace

int run_tpm_seal(const TpmOptions& options) {
  std::error_code failed;
  if (std::filesystem::exists(options.file, failed))
    return print_error({ErrorKind::conflict, cat(options.file.string(), " exists already; name a new file")});
  const auto pcrs = sealing::parse_pcrs(options.pcrs);
  if (!pcrs) return print_error(pcrs.error());
  const auto key = sealing::read_key_file(options.key);
  if (!key) return print_error(key.error());
  std::string authority;
  if (!options.authority.empty()) {
    const auto pem = read_text(options.authority);
    if (!pem) return print_error(pem.error());
    authority = *pem;
  }
  auto tpm = sealing::Tpm::open(options.tcti);
  if (!tpm) return print_error(tpm.error());
  auto sealed = (*tpm)->seal(*key, *pcrs, authority);
  if (!sealed) return print_error(sealed.error());
  const sealing::TpmKeyFile file{sealing::key_id(*key), options.tcti, std::move(*sealed)};
  if (auto stored = store(options.file, file); !stored) return print_error(stored.error());
  std::printf("%s: key %s, which this box's TPM keeps; remove %s from this box\n", options.file.c_str(),
              file.id.c_str(), options.key.c_str());
  if (authority.empty())
    std::fprintf(
        stderr, "%s\n",
        paint("The key opens in this state of the firmware only: after an update of it, seal the key again. "
              "With --authority an approved update keeps it open.",
              Tone::unsure)
            .c_str());
  else
    std::printf("It opens once its authority has approved this state: 'oree model tpm-policy' names it\n");
  return 0;
}

int run_tpm_counter(const TpmOptions& options) {
  const auto index = sealing::parse_nv_index(options.index);
  if (!index) return print_error(index.error());
  const auto value = sealing::TpmCounter(*index, options.tcti).prepare();
  if (!value) return print_error(value.error());
  std::printf("floor: {nv: \"%s\", from: %llu}\n", options.index.c_str(),
              static_cast<unsigned long long>(*value));
  return 0;
}

int run_tpm_policy(const TpmOptions& options) {
  const auto pcrs = sealing::parse_pcrs(options.pcrs);
  if (!pcrs) return print_error(pcrs.error());
  auto tpm = sealing::Tpm::open(options.tcti);
  if (!tpm) return print_error(tpm.error());
  const auto policy = (*tpm)->policy_of(*pcrs);
  if (!policy) return print_error(policy.error());
  std::printf("%s\n", policy->hex().c_str());
  return 0;
}

int run_tpm_approve(const TpmOptions& options) {
  const auto policy = crypto::parse_digest(options.policy);
  if (!policy)
    return print_error({ErrorKind::invalid, cat("'", options.policy, "' is no policy in 64 hex digits")});
  const auto pem = read_text(options.key);
  if (!pem) return print_error(pem.error());
  const auto key = crypto::EcSigningKey::from_pem(*pem);
  if (!key) return print_error({key.error().kind, cat(options.key.string(), ": ", key.error().what)});
  auto file = load(options.file);
  if (!file) return print_error(file.error());
  if (file->sealed.authority != key->public_key().pem())
    return print_error({ErrorKind::denied, cat(options.key.string(), " is not the authority that ",
                                               options.file.string(), " names")});
  file->sealed.approvals.push_back(sealing::approve(*key, *policy));
  if (auto stored = store(options.file, *file); !stored) return print_error(stored.error());
  std::printf("%s: %zu states approved\n", options.file.c_str(), file->sealed.approvals.size());
  return 0;
}

}  // namespace oree::app
