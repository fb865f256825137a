// A folder as an artefact of a registry, and back: one layer for each file, under its path.
//
//   const auto pushed = push_folder(registry, *reference, content);
//   const auto pulled = pull_folder(registry, *reference, "models/ducks/3");
//
// pull_folder() writes into a folder beside, which takes its name only when every file is there with its
// digest; what was fetched stays for the next try. Paths that would leave the folder are refused.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/oci/registry.h"

namespace oree::oci {

inline constexpr std::string_view kFilePath = "org.cncf.model.filepath";      // ModelPack's annotation
inline constexpr std::string_view kTitle = "org.opencontainers.image.title";  // what other clients look for

struct Layer {
  std::string path;  // below the folder
  std::string media_type;
  Annotations annotations;  // beside the path's own
};

struct Content {
  std::filesystem::path folder;
  std::string artifact_type;
  std::string config_type, config;  // text
  std::vector<Layer> layers;
  Annotations annotations;
  std::string mount_from;  // another repository of the registry that may hold the layers; "" = none
};

struct Pushed {
  Descriptor manifest;  // what signatures are attached to
};
Result<Pushed> push_folder(Registry& registry, const Reference& to, const Content& content);

struct Pulled {
  Descriptor manifest;
  Manifest content;
};
// `conflict` when `folder` exists and is not empty.
Result<Pulled> pull_folder(Registry& registry, const Reference& from, const std::filesystem::path& folder);
// The manifest alone.
Result<Pulled> look_up(Registry& registry, const Reference& from);

// One text about an artefact, attached to it: a signature, a certificate.
Result<Descriptor> attach_text(Registry& registry, const std::string& name, const Descriptor& subject,
                               std::string_view artifact_type, std::string_view text,
                               const Annotations& annotations);
// All texts of that type, newest last. At most `max_bytes` each.
Result<std::vector<std::string>> attached_texts(Registry& registry, const std::string& name,
                                                const Descriptor& subject, std::string_view artifact_type,
                                                size_t max_bytes);

}  // namespace oree::oci
