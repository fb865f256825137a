// What a registry calls content: "sha256:HEX" or "sha512:HEX", the two algorithms that the OCI image
// specification registers. Here for whoever is a registry; our own client knows SHA-256 only. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/crypto/hash.h"

namespace oree::oci {

struct ContentDigest {
  crypto::HashAlgorithm algorithm = crypto::HashAlgorithm::sha256;
  std::string text;  // as it was written
  bool operator==(const ContentDigest&) const = default;
};

inline constexpr std::string_view kDigestForms = "sha256:HEX or sha512:HEX, in small letters";

std::optional<ContentDigest> parse_content_digest(std::string_view text);
std::string content_digest(crypto::HashAlgorithm algorithm, ByteView bytes);

}  // namespace oree::oci
