// A key-encryption key that this box's TPM keeps: the file holds what only that TPM can open, in the state it
// was sealed for or one that its authority approves. JSON, {"oree_tpm_key": 1, …}; docs/formats/sealed.md.
#pragma once

#include "core/sealing/key_source.h"
#include "core/sealing/tpm/tpm.h"

namespace oree::sealing {

struct TpmKeyFile {
  std::string id;    // key_id() of what is inside
  std::string tcti;  // the TPM to ask; "" = tpm2-tss's own choice
  TpmSealed sealed;
};

std::string print(const TpmKeyFile& file);
Result<TpmKeyFile> parse_tpm_key(std::string_view text);  // `invalid` with the member; 256 KiB

class TpmKey final : public KeySource {
 public:
  explicit TpmKey(TpmKeyFile file) : file_(std::move(file)) {}
  std::string id() const override { return file_.id; }
  std::string weakness() const override { return ""; }
  // Asks the TPM each time, and lets go of it.
  Result<crypto::SecretKey> key() override;

 private:
  const TpmKeyFile file_;
};

}  // namespace oree::sealing
