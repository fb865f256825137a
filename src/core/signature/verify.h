// Is this folder the model that somebody we trust has signed? OpenSSF Model Signing v1.0; the reference
// tool's signatures verify here.
//
//   Trust trust;
//   trust.keys.push_back(*crypto::EcPublicKey::from_pem(pem));
//   const auto verdict = verify("models/ducks/3", bundle_text, trust, {.unsigned_paths =
//   {"signature.json"}});
//
// No socket, no clock: a chain must have been valid when its signer's certificate began. Files are read once,
// in pieces. What is verified is what was read: whoever lets others write into the folder verifies again.
// Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature/statement.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/ecdsa.h"

namespace oree::signature {

// Whose signatures count; either is enough.
struct Trust {
  std::vector<crypto::EcPublicKey> keys;
  std::vector<crypto::Certificate> roots;
};
// Keys and certificates from one PEM text, mixed as they come. `invalid` when it holds neither.
Result<Trust> parse_trust(std::string_view pem);

struct Signed {
  std::string signer;  // "key 11a44e87…" or the certificate's "CN=release,O=Plant"
  Statement statement;
};

struct VerifyOptions {
  std::vector<std::string>
      unsigned_paths;           // may be there unsigned: the signature itself; signed, they must fit
  bool allow_unsigned = false;  // any file may be there; those that were signed must fit
};

// The signature alone: who says what. `denied` when nobody trusted signed it; `invalid` when it is none.
Result<Signed> read_signed(std::string_view bundle, const Trust& trust);

// The folder against what was signed. `corrupt` with up to five files that were changed, are missing, or were
// never signed.
Status check_folder(const std::filesystem::path& folder, const Statement& statement,
                    const VerifyOptions& options);

// One of its files, for whoever needs no other. `not_found` when nobody signed it.
Status check_file(const std::filesystem::path& folder, const Statement& statement, std::string_view path);

// Both.
Result<Signed> verify(const std::filesystem::path& folder, std::string_view bundle, const Trust& trust,
                      const VerifyOptions& options);

}  // namespace oree::signature
