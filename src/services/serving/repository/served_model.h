// One version of one model, loaded: its package, its network, what clients ask and, where the package
// describes one, its picture predictor. Immutable and thread-safe; whoever holds it keeps it alive while a
// newer one takes its place.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/inference/model.h"
#include "core/inference/predictor.h"
#include "core/inference/service/service.h"
#include "core/modelconfig/model_config.h"
#include "core/monitoring/metrics.h"
#include "core/package/manifest.h"
#include "core/sealing/key_source.h"
#include "services/serving/repository/counted_model.h"
#include "services/serving/trial/tap.h"

namespace oree::serving {

class Workers;

struct ServedModel {
  inference::Identity identity;
  package::Manifest manifest;
  modelconfig::ModelConfig config;                // as completed from the network
  std::string platform;                           // "onnxruntime_onnx"
  uint64_t bytes = 0;                             // of its files
  std::shared_ptr<const inference::Model> model;  // null for an ensemble
  // Null for a network without model.yaml that is no obvious picture model: it serves tensors only, and
  // `tensors_only_because` says why.
  std::unique_ptr<const inference::Predictor> predictor;
  std::string tensors_only_because;
  // The same predictor without the tap, for whoever tries it out; lives in `predictor`.
  const inference::Predictor* untapped = nullptr;
  AnswerTap* tap = nullptr;  // may be null
  // Every run of the network, whoever asked; never null. The registry's, which keeps them for ever, or its
  // own.
  monitoring::Counter* runs = nullptr;
  monitoring::Counter* failures = nullptr;
  monitoring::Histogram* infer_time = nullptr;
  struct OwnCounters {
    monitoring::Counter runs, failures;
    monitoring::Histogram infer_time;
  };
  std::shared_ptr<OwnCounters> own_counters;
  // What wire dialects ask; null where nobody schedules. Goes before the threads it may run on.
  std::shared_ptr<Workers> workers;
  std::shared_ptr<inference::Served> served;

  // Runs the network and counts it.
  Status run(std::span<const tensor::TensorView> inputs, std::span<inference::Output> outputs) const;
};

// Reads, checks and loads models/<name>/<version>/, without a schedule: for a program that asks once. A
// sealed network is opened with `key` in memory, never on disk; `denied` without one. `tap` may be null, and
// outlives the model.
Result<std::shared_ptr<const ServedModel>> load_served_model(
    const std::filesystem::path& folder, inference::Backend& backend, const inference::LoadOptions& options,
    monitoring::Registry& metrics, sealing::KeySource* key = nullptr, AnswerTap* tap = nullptr);

}  // namespace oree::serving
