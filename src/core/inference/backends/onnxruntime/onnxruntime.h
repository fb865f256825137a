// Runs .onnx files through ONNX Runtime (≥ 1.17), whose shared library is looked for when the program runs.
//
// One environment per Backend; each model is one session with `threads` threads that do not spin. Models and
// lent outputs may outlive the Backend.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/inference/model.h"

namespace oree::inference {

// Where the library is looked for, in order. `forced` (a file or a folder; usually the value of
// OREE_ONNXRUNTIME) leaves no other choice; "" means the usual places: beside the program, ../lib, the folder
// named at build time, then whatever the system's loader finds.
std::vector<std::filesystem::path> onnxruntime_candidates(const std::filesystem::path& forced,
                                                          const std::filesystem::path& program_folder);

// `unavailable` when no library can be opened, naming the places and the way out; `unsupported` when the one
// found is too old.
Result<std::unique_ptr<Backend>> open_onnxruntime(const std::vector<std::filesystem::path>& candidates);
// The same with the candidates of this process: its environment variable and its folder.
Result<std::unique_ptr<Backend>> open_onnxruntime();

// What the library can run on, in its own words and order: "CPUExecutionProvider". Empty for another backend.
std::vector<std::string> onnxruntime_providers(const Backend& backend);

}  // namespace oree::inference
