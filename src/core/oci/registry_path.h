// What a path below /v2/ asks for, as the OCI distribution specification 1.1 has it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/crypto/crypto.h"

namespace oree::oci {

enum class RegistryThing { base, catalog, tags, manifest, blob, uploads, upload, referrers, unknown };

struct RegistryPath {
  RegistryThing thing = RegistryThing::unknown;
  std::string name;       // "plant/ducks"; "" when it is none that the specification allows
  std::string reference;  // a tag, a digest, an upload's id
  bool operator==(const RegistryPath&) const = default;
};

// `rest` is what follows "/v2/".
RegistryPath parse_registry_path(std::string_view rest);

bool is_repository_name(std::string_view text);
bool is_tag_name(std::string_view text);

// Every "tag" of a raw query, decoded, in order; `most` + 1 of them at most.
std::vector<std::string> tags_of_query(std::string_view query, size_t most);

// "0-99", and "bytes=0-99" as some clients say it.
struct ContentRange {
  uint64_t first = 0, last = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace oree::oci
