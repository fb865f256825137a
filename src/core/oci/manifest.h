// Manifests and indexes of the OCI image specification 1.1, as far as artefacts use them. Values, pure.
// Limits: 4 MiB, 4,096 layers or entries; only sha256.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/oci/reference.h"

namespace oree::oci {

inline constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kEmptyType = "application/vnd.oci.empty.v1+json";  // the config "{}"
inline constexpr size_t kMaxManifest = 4u << 20;

using Annotations = std::vector<std::pair<std::string, std::string>>;

struct Descriptor {
  std::string media_type;
  crypto::Digest digest;
  uint64_t size = 0;
  std::string artifact_type;  // in an index; "" elsewhere
  Annotations annotations;

  std::string annotation(std::string_view key) const;  // "" when absent
};

struct Manifest {
  std::string artifact_type;  // "" when not said: then the config's media type stands for it
  Descriptor config;
  std::vector<Descriptor> layers;
  std::optional<Descriptor> subject;  // what this one is about
  Annotations annotations;
};

struct Index {
  std::vector<Descriptor> manifests;
};

std::string print(const Manifest& manifest);
std::string print(const Index& index);
Result<Manifest> parse_manifest(std::string_view text);
Result<Index> parse_index(std::string_view text);

}  // namespace oree::oci
