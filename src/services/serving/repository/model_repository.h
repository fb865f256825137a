// The models of one folder, models/<name>/<version>/, and which of them are loaded.
//
// Nothing is loaded before somebody asks: find() and served() load on demand, load() and load_all() ahead of
// time. A version that fails keeps its reason and is not tried again until load(). The newest version is the
// highest number that loads. Thread-safe; a model is loaded once even when many ask, and loading one does not
// hold up the others.
//
// A version from elsewhere, an update, takes a name over with prefer(): from then on the name without a
// version, and that version, mean it; giving it back is one call too. Whoever holds the other one finishes on
// it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/inference/predictor.h"
#include "services/serving/repository/served_model.h"

namespace oree::serving {

enum class ModelState { not_loaded, loading, ready, unavailable };
std::string_view state_name(ModelState state);  // the protocol's: READY, LOADING, UNAVAILABLE

struct ModelStatus {
  std::string name;
  std::string version;
  ModelState state = ModelState::not_loaded;
  std::string reason;  // why it is not ready
  std::string digest;  // when ready
};

class ModelRepository final : public inference::PredictorSource {
 public:
  // Looks through the folder; loads nothing. `not_found` when there is no such folder. `backend` and
  // `metrics` must outlive the repository. `key` opens sealed networks.
  static Result<std::unique_ptr<ModelRepository>> open(std::filesystem::path folder,
                                                       inference::Backend& backend,
                                                       const inference::LoadOptions& options,
                                                       monitoring::Registry& metrics,
                                                       std::shared_ptr<sealing::KeySource> key = nullptr);
  // Before anything is loaded; outlives the repository. Hears of every answer.
  void set_tap(AnswerTap* tap) { tap_ = tap; }

  Result<std::shared_ptr<const inference::Predictor>> find(std::string_view name,
                                                           std::string_view version) override;
  // The same for those who want tensors. `not_found`, or the reason why it could not be loaded.
  Result<std::shared_ptr<const ServedModel>> served(std::string_view name, std::string_view version);

  // Loads (again), whatever was there; a failure keeps the old one serving. version "" = the highest there
  // is.
  Status load(std::string_view name, std::string_view version);
  // Lets go of it; calls under way finish on it. version "" = all of the name's.
  Status unload(std::string_view name, std::string_view version);
  // <name>/<version>/ in any folder, loaded and unknown to everybody else.
  Result<std::shared_ptr<const ServedModel>> load_beside(const std::filesystem::path& folder) const;
  // Null: the name means the highest version of the models' folder again.
  void prefer(const std::string& name, std::shared_ptr<const ServedModel> model);
  // The newest version of every name; failures are kept, see list().
  void load_all();
  // Notices folders that came and went.
  Status rescan();

  std::vector<ModelStatus> list() const;  // by name, then by version, lowest first
  std::vector<std::string> names() const;

 private:
  struct Entry {
    std::filesystem::path folder;
    ModelState state = ModelState::not_loaded;
    Error failure{};
    std::shared_ptr<const ServedModel> model;  // kept while a reload is under way or has failed
  };
  using Versions = std::map<uint64_t, Entry>;
  using Served = Result<std::shared_ptr<const ServedModel>>;

  ModelRepository(std::filesystem::path folder, inference::Backend& backend,
                  const inference::LoadOptions& options, monitoring::Registry& metrics,
                  std::shared_ptr<sealing::KeySource> key);
  Served get(std::unique_lock<std::mutex>& lock, std::string_view name, uint64_t version);
  Served load(std::unique_lock<std::mutex>& lock, std::string_view name, uint64_t version);
  Entry* entry(std::string_view name, uint64_t version);
  Result<uint64_t> number(std::string_view name, std::string_view version) const;
  std::unexpected<Error> unknown(std::string_view name) const;
  std::vector<std::string> names_locked() const;
  std::shared_ptr<const ServedModel> preferred(std::string_view name, std::string_view version) const;

  const std::filesystem::path folder_;
  inference::Backend& backend_;
  const inference::LoadOptions options_;
  monitoring::Registry& metrics_;
  const std::shared_ptr<sealing::KeySource> key_;
  mutable std::mutex mutex_;
  std::condition_variable loaded_;
  std::map<std::string, Versions, std::less<>> models_;                               // guarded by mutex_
  std::map<std::string, std::shared_ptr<const ServedModel>, std::less<>> preferred_;  // guarded by mutex_
  AnswerTap* tap_ = nullptr;
};

}  // namespace oree::serving
