// A private key in a file that only its owner can read (PKCS #8 PEM, mode 0600).
#pragma once

#include <filesystem>

#include "platform/crypto/signing.h"

namespace oree::crypto {

// Reads the key, or makes one where there is no file: written beside, synced, and then put in place, so that
// no half key is ever there. `denied` when others may read the file, `corrupt` when it holds no key.
Result<SigningKey> open_key(const std::filesystem::path& file);

}  // namespace oree::crypto
