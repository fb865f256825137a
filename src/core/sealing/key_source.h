// Where the key comes from that opens sealed models: the key-encryption key (KEK), which wraps each file's
// own data key. Implementations: key_file.h (weak: whoever copies the file has the key), tpm/tpm_key.h (the
// key leaves this box's TPM only while its firmware is what it was).
//
// Thread-safe unless said otherwise. Keys are wiped when they go.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/crypto/cipher.h"

namespace oree::sealing {

class KeySource {
 public:
  virtual ~KeySource() = default;
  // Names the key in sealed files without telling it: key_id() below.
  virtual std::string id() const = 0;
  // "" when the key is held by hardware; else a sentence that says what is weak about it. It belongs in the
  // log.
  virtual std::string weakness() const = 0;
  // `denied` when this box may not have it (another TPM, another firmware), `unavailable` without a TPM.
  virtual Result<crypto::SecretKey> key() = 0;
};

// 16 hex digits of HMAC-SHA-256 with the key itself.
std::string key_id(const crypto::SecretKey& key);

// A key file or a TPM's sealed key, told apart by what the file says. `not_found`, `invalid`, `denied` for a
// key file that others may read. `tcti`: the TPM to ask, as tpm2-tss writes it; "" = the one the file names,
// else the box's own.
Result<std::unique_ptr<KeySource>> open_key_source(const std::filesystem::path& file,
                                                   const std::string& tcti = "");

}  // namespace oree::sealing
