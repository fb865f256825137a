// What a package knows about itself, tried before it serves: its golden inputs
// (docs/formats/model-package.md).
//
//   golden/NAME.png, .jpg, .jpeg   a picture
//   golden/NAME.json               {"label": "scratch", "score": 0.97, "tolerance": 0.1}, or {"labels": ["a",
//   "b"]} for
//                                  objects, or {"areas": {"rust": 0.2}, "tolerance": 0.05} for maps
//   confidences.json               100 counts: how sure it was on what it was trained on, 0 to 1 in equal
//   steps
#pragma once

#include <filesystem>
#include <optional>

#include "core/monitoring/sketch.h"
#include "services/serving/repository/served_model.h"

namespace oree::serving {

// Every golden input answers as it should; without any, the network runs once and gives numbers. `invalid`
// names the input and both answers; errors of the files and of the network as they are.
Status check_golden(const ServedModel& model, const std::filesystem::path& folder);

// nullopt when the package has none, or it is none.
std::optional<monitoring::BinSketch> learned_confidences(const std::filesystem::path& folder);

}  // namespace oree::serving
