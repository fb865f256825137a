// From a version's folder to a version that serves: its configuration completed, its network loaded, warmed
// up and given to the scheduler. Slow: disk, digest, the runtime's optimiser. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/inference/choice/backends.h"
#include "core/modelconfig/repository/model_folder.h"
#include "core/monitoring/metrics.h"
#include "core/sealing/key_source.h"
#include "services/serving/repository/served_model.h"
#include "services/serving/scheduler/scheduled.h"

namespace oree::serving {

class ModelMetrics;
class RateLimits;
class ResponseCache;

struct LoaderParts {
  inference::Backend* backend = nullptr;    // the one runtime, or
  inference::Backends* backends = nullptr;  // those of the program, by name and format
  std::string backend_name = {};            // where a configuration says none; "auto", "" = by format
  inference::LoadOptions options = {};
  // Where each version's runs are counted, for ever; null: in the version itself, which leaves nothing
  // behind.
  monitoring::Registry* metrics = nullptr;
  std::shared_ptr<sealing::KeySource> key = nullptr;  // null: sealed networks are `denied`
  std::shared_ptr<Workers> workers = nullptr;         // null: versions are not scheduled, `served` stays null
  // Shared by all that is scheduled; each may be null, see scheduler/scheduled.h.
  inference::Service* service =
      nullptr;  // where ensembles find their steps; the repository, if it is not said
  ResponseCache* cache = nullptr;
  RateLimits* rates = nullptr;
  QueueBound bound = {};          // of calls that wait
  ModelMetrics* shown = nullptr;  // where versions show what they do, while they are there
  const Clock* clock = nullptr;   // with workers
  // See modelconfig::complete. Not said: Triton's 4; for a station's own packages (on_demand) 0.
  std::optional<int32_t> default_max_batch_size = {};
  // Whether a model's files may be links to elsewhere. Not said: on_demand only.
  std::optional<bool> links_may_leave = {};
};

class ModelLoader {
 public:
  explicit ModelLoader(LoaderParts parts) : parts_(std::move(parts)) {}

  // `tap` may be null, and outlives the model.
  Result<std::shared_ptr<const ServedModel>> load(const modelconfig::ModelFolder& model, uint64_t version,
                                                  AnswerTap* tap) const;
  // Opens the runtime that load() will want for the version, and no more.
  void prepare(const modelconfig::ModelFolder& model, uint64_t version) const;
  // <name>/<version>/ anywhere.
  Result<std::shared_ptr<const ServedModel>> load(const std::filesystem::path& folder, AnswerTap* tap) const;

 private:
  struct Network;
  Result<package::Manifest> manifest_of(const modelconfig::ModelFolder& model,
                                        const modelconfig::VersionFolder& version, uint64_t number) const;
  Result<inference::LoadOptions> options_for(const modelconfig::ModelConfig& config) const;
  Result<Network> load_network(const package::Manifest& manifest,
                               const modelconfig::ModelConfig& config) const;
  Status describe(ServedModel& served, const modelconfig::ModelFolder& model) const;
  Result<std::shared_ptr<const ServedModel>> load_ensemble(const modelconfig::ModelFolder& model,
                                                           uint64_t version) const;
  void add_counters(ServedModel& served) const;
  Status start_serving(ServedModel& served, const modelconfig::ModelFolder& model, double load_seconds) const;

  const LoaderParts parts_;
};

}  // namespace oree::serving
