#include "core/oci/content_digest.h"

#include <algorithm>

#include "base/text.h"

namespace oree::oci {

std::optional<ContentDigest> parse_content_digest(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto algorithm = crypto::parse_hash_name(text.substr(0, colon));
  if (algorithm != crypto::HashAlgorithm::sha256 && algorithm != crypto::HashAlgorithm::sha512)
    return std::nullopt;
  const std::string_view hex = text.substr(colon + 1);
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hex.size() != 2 * crypto::hash_size(*algorithm) || !std::ranges::all_of(hex, is_hex))
    return std::nullopt;
  return ContentDigest{*algorithm, std::string(text)};
}

std::string content_digest(crypto::HashAlgorithm algorithm, ByteView bytes) {
  crypto::Hash hash(algorithm);
  hash.update(bytes);
  return cat(crypto::hash_name(algorithm), ":", to_hex(hash.finish()));
}

}  // namespace oree::oci
