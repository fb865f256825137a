#include "services/serving/repository/model_repository.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"

namespace oree::serving {

namespace {

Error not_loaded_error() {
  return {ErrorKind::unavailable, "not loaded"};
}

// Folder names below `folder` that `accept` takes.
template <class Accept>
Result<std::vector<std::string>> folders_in(const std::filesystem::path& folder, Accept accept) {
  std::error_code failed;
  std::filesystem::directory_iterator entries(folder, failed);
  if (failed) return fail(ErrorKind::not_found, cat(folder.string(), ": ", failed.message()));
  std::vector<std::string> names;
  for (const std::filesystem::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(failed) && accept(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string_view state_name(ModelState state) {
  switch (state) {
    case ModelState::ready:
      return "READY";
    case ModelState::loading:
      return "LOADING";
    case ModelState::not_loaded:
    case ModelState::unavailable:
      break;
  }
  return "UNAVAILABLE";
}

Result<std::unique_ptr<ModelRepository>> ModelRepository::open(std::filesystem::path folder,
                                                               inference::Backend& backend,
                                                               const inference::LoadOptions& options,
                                                               monitoring::Registry& metrics,
                                                               std::shared_ptr<sealing::KeySource> key) {
  std::unique_ptr<ModelRepository> repository(
      new ModelRepository(std::move(folder), backend, options, metrics, std::move(key)));
  if (Status scanned = repository->rescan(); !scanned) return forward(scanned, "model folder");
  return repository;
}

ModelRepository::ModelRepository(std::filesystem::path folder, inference::Backend& backend,
                                 const inference::LoadOptions& options, monitoring::Registry& metrics,
                                 std::shared_ptr<sealing::KeySource> key)
    : folder_(std::move(folder)),
      backend_(backend),
      options_(options),
      metrics_(metrics),
      key_(std::move(key)) {}

Status ModelRepository::rescan() {
  const auto names = folders_in(folder_, package::is_model_name);
  if (!names) return forward(names);
  decltype(models_) found;
  for (const std::string& name : *names) {
    const auto versions = folders_in(folder_ / name, package::is_version);
    if (!versions) continue;  // gone since
    for (const std::string& version : *versions) {
      const std::optional<uint64_t> number = parse_number<uint64_t>(version);
      if (number) found[name][*number].folder = folder_ / name / version;
    }
  }
  const std::lock_guard lock(mutex_);
  for (auto& [name, versions] : found) {
    for (auto& [number, fresh] : versions) {
      if (Entry* known = entry(name, number)) fresh = std::move(*known);
    }
  }
  models_ = std::move(found);
  return {};
}

Result<std::shared_ptr<const inference::Predictor>> ModelRepository::find(std::string_view name,
                                                                          std::string_view version) {
  const Served model = served(name, version);
  if (!model) return forward(model);
  if (!(*model)->predictor) {
    return fail(ErrorKind::unsupported,
                cat("model '", name, "' takes no pictures (it has no model.yaml, and ",
                    (*model)->tensors_only_because, ")"));
  }
  return std::shared_ptr<const inference::Predictor>(*model, (*model)->predictor.get());
}

ModelRepository::Served ModelRepository::served(std::string_view name, std::string_view version) {
  std::unique_lock lock(mutex_);
  if (auto update = preferred(name, version)) return update;
  if (!version.empty()) {
    const Result<uint64_t> wanted = number(name, version);
    if (!wanted) return forward(wanted);
    return get(lock, name, *wanted);
  }
  const auto found = models_.find(name);
  if (found == models_.end()) return unknown(name);
  std::vector<uint64_t> versions;  // loading lets go of the lock, so the map may change under our feet
  for (const auto& [number, entry] : found->second) versions.push_back(number);
  Served best = unknown(name);
  for (const uint64_t number : versions | std::views::reverse) {
    Served model = get(lock, name, number);
    if (model) return model;
    if (number == versions.back()) best = std::move(model);  // the newest one's reason is worth telling
  }
  return best;
}

ModelRepository::Served ModelRepository::get(std::unique_lock<std::mutex>& lock, std::string_view name,
                                             uint64_t version) {
  Entry* found = entry(name, version);
  if (found != nullptr && found->model) return found->model;
  if (found != nullptr && found->state == ModelState::unavailable) return std::unexpected(found->failure);
  return load(lock, name, version);
}

// Loads outside the lock. Whoever comes meanwhile waits for the result.
ModelRepository::Served ModelRepository::load(std::unique_lock<std::mutex>& lock, std::string_view name,
                                              uint64_t version) {
  Entry* found = entry(name, version);
  if (found == nullptr) return unknown(name);
  if (found->state == ModelState::loading) {
    loaded_.wait(lock, [&] {
      found = entry(name, version);
      return found == nullptr || found->state != ModelState::loading;
    });
    if (found == nullptr) return unknown(name);
    if (found->model) return found->model;
    return std::unexpected(found->failure);
  }
  found->state = ModelState::loading;
  const std::filesystem::path folder = found->folder;
  lock.unlock();
  Served model = load_served_model(folder, backend_, options_, metrics_, key_.get(), tap_);
  lock.lock();
  loaded_.notify_all();
  found = entry(name, version);
  if (found == nullptr) return unknown(name);
  if (model) {
    found->model = *model;
  } else {
    found->failure = model.error();
  }
  found->state = found->model ? ModelState::ready : ModelState::unavailable;
  return model;
}

Status ModelRepository::load(std::string_view name, std::string_view version) {
  if (Status scanned = rescan(); !scanned) return scanned;
  std::unique_lock lock(mutex_);
  const Result<uint64_t> wanted = number(name, version);
  if (!wanted) return forward(wanted);
  const Served model = load(lock, name, *wanted);
  if (!model) return forward(model);
  return {};
}

Status ModelRepository::unload(std::string_view name, std::string_view version) {
  const std::lock_guard lock(mutex_);
  const Result<uint64_t> wanted = number(name, version);
  if (!wanted) return forward(wanted);
  for (auto& [number, entry] : models_.find(name)->second) {
    if (!version.empty() && number != *wanted) continue;
    if (entry.state == ModelState::loading) {
      return fail(ErrorKind::conflict, cat("model '", name, "' ", number, " is being loaded"));
    }
    entry.model.reset();
    entry.state = ModelState::unavailable;
    entry.failure = {ErrorKind::unavailable, "unloaded"};
  }
  return {};
}

Result<std::shared_ptr<const ServedModel>> ModelRepository::load_beside(
    const std::filesystem::path& folder) const {
  return load_served_model(folder, backend_, options_, metrics_, key_.get(), tap_);
}

void ModelRepository::prefer(const std::string& name, std::shared_ptr<const ServedModel> model) {
  const std::lock_guard lock(mutex_);  // the one given up is let go of after it
  if (model) {
    preferred_[name].swap(model);
  } else if (const auto found = preferred_.find(name); found != preferred_.end()) {
    found->second.swap(model);
    preferred_.erase(found);
  }
}

// The update that takes the place of this version, if one does.
std::shared_ptr<const ServedModel> ModelRepository::preferred(std::string_view name,
                                                              std::string_view version) const {
  const auto found = preferred_.find(name);
  if (found == preferred_.end()) return nullptr;
  return version.empty() || version == found->second->identity.version ? found->second : nullptr;
}

void ModelRepository::load_all() {
  for (const std::string& name : names()) (void)served(name, "");
}

std::vector<ModelStatus> ModelRepository::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelStatus> all;
  for (const auto& [name, versions] : models_) {
    for (const auto& [number, entry] : versions) {
      ModelStatus status{name, cat(number), entry.state, entry.failure.what, ""};
      if (entry.state == ModelState::not_loaded) status.reason = not_loaded_error().what;
      if (entry.model) status.digest = entry.model->identity.digest;
      if (!preferred(name, status.version)) all.push_back(std::move(status));
    }
  }
  for (const auto& [name, model] : preferred_) {
    all.push_back({name, model->identity.version, ModelState::ready, "", model->identity.digest});
  }
  std::ranges::stable_sort(all, {}, [](const ModelStatus& status) {
    return std::pair(status.name, parse_number<uint64_t>(status.version).value_or(0));
  });
  return all;
}

std::vector<std::string> ModelRepository::names() const {
  const std::lock_guard lock(mutex_);
  return names_locked();
}

std::vector<std::string> ModelRepository::names_locked() const {
  std::vector<std::string> names;
  for (const auto& [name, versions] : models_) names.push_back(name);
  for (const auto& [name, model] : preferred_) {
    if (!models_.contains(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

ModelRepository::Entry* ModelRepository::entry(std::string_view name, uint64_t version) {
  const auto versions = models_.find(name);
  if (versions == models_.end()) return nullptr;
  const auto found = versions->second.find(version);
  return found == versions->second.end() ? nullptr : &found->second;
}

// The version meant; "" = the highest.
Result<uint64_t> ModelRepository::number(std::string_view name, std::string_view version) const {
  const auto versions = models_.find(name);
  if (versions == models_.end()) return unknown(name);
  if (version.empty()) return versions->second.rbegin()->first;
  const std::optional<uint64_t> wanted = parse_number<uint64_t>(version);
  if (wanted && versions->second.contains(*wanted)) return *wanted;
  std::string there;
  for (const auto& [number, entry] : versions->second) there += cat(there.empty() ? "" : ", ", number);
  return fail(ErrorKind::not_found,
              cat("model '", name, "' has no version '", version, "'; there is ", there));
}

std::unexpected<Error> ModelRepository::unknown(std::string_view name) const {
  const std::vector<std::string> there = names_locked();
  const std::string known =
      there.empty() ? cat("; ", folder_.string(), " holds none") : cat("; there is ", join(there, ", "));
  return fail(ErrorKind::not_found, cat("no model '", name, "'", known));
}

}  // namespace oree::serving
