// A zip that Custom Vision exported becomes the files of a model's folder. Pure over an archive that has been
// looked through (platform/zip): nothing is written, and no name of the archive becomes a path.
//
//   auto archive = zip::Archive::open("export.zip");
//   auto files = imports::read_custom_vision(*archive);
//   // files->network → model.onnx, files->labels → labels.txt, files->yaml → model.yaml
//
// Read: the ONNX flavours (ONNX 1.0, 1.2, the present one), TensorFlow Lite, and the container's zip where it
// holds a .tflite; classification and detection; "General (compact)" and its [S1]. A .tflite is converted, so
// that every runtime here reads it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "platform/zip/zip.h"

namespace oree::imports {

struct ModelFiles {
  std::string network;  // an .onnx
  std::string labels;   // as exported, one a line
  std::string yaml;     // model.yaml
  bool detection = false;
  std::vector<std::string> notes;  // what was assumed or changed, one sentence each
};

// `not_found` when no network or no labels are in it; `unsupported` names the flavour and what to export
// instead; `corrupt` and `invalid` come from the files. Each error begins with the archive's name.
Result<ModelFiles> read_custom_vision(const zip::Archive& archive);

}  // namespace oree::imports
