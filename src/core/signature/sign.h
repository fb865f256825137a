// Signs a model's folder, as OpenSSF Model Signing v1.0 has it. The reference tool verifies what this writes.
//
//   const auto bundle = sign("models/ducks/3", key, {}, {.ignore_paths = {"signature.json"}});
//
// Reads every file once; no network. Not for folders that change meanwhile: `corrupt` when one does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/signature/statement.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/ecdsa.h"

namespace oree::signature {

// What version control leaves at the root of a folder. The reference tool leaves it out unless told
// otherwise.
extern const std::vector<std::string> kVersionControl;

// Every file with its digest; not signed.
Result<Statement> describe(const std::filesystem::path& folder, const Serialization& how);

// The bundle's text. `chain`: the certificate of `key` first, then who vouches for it; empty to sign with the
// bare key. `invalid` when the certificate is another key's or may not sign.
Result<std::string> sign(const std::filesystem::path& folder, const crypto::EcSigningKey& key,
                         const std::vector<crypto::Certificate>& chain, const Serialization& how);

}  // namespace oree::signature
