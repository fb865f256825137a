// What a model is before anybody optimises it, and what is worth trying: size, sums, memory, types,
// operators, speed here.
//
//   Result<Assessment> found = assess(*model, {.file_bytes = 14'000'000, .backend = backend.get()});
//   json::Value report = to_json(*found);
//
// Everything but the speed is read off the graph. A figure that cannot be known is 0 or absent, and
// `warnings` says why.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/inference/model.h"
#include "platform/json/value.h"
#include "services/assessment/accelerators.h"
#include "services/assessment/costs.h"
#include "services/assessment/guidance.h"
#include "services/assessment/operators.h"
#include "services/assessment/processor.h"
#include "services/assessment/recommend.h"

namespace oree::assessment {

struct AssessOptions {
  uint64_t file_bytes = 0;
  std::string format = "onnx";              // or "tflite"
  inference::Backend* backend = nullptr;    // null: speed is not measured
  std::filesystem::path file;               // what the backend loads
  int runs = 15;                            // timed, after three that are not
  std::vector<std::string> providers = {};  // of the runtime: "CPUExecutionProvider"
  std::filesystem::path system = "/";       // where /dev and /sys are looked for
};

struct TypeShare {
  size_t tensors = 0;
  uint64_t elements = 0, bytes = 0;
};

struct OperatorShare {
  std::string op;
  size_t count = 0;
  uint64_t macs = 0, parameters = 0;
  double milliseconds = 0;  // of all its nodes alone, one after the other; 0: not measured
};

struct Layer {
  std::string name, op, output;
  NodeCost cost;
  Quantisability quantisable;
};

struct Assessment {
  AssessOptions given;
  int64_t opset = 0, ir_version = 0;
  std::string producer;
  uint64_t parameters = 0, weight_bytes = 0, macs = 0;
  MemoryPlan memory;
  std::map<std::string, TypeShare> weight_types;  // by element type
  bool quantised_weights = false;                 // a "float" model may hold them
  double zeros = 0;                               // share of float weights that are zero
  std::vector<OperatorShare> operators;           // most sums first
  std::vector<Layer> layers;
  Processor processor;
  std::vector<Accelerator> accelerators;
  NetworkKind kind = NetworkKind::other;
  double median_ms = 0, spread_ms = 0;  // of a run on one thread; spread: between the quartiles
  std::vector<Advice> advice;
  std::vector<std::string> warnings;
};

// `invalid` for a model that does not check (core/graph/check.h) or holds NaN.
Result<Assessment> assess(const graph::Model& model, const AssessOptions& options);

json::Value to_json(const Assessment& assessment);

}  // namespace oree::assessment
