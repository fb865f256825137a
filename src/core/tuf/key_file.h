// Signing keys in files, for people: made with mode 0600, opened with a passphrase when they have one.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "platform/crypto/signing.h"

namespace oree::tuf {

// The file's first line; "" for no file.
Result<std::string> read_passphrase(const std::filesystem::path& file);
Result<crypto::SigningKey> load_key(const std::filesystem::path& file, std::string_view passphrase);
// What lies there, or a new one, encrypted when there is a passphrase. Never overwrites.
Result<crypto::SigningKey> load_or_make_key(const std::filesystem::path& file, std::string_view passphrase);
// The public half of a private key, or a public key as PEM or base64.
Result<crypto::PublicKey> load_public_key(const std::filesystem::path& file, std::string_view passphrase);

}  // namespace oree::tuf
