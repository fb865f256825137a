// The models of one folder and which of them serve: `<name>/[config.pbtxt]<version>/<network>` as Triton lays
// them out, or
// `<name>/<version>/model.yaml`.
//
// Who decides what is loaded is the mode. `on_demand`: find() and served() load what is asked for and was not
// there, the newest version first; a version that fails keeps its reason and is not tried again until load.
// The others follow Triton: `none` loads everything at the start and then nothing, `explicitly` what load()
// is told, `poll` what changes on disk. Which versions of a model serve then is its version policy
// (core/modelconfig/repository/aspired.h).
//
// A new version takes its place in one step; whoever holds the old one finishes on it. A load that fails
// leaves the old one serving, and index() says why. A model is loaded once even when many ask, and loading
// one does not hold up the others. Thread-safe; what it serves may outlive it.
//
// A version from elsewhere, an update, takes a name over with prefer(): from then on the name without a
// version, and that version, mean it; giving it back is one call too.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "core/inference/predictor.h"
#include "core/inference/service/service.h"
#include "services/serving/repository/catalogue.h"
#include "services/serving/repository/model_loader.h"
#include "services/serving/repository/snapshot.h"

namespace oree::serving {

enum class ControlMode { on_demand, none, explicitly, poll };

struct RepositorySettings {
  ControlMode mode = ControlMode::on_demand;
  std::vector<std::string> load_at_start;  // explicitly: names; "*" = all
  std::string config_name;                 // see modelconfig::FolderOptions
  uint64_t memory_budget = 0;              // bytes of the loaded models' files; 0: none
  int load_threads = 4;                    // models loaded at once by start() and poll()
  milliseconds poll_every{15'000};
};

class ModelRepository final : public inference::PredictorSource, public inference::Service {
 public:
  // Looks through the folder; loads nothing. `not_found` when there is no such folder. `backend` and
  // `metrics` must outlive the repository. `key` opens sealed networks.
  static Result<std::unique_ptr<ModelRepository>> open(std::filesystem::path folder,
                                                       inference::Backend& backend,
                                                       const inference::LoadOptions& options,
                                                       monitoring::Registry& metrics,
                                                       std::shared_ptr<sealing::KeySource> key = nullptr);
  // The same with every choice; `loader.workers` and `clock` are made where they are missing.
  static Result<std::unique_ptr<ModelRepository>> open(std::filesystem::path folder, LoaderParts loader,
                                                       RepositorySettings settings);
  ~ModelRepository() override;
  // Opens the runtime that the first of the models of start() will want; meanwhile other things can be done.
  void prepare();
  // Loads what the mode says should serve from the start; returns when all of it serves or has failed. Then,
  // with `poll`, watches the folder. Until it has returned ready() is false, except in on_demand.
  void start();
  // One look at the folder, as `poll` takes it every so often: what has not changed since the look before is
  // taken.
  void poll();

  // Before anything is loaded; outlives the repository. Hears of every answer.
  void set_tap(AnswerTap* tap) { tap_ = tap; }
  Result<std::shared_ptr<const inference::Predictor>> find(std::string_view name,
                                                           std::string_view version) override;
  // The same for those who want tensors. `not_found`, or the reason why it could not be loaded.
  Result<std::shared_ptr<const ServedModel>> served(std::string_view name, std::string_view version);
  // The highest of the models' folder that loads, whatever took the name over.
  Result<std::shared_ptr<const ServedModel>> own(std::string_view name);
  // Loads (again), whatever was there; a failure keeps the old one serving. version "" = the highest there
  // is.
  Status load_version(std::string_view name, std::string_view version);
  // Lets go of it; calls under way finish on it. version "" = all of the name's.
  Status unload_version(std::string_view name, std::string_view version);
  // <name>/<version>/ in any folder, loaded and unknown to everybody else.
  Result<std::shared_ptr<const ServedModel>> load_beside(const std::filesystem::path& folder) const;
  // Null: the name means the highest version of the models' folder again.
  void prefer(const std::string& name, std::shared_ptr<const ServedModel> model);
  // Notices folders that came and went.
  Status rescan();
  std::vector<ModelStatus> list() const;  // by name, then by version, lowest first
  std::vector<std::string> names() const;

  // inference::Service, in the protocol's sentences.
  Result<std::shared_ptr<inference::Served>> find(std::string_view name, std::string_view version,
                                                  inference::Wait wait) override;
  Result<std::vector<std::string>> versions(std::string_view name) override;
  bool ready() const override { return ready_; }
  std::vector<inference::IndexRow> index() const override;
  // Of a model that serves and has not changed: nothing is done.
  Status load(std::string_view name, const inference::LoadRequest& request) override;
  Status unload(std::string_view name, bool with_dependents) override;
  Result<std::vector<inference::ModelStatistics>> statistics(std::string_view name,
                                                             std::string_view version) override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Served = Result<std::shared_ptr<const ServedModel>>;

  ModelRepository(std::filesystem::path folder, LoaderParts loader, RepositorySettings settings);
  Result<modelconfig::ModelFolder> read(std::string_view name) const;
  Result<std::vector<modelconfig::ModelFolder>> read_all() const;
  bool is_for_start(std::string_view name) const;
  // All with mutex_ held; those that take the lock let go of it while they load.
  Served get(Lock& lock, const std::string& name, uint64_t version);
  Served highest(Lock& lock, std::string_view name);
  Served load(Lock& lock, const std::string& name, uint64_t version);
  Served load_anew(Lock& lock, const std::string& name, uint64_t version);
  bool fits(const modelconfig::ModelFolder& folder, uint64_t version) const;
  std::unexpected<Error> too_large(const std::string& name) const;
  void make_room(const std::string& name, uint64_t version);
  void unload(Lock& lock, const std::string& name, uint64_t version);
  Status settle(Lock& lock, const std::string& name);
  static std::unexpected<Error> nothing_to_serve(const KnownModel& model);
  std::string comes_back_to(const std::string& name) const;
  Status bring_steps(Lock& lock, KnownModel& model);
  Status check_step(const modelconfig::ModelFolder& ensemble, const std::string& step,
                    const Status& settled) const;
  void settle_all(const std::vector<std::string>& names);
  void take_down_ensembles_of(Lock& lock, const std::string& step);
  void retry_ensembles_of(const std::vector<std::string>& changed);
  std::vector<std::string> held_up_by(const std::vector<std::string>& changed);
  Result<uint64_t> number(std::string_view name, std::string_view version) const;
  std::unexpected<Error> unknown(std::string_view name) const;
  std::shared_ptr<const ServedModel> preferred(std::string_view name, std::string_view version) const;
  Error not_served(std::string_view name, std::string_view version) const;
  Served load_and_find(std::string_view name, std::string_view version);
  void publish();

  const std::filesystem::path folder_;
  const RepositorySettings settings_;
  const LoaderParts parts_;
  const ModelLoader loader_;
  AnswerTap* tap_ = nullptr;
  std::atomic<bool> ready_ = false;
  SnapshotPlace snapshot_;
  std::atomic<uint64_t> uses_ = 0;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable loaded_;
  Catalogue models_;
  std::map<std::string, std::shared_ptr<const ServedModel>, std::less<>> preferred_;
  std::map<std::string, uint64_t, std::less<>> seen_;  // by the look before: marks of what was not taken yet
  std::jthread watch_;
};

}  // namespace oree::serving
