// A float network taken through every stage, measured at each, and handed out with a certificate or not at
// all.
//
//   baseline      the network as it came: accuracy, time, memory
//   prepared      newer opset, folded constants, fused operators: the same answers
//   integers      for each target: calibrated, quantised by the method that the samples like best
//   judged        scored as the target computes, disturbed, timed, weighed; then the gates
//
// Everything is written under temporary names in `out`, loaded again and run; only what passes its gates gets
// its final name: NAME.TARGET.onnx, NAME.TARGET.certificate.json and .html. One call at a time per `out`.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/inference/model.h"
#include "core/kernels/target.h"
#include "nodes/workshop/dataset.h"
#include "platform/crypto/signing.h"
#include "services/calibration/ranges.h"
#include "services/certification/certificate.h"

namespace oree::workshop {

struct OptimiseOptions {
  std::filesystem::path model, data, out;
  std::vector<kernels::Target> targets;  // empty: this machine
  DatasetOptions dataset;
  std::optional<calibration::Method> method;  // nullopt: the best of four, measured
  std::vector<std::string> keep_float;
  certification::Limits limits;
  bool correct_bias = true, equalise = true;
};

struct Outcome {
  kernels::Target target = kernels::Target::vnni;
  certification::Certificate certificate;
  bool holds = false;
  std::filesystem::path model, certificate_file, page;  // written only when it holds
};

struct Tools {
  inference::Backend& backend;
  const Clock& clock;
  const crypto::SigningKey& key;
  std::function<void(std::string_view)> tell;  // one line of progress; may be empty
  // The program that weighs networks (measure.h); empty: memory is not measured.
  std::filesystem::path weigher;
  std::function<void(const certification::Stage&)> on_stage = {};  // when it was measured
};

Result<std::vector<Outcome>> optimise(const OptimiseOptions& options, const Tools& tools);

}  // namespace oree::workshop
