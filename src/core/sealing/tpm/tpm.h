// This box's TPM 2.0, as far as keys that it keeps need it (TCG TPM 2.0 library, part 3). Over tpm2-tss.
//
// A key is sealed under a storage key of the owner hierarchy, for a state of the platform: the PCRs named (of
// the SHA-256 bank) as they were, or any state that an authority approves by signing its policy digest, so
// that a firmware update does not lock the models in. Secrets travel to and from the TPM in encrypted
// sessions. Every object is flushed when its call ends: there may be no resource manager.
//
// One thread at a time. Errors: `denied` (another box's TPM, another state, no approval), `unavailable`,
// `busy`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/sealing/key_source.h"
#include "platform/crypto/ecdsa.h"

namespace oree::sealing {

struct Approval {
  crypto::Digest policy;  // of the state that is approved
  ByteBuffer signature;   // by the authority, ECDSA P-256 over the digest
};

// A key that only one TPM opens; worthless to everybody else.
struct TpmSealed {
  ByteBuffer public_part, private_part;
  std::vector<int> pcrs;
  std::string authority;  // PEM; "" = for one state only
  std::vector<Approval> approvals;
};

class Tpm {
 public:
  // `tcti` as tpm2-tss writes it: "device:/dev/tpmrm0", "swtpm:path=/run/swtpm.sock"; "" = its own choice.
  static Result<std::unique_ptr<Tpm>> open(const std::string& tcti);
  virtual ~Tpm() = default;

  // For the state as it is, or, with an authority on P-256, for each state that it will approve.
  virtual Result<TpmSealed> seal(const crypto::SecretKey& key, const std::vector<int>& pcrs,
                                 const std::string& authority) = 0;
  virtual Result<crypto::SecretKey> unseal(const TpmSealed& sealed) = 0;
  // What an authority signs to approve of the state this box is in.
  virtual Result<crypto::Digest> policy_of(const std::vector<int>& pcrs) = 0;
};

// The authority's part, where its key is: no TPM needed.
Approval approve(const crypto::EcSigningKey& authority, const crypto::Digest& policy);

// "7" or "0,2,7": `invalid` unless each is from 0 to 23 and there is one at least.
Result<std::vector<int>> parse_pcrs(std::string_view text);

}  // namespace oree::sealing
