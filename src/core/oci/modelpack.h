// The words of the CNCF model specification (ModelPack): what an artefact that holds a model calls itself,
// its config and its layers. Values, pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "platform/crypto/crypto.h"

namespace oree::oci {

inline constexpr std::string_view kModelType = "application/vnd.cncf.model.manifest.v1+json";
inline constexpr std::string_view kModelConfigType = "application/vnd.cncf.model.config.v1+json";
// What is attached to a model.
inline constexpr std::string_view kSignatureType = "application/vnd.dev.sigstore.bundle.v0.3+json";
inline constexpr std::string_view kCertificateType = "application/vnd.oree.certificate.v1+json";
inline constexpr std::string_view kProvenanceType = "application/vnd.in-toto+json";

// Of a layer that is one file as it is; `role`: "weights", "config", "doc" or "dataset".
std::string layer_type(std::string_view role);

struct ModelConfig {
  std::string name, version, description, licence;
  std::string format;        // "onnx"
  std::string quantization;  // "" when not said
  WallTime created{};
  std::vector<crypto::Digest> layers;
};
std::string print(const ModelConfig& config);

}  // namespace oree::oci
