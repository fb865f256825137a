#include "core/oci/modelpack.h"

#include "base/text.h"
#include "core/oci/reference.h"
#include "platform/json/value.h"

namespace oree::oci {

std::string layer_type(std::string_view role) {
  constexpr std::string_view kPrefix = "application/vnd.cncf.model.";
  if (role == "weights") return cat(kPrefix, "weight.v1.raw");
  if (role == "config") return cat(kPrefix, "weight.config.v1.raw");
  return cat(kPrefix, role, ".v1.raw");
}

std::string print(const ModelConfig& config) {
  json::Object descriptor{
      {"createdAt", iso_text(config.created)}, {"name", config.name}, {"version", config.version}};
  if (!config.description.empty()) descriptor.emplace_back("description", config.description);
  if (!config.licence.empty()) descriptor.emplace_back("licenses", json::Array{config.licence});
  json::Array layers;
  for (const auto& digest : config.layers) layers.push_back(digest_text(digest));
  json::Object model{{"format", config.format}};
  if (!config.quantization.empty()) model.emplace_back("quantization", config.quantization);
  return json::print(
      json::Object{{"descriptor", std::move(descriptor)},
                   {"modelfs", json::Object{{"type", "layers"}, {"diffIds", std::move(layers)}}},
                   {"config", std::move(model)}});
}

}  // namespace oree::oci
