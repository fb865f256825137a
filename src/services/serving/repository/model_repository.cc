#include "services/serving/repository/model_repository.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"
#include "services/serving/scheduler/rate_limits.h"

namespace oree::serving {

using modelconfig::ModelFolder;

namespace {

// The threads of versions that have none given; the clock stays as long as the last of them.
struct Threads {
  SystemClock clock;
  Workers workers{clock};
};

struct Shared {
  std::shared_ptr<Workers> workers;
  RateLimits rates{*workers};
};

// What was not said.
LoaderParts fill(LoaderParts parts, ControlMode mode, inference::Service* service) {
  const bool on_demand = mode == ControlMode::on_demand;
  if (!parts.default_max_batch_size) parts.default_max_batch_size = on_demand ? 0 : 4;
  if (!parts.links_may_leave) parts.links_may_leave = on_demand;
  if (parts.service == nullptr) parts.service = service;
  if (!parts.workers) {
    auto threads = std::make_shared<Threads>();
    parts.clock = &threads->clock;
    parts.workers = std::shared_ptr<Workers>(threads, &threads->workers);
  }
  if (parts.rates == nullptr) {  // lives as long as the versions that hold the workers
    const std::shared_ptr<Shared> shared(new Shared{std::move(parts.workers)});
    parts.rates = &shared->rates;
    parts.workers = std::shared_ptr<Workers>(shared, shared->workers.get());
  }
  return parts;
}

}  // namespace

Result<std::unique_ptr<ModelRepository>> ModelRepository::open(std::filesystem::path folder,
                                                               inference::Backend& backend,
                                                               const inference::LoadOptions& options,
                                                               monitoring::Registry& metrics,
                                                               std::shared_ptr<sealing::KeySource> key) {
  LoaderParts parts;
  parts.backend = &backend;
  parts.options = options;
  parts.metrics = &metrics;
  parts.key = std::move(key);
  return open(std::move(folder), std::move(parts), {});
}

Result<std::unique_ptr<ModelRepository>> ModelRepository::open(std::filesystem::path folder,
                                                               LoaderParts loader,
                                                               RepositorySettings settings) {
  std::unique_ptr<ModelRepository> repository(
      new ModelRepository(std::move(folder), std::move(loader), std::move(settings)));
  if (Status scanned = repository->rescan(); !scanned) return forward(scanned, "model folder");
  repository->ready_ = repository->settings_.mode == ControlMode::on_demand;
  return repository;
}

ModelRepository::ModelRepository(std::filesystem::path folder, LoaderParts loader,
                                 RepositorySettings settings)
    : folder_(std::move(folder)),
      settings_(std::move(settings)),
      parts_(fill(std::move(loader), settings_.mode, this)),
      loader_(parts_) {}

ModelRepository::~ModelRepository() {
  watch_ = {};  // asks it to stop, and waits
}

Result<ModelFolder> ModelRepository::read(std::string_view name) const {
  return modelconfig::read_model_folder(folder_, name, {settings_.config_name, *parts_.links_may_leave});
}

// Folders that are no models are left out: without a version and without a configuration.
Result<std::vector<ModelFolder>> ModelRepository::read_all() const {
  const auto names = modelconfig::model_names(folder_);
  if (!names) return forward(names);
  std::vector<ModelFolder> found;
  for (const std::string& name : *names) {
    Result<ModelFolder> model = read(name);
    if (model && (model->has_config || !model->versions.empty())) found.push_back(std::move(*model));
  }
  return found;
}

Status ModelRepository::rescan() {
  auto found = read_all();
  if (!found) return forward(found);
  const std::lock_guard lock(mutex_);
  for (auto at = models_.begin(); at != models_.end();) {
    const bool there = std::ranges::find(*found, at->first, &ModelFolder::name) != found->end();
    at = there || at->second.sent || at->second.settling ? std::next(at) : models_.erase(at);
  }
  for (ModelFolder& model : *found) {
    KnownModel& known = models_[model.name];
    if (known.sent) continue;
    known.look_again(std::move(model));
    // Nobody decides here when a version that is gone goes.
    if (settings_.mode == ControlMode::on_demand) {
      std::erase_if(known.versions, [](const auto& entry) { return !entry.second.on_disk; });
    }
  }
  publish();
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
  Lock lock(mutex_);
  if (auto update = preferred(name, version)) return update;
  if (!version.empty()) {
    const Result<uint64_t> wanted = number(name, version);
    if (!wanted) return forward(wanted);
    return get(lock, std::string(name), *wanted);
  }
  return highest(lock, name);
}

ModelRepository::Served ModelRepository::own(std::string_view name) {
  Lock lock(mutex_);
  return highest(lock, name);
}

ModelRepository::Served ModelRepository::highest(Lock& lock, std::string_view name) {
  const auto found = models_.find(name);
  if (found == models_.end()) return unknown(name);
  std::vector<uint64_t> versions;  // loading lets go of the lock, so the map may change under our feet
  for (const auto& [number, known] : found->second.versions) versions.push_back(number);
  Served best = unknown(name);
  for (const uint64_t number : versions | std::views::reverse) {
    Served model = get(lock, std::string(name), number);
    if (model) return model;
    if (number == versions.back()) best = std::move(model);  // the newest one's reason is worth telling
  }
  return best;
}

Status ModelRepository::load_version(std::string_view name, std::string_view version) {
  if (Status scanned = rescan(); !scanned) return scanned;
  Lock lock(mutex_);
  const Result<uint64_t> wanted = number(name, version);
  if (!wanted) return forward(wanted);
  const Served model = load(lock, std::string(name), *wanted);
  if (!model) return forward(model);
  return {};
}

Status ModelRepository::unload_version(std::string_view name, std::string_view version) {
  Lock lock(mutex_);
  const Result<uint64_t> wanted = number(name, version);
  if (!wanted) return forward(wanted);
  std::vector<uint64_t> going;
  for (const auto& [number, known] : models_.find(name)->second.versions) {
    if (!version.empty() && number != *wanted) continue;
    if (known.state == ModelState::loading) {
      return fail(ErrorKind::conflict, cat("model '", name, "' ", number, " is being loaded"));
    }
    going.push_back(number);
  }
  for (const uint64_t number : going) unload(lock, std::string(name), number);
  return {};
}

Result<std::shared_ptr<const ServedModel>> ModelRepository::load_beside(
    const std::filesystem::path& folder) const {
  return loader_.load(folder, tap_);
}

void ModelRepository::prefer(const std::string& name, std::shared_ptr<const ServedModel> model) {
  const std::lock_guard lock(mutex_);  // the one given up is let go of after it
  if (model) {
    preferred_[name].swap(model);
  } else if (const auto found = preferred_.find(name); found != preferred_.end()) {
    found->second.swap(model);
    preferred_.erase(found);
  }
  publish();
}

// The update that takes the place of this version, if one does.
std::shared_ptr<const ServedModel> ModelRepository::preferred(std::string_view name,
                                                              std::string_view version) const {
  const auto found = preferred_.find(name);
  if (found == preferred_.end()) return nullptr;
  return version.empty() || version == found->second->identity.version ? found->second : nullptr;
}

std::vector<ModelStatus> ModelRepository::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelStatus> all;
  for (const auto& [name, known] : models_) {
    for (const auto& [number, version] : known.versions) {
      ModelStatus status{name, cat(number), version.state, version.failure.what, ""};
      if (version.state == ModelState::not_loaded && known.wanted && known.trouble) {
        status.state = ModelState::unavailable;
        status.reason = known.trouble->what;
      }
      if (version.state == ModelState::not_loaded && status.reason.empty()) status.reason = "not loaded";
      if (version.model) status.digest = version.model->identity.digest;
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
  std::vector<std::string> names;
  for (const auto& [name, known] : models_) names.push_back(name);
  for (const auto& [name, model] : preferred_) {
    if (!models_.contains(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// The version meant; "" = the highest.
Result<uint64_t> ModelRepository::number(std::string_view name, std::string_view version) const {
  const auto model = models_.find(name);
  if (model == models_.end() || model->second.versions.empty()) return unknown(name);
  const auto& versions = model->second.versions;
  if (version.empty()) return versions.rbegin()->first;
  const std::optional<uint64_t> wanted = parse_number<uint64_t>(version);
  if (wanted && versions.contains(*wanted)) return *wanted;
  std::string there;
  for (const auto& [number, known] : versions) there += cat(there.empty() ? "" : ", ", number);
  return fail(ErrorKind::not_found,
              cat("model '", name, "' has no version '", version, "'; there is ", there));
}

std::unexpected<Error> ModelRepository::unknown(std::string_view name) const {
  std::vector<std::string> there;
  for (const auto& [each, known] : models_) there.push_back(each);
  for (const auto& [each, model] : preferred_) there.push_back(each);
  std::ranges::sort(there);
  there.erase(std::ranges::unique(there).begin(), there.end());
  const std::string known =
      there.empty() ? cat("; ", folder_.string(), " holds none") : cat("; there is ", join(there, ", "));
  return fail(ErrorKind::not_found, cat("no model '", name, "'", known));
}

}  // namespace oree::serving
