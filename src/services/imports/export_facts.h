// What a Custom Vision export says about itself: cvexport.manifest and metadata_properties.json, which an
// ONNX export also carries in its network. Pure, values.
//
// Sources: the files themselves as the service writes them (ExporterVersion 2.0 to 2.2, 2019 to 2024) and the
// scripts that it packs beside them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oree::imports {

struct ExportFacts {
  bool detection = false;  // DomainType ObjectDetection; Classification otherwise
  std::string platform;    // "ONNX", "TensorFlow", "DockerFile"
  std::string flavour;     // "ONNX12", "TensorFlowLite"; "" for null
  std::string network = "model.onnx";
  std::string labels = "labels.txt";
  std::string metadata;  // the file's name; "" in older exports
  std::string iteration, exported;
};
// cvexport.manifest; 64 KiB. `invalid` with the member. Names are those of files beside it, never paths.
Result<ExportFacts> parse_export(std::string_view text);

using Properties = std::vector<std::pair<std::string, std::string>>;
// metadata_properties.json: an object of texts; 64 KiB.
Result<Properties> parse_properties(std::string_view text);

enum class Crop { unsaid, none, shorter_side };

// What the properties say of pictures and boxes.
struct PictureFacts {
  std::optional<bool> bgr;       // Image.BitmapPixelFormat
  std::optional<bool> range255;  // Image.NominalPixelRange
  Crop crop = Crop::unsaid;
  bool normalised = false;  // a mean or deviation that is not 0 and 1
  std::vector<std::array<float, 2>> anchors;
};
// `unsupported` for a pixel format or range that is not known; `invalid` for anchors that are none.
Result<PictureFacts> read_properties(const Properties& properties);

}  // namespace oree::imports
