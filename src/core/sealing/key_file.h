// A key-encryption key in a plain file: "oree-key-1 <id> <base64>". Weaker than a TPM, and says so: whoever
// can copy the disk can read the models. For boxes without a TPM, for tests, and for the vault that keys come
// from.
#pragma once

#include "core/sealing/key_source.h"

namespace oree::sealing {

// Writes a new random key, readable by its owner only; `conflict` when the file exists. Its id.
Result<std::string> make_key_file(const std::filesystem::path& file);

// `denied` when the group or others may read the file: chmod 600.
Result<crypto::SecretKey> read_key_file(const std::filesystem::path& file);

class KeyFile final : public KeySource {
 public:
  static Result<std::unique_ptr<KeyFile>> open(const std::filesystem::path& file);
  KeyFile(crypto::SecretKey key, std::string where) : key_(std::move(key)), where_(std::move(where)) {}
  std::string id() const override { return key_id(key_); }
  std::string weakness() const override;
  Result<crypto::SecretKey> key() override { return key_.copy(); }

 private:
  crypto::SecretKey key_;
  std::string where_;
};

}  // namespace oree::sealing
