#include "core/sealing/key_source.h"

#include "base/text.h"
#include "core/sealing/key_file.h"
#include "core/sealing/tpm/tpm_key.h"
#include "platform/files/files.h"

namespace oree::sealing {

Result<std::unique_ptr<KeySource>> open_key_source(const std::filesystem::path& file,
                                                   const std::string& tcti) {
  files::RealDisk disk;
  auto bytes = disk.read(file, 256u << 10);
  if (!bytes) return forward(bytes);
  const bool is_tpm = trim(as_text(*bytes)).starts_with('{');
  if (!is_tpm) {
    crypto::wipe(*bytes);
    auto key = KeyFile::open(file);
    if (!key) return forward(key);
    return std::move(*key);
  }
  auto parsed = parse_tpm_key(as_text(*bytes));
  if (!parsed) return forward(parsed, file.string());
  if (!tcti.empty()) parsed->tcti = tcti;
  return std::make_unique<TpmKey>(std::move(*parsed));
}

}  // namespace oree::sealing
