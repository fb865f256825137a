// Of ModelRepository: what inference::Service asks, and who decides what is loaded.
#include <algorithm>
#include <functional>

#include "base/text.h"
#include "core/modelconfig/parse.h"
#include "services/serving/repository/model_repository.h"

namespace oree::serving {

using inference::IndexRow;
using inference::LoadRequest;
using inference::ModelStatistics;
using inference::Wait;
using modelconfig::ModelFolder;

Result<std::shared_ptr<inference::Served>> ModelRepository::find(std::string_view name,
                                                                 std::string_view version, Wait wait) {
  {
    const std::shared_ptr<const Snapshot> snapshot = snapshot_.get();
    const auto at = snapshot->find(name);
    if (at != snapshot->end()) {
      if (const ReadyVersion* ready = at->second.find(version)) {
        if (settings_.memory_budget != 0) ready->used->store(++uses_, std::memory_order_relaxed);
        return ready->served;
      }
    }
  }
  if (wait == Wait::no) {
    const std::lock_guard lock(mutex_);
    return std::unexpected(not_served(name, version));
  }
  const Served model = load_and_find(name, version);
  if (!model) return forward(model);
  return (*model)->served;
}

// Why a version is not in the snapshot. `busy`: it would be after a load, which a thread that may wait can
// have.
Error ModelRepository::not_served(std::string_view name, std::string_view version) const {
  const auto sentence = [&](ErrorKind kind, std::string_view rest) {
    return Error{kind, cat("Request for unknown model: '", name, "' ", rest)};
  };
  const auto at = models_.find(name);
  if (at == models_.end()) return sentence(ErrorKind::not_found, "is not found");
  const KnownModel& model = at->second;
  const auto loads = [&](const KnownVersion& known) {
    return known.resting || (settings_.mode == ControlMode::on_demand && !known.model &&
                             known.state != ModelState::unavailable);
  };
  if (!version.empty()) {
    const auto number = parse_number<uint64_t>(version);
    const auto known = number ? model.versions.find(*number) : model.versions.end();
    if (known == model.versions.end())
      return sentence(ErrorKind::not_found, cat("version ", version, " is not found"));
    if (loads(known->second))
      return sentence(ErrorKind::busy, cat("version ", version, " is not loaded yet"));
    return sentence(ErrorKind::unavailable, cat("version ", version, " is not at ready state"));
  }
  if (std::ranges::any_of(model.versions, [&](const auto& each) { return loads(each.second); })) {
    return sentence(ErrorKind::busy, "is not loaded yet");
  }
  return sentence(ErrorKind::unavailable, "has no available versions");
}

// For whoever may wait: loads what not_served() calls busy.
ModelRepository::Served ModelRepository::load_and_find(std::string_view name, std::string_view version) {
  {
    const std::lock_guard lock(mutex_);
    const Error why = not_served(name, version);
    if (why.kind != ErrorKind::busy) return std::unexpected(why);
  }
  Served model = served(name, version);
  if (!model) {
    return fail(ErrorKind::unavailable, cat("Request for unknown model: '", name,
                                            "' has no available versions: ", model.error().what));
  }
  return model;
}

Result<std::vector<std::string>> ModelRepository::versions(std::string_view name) {
  const std::shared_ptr<const Snapshot> snapshot = snapshot_.get();
  const auto at = snapshot->find(name);
  if (at == snapshot->end()) {
    return fail(ErrorKind::not_found, cat("Request for unknown model: '", name, "' is not found"));
  }
  std::vector<std::string> versions;
  for (const ReadyVersion& ready : at->second.versions) versions.push_back(ready.text);
  return versions;
}

std::vector<IndexRow> ModelRepository::index() const {
  std::vector<IndexRow> rows;
  for (const ModelStatus& status : list()) {
    const bool never = status.state == ModelState::not_loaded && status.reason == "not loaded";
    if (never && settings_.mode != ControlMode::on_demand) continue;
    rows.push_back({status.name, status.version, never ? "" : std::string(state_name(status.state)),
                    never ? "" : status.reason});
  }
  for (const std::string& name : names()) {
    if (std::ranges::find(rows, name, &IndexRow::name) == rows.end()) rows.push_back({name, "", "", ""});
  }
  const std::lock_guard lock(mutex_);
  for (IndexRow& row : rows) {
    const auto at = models_.find(row.name);
    if (!row.version.empty() || at == models_.end() || !at->second.wanted || !at->second.trouble) continue;
    row.state = state_name(ModelState::unavailable);
    row.reason = at->second.trouble->what;
  }
  std::ranges::stable_sort(rows, {}, &IndexRow::name);
  return rows;
}

Result<std::vector<ModelStatistics>> ModelRepository::statistics(std::string_view name,
                                                                 std::string_view version) {
  const std::shared_ptr<const Snapshot> snapshot = snapshot_.get();
  std::vector<ModelStatistics> rows;
  for (const auto& [each, model] : *snapshot) {
    if (!name.empty() && each != name) continue;
    for (const ReadyVersion& ready : model.versions) {
      if (version.empty() || version == ready.text) rows.push_back(ready.served->statistics());
    }
  }
  if (rows.empty() && !name.empty()) {
    const std::lock_guard lock(mutex_);
    Error why = not_served(name, version);
    if (why.kind == ErrorKind::busy) why.kind = ErrorKind::unavailable;
    return std::unexpected(std::move(why));
  }
  std::ranges::sort(rows, {}, [](const ModelStatistics& row) { return std::pair(row.name, row.version); });
  return rows;
}

namespace {

struct Candidate {
  ModelFolder folder;
  std::shared_ptr<const files::PrivateFolder> sent;
  uint64_t configuration = 0;
};

// What a client sent, read like any other model.
Result<Candidate> receive(std::string_view name, const LoadRequest& request) {
  auto folder = files::PrivateFolder::create();
  if (!folder) return forward(folder);
  auto sent = std::make_shared<const files::PrivateFolder>(std::move(*folder));
  if (Status written = modelconfig::write_inline(*sent, name, request.files); !written)
    return forward(written);
  auto model = modelconfig::read_model_folder(sent->path(), name);
  if (!model) return forward(model);
  return Candidate{std::move(*model), std::move(sent), 0};
}

std::unexpected<Error> not_polled(std::string_view name, const Error& why) {
  return fail(why.kind, cat("failed to load '", name, "', failed to poll from model repository: ", why.what));
}

Status apply_configuration(Candidate& candidate, std::string_view name, const std::string& json) {
  auto config = modelconfig::parse_config_json(json);
  if (!config) return forward(config);
  if (config->name.empty()) config->name = name;
  if (config->name != name) {
    return fail(ErrorKind::invalid,
                cat("unexpected name '", config->name, "' in the configuration of model '", name, "'"));
  }
  candidate.folder.config = std::move(*config);
  candidate.folder.has_config = true;
  candidate.folder.fault.reset();
  if (Status good = modelconfig::check_written(candidate.folder.config, name); !good)
    candidate.folder.fault = good.error();
  candidate.configuration = std::hash<std::string>{}(json) | 1;
  return {};
}

}  // namespace

Status ModelRepository::load(std::string_view name, const LoadRequest& request) {
  if (settings_.mode == ControlMode::none || settings_.mode == ControlMode::poll) {
    return fail(ErrorKind::unavailable, "explicit model load / unload is not allowed if polling is enabled");
  }
  if (Status good = modelconfig::check_model_name(name); !good) return good;
  if (!request.files.empty() && request.config_json.empty()) {
    return fail(ErrorKind::invalid, cat("failed to load '", name, "', files were sent without 'config'"));
  }
  Result<Candidate> candidate = [&]() -> Result<Candidate> {
    if (!request.files.empty()) return receive(name, request);
    auto model = read(name);
    if (!model || (!model->has_config && model->versions.empty())) {
      return fail(ErrorKind::invalid,
                  cat("failed to load '", name, "', failed to poll from model repository"));
    }
    return Candidate{std::move(*model), nullptr, 0};
  }();
  if (!candidate) return forward(candidate);
  if (!request.config_json.empty()) {
    if (Status applied = apply_configuration(*candidate, name, request.config_json); !applied) {
      return not_polled(name, applied.error());
    }
  }
  std::vector<uint64_t> on_disk;
  for (const auto& [number, version] : candidate->folder.versions) on_disk.push_back(number);
  if (!candidate->folder.fault &&
      modelconfig::aspired_versions(candidate->folder.config.version_policy, on_disk).empty()) {
    return fail(
        ErrorKind::invalid,
        cat("load failed for model '", name,
            "': at least one version must be available under the version policy of model '", name, "'"));
  }
  Lock lock(mutex_);
  const std::string key(name);
  loaded_.wait(lock, [&] {
    const auto at = models_.find(key);
    return at == models_.end() || !at->second.settling;
  });
  KnownModel& known = models_[key];
  const std::optional<Error> fault = candidate->folder.fault;
  known.sent = std::move(candidate->sent);
  known.configuration = candidate->configuration;
  known.wanted = true;
  known.look_again(std::move(candidate->folder));
  for (auto& [number, version] : known.versions) {
    if (version.failed || version.resting) version.tried_mark = ~known.mark_of(number);  // tried again
    if (version.resting) version.resting = version.tried = false;
  }
  const Status settled = settle(lock, key);
  if (fault) {
    return not_polled(name, *fault);
  }
  lock.unlock();
  retry_ensembles_of({key});
  if (settled) return {};
  return fail(settled.error().kind, cat("load failed for model '", name, "': ", settled.error().what));
}

Status ModelRepository::unload(std::string_view name, bool with_dependents) {
  if (settings_.mode == ControlMode::none || settings_.mode == ControlMode::poll) {
    return fail(ErrorKind::unavailable, "explicit model load / unload is not allowed if polling is enabled");
  }
  if (Status good = modelconfig::check_model_name(name); !good) return good;
  Lock lock(mutex_);
  const auto at = models_.find(name);
  if (at == models_.end()) return {};
  at->second.wanted = false;
  const std::vector<std::string> steps = with_dependents ? at->second.steps() : std::vector<std::string>{};
  Status settled = settle(lock, std::string(name));
  take_down_ensembles_of(lock, std::string(name));
  if (const auto sent = models_.find(name); sent != models_.end() && sent->second.sent) {
    // What was sent goes with it; what lies on disk under this name is known again at the next look.
    sent->second.sent.reset();
    if (auto disk = read(name)) {
      sent->second.configuration = 0;
      sent->second.look_again(std::move(*disk));
    } else if (!sent->second.settling) {
      models_.erase(sent);
    }
  }
  for (const std::string& step : steps) {
    const bool needed = std::ranges::any_of(models_, [&](const auto& other) {
      return other.second.wanted && std::ranges::count(other.second.steps(), step) > 0;
    });
    const auto dependent = models_.find(step);
    if (needed || dependent == models_.end()) continue;
    dependent->second.wanted = false;
    if (Status gone = settle(lock, step); !gone) settled = gone;
  }
  publish();
  return settled;
}

bool ModelRepository::is_for_start(std::string_view name) const {
  const auto& named = settings_.load_at_start;
  return settings_.mode != ControlMode::explicitly || std::ranges::count(named, "*") > 0 ||
         std::ranges::count(named, name) > 0;
}

void ModelRepository::prepare() {
  if (settings_.mode == ControlMode::on_demand) return;
  std::shared_ptr<const modelconfig::ModelFolder> first;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, known] : models_) {
      if (!is_for_start(name) || known.folder->versions.empty()) continue;
      first = known.folder;
      break;
    }
  }
  if (first != nullptr) loader_.prepare(*first, first->versions.rbegin()->first);
}

void ModelRepository::start() {
  if (settings_.mode == ControlMode::on_demand) return;
  std::vector<std::string> wanted;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, known] : models_) {
      known.wanted = is_for_start(name);
      if (known.wanted) wanted.push_back(name);
    }
  }
  settle_all(wanted);
  ready_ = true;
  if (settings_.mode != ControlMode::poll) return;
  watch_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex waiting;
    std::condition_variable_any never;
    for (std::unique_lock lock(waiting); !stop.stop_requested();) {
      never.wait_for(lock, stop, settings_.poll_every, [] { return false; });
      if (!stop.stop_requested()) poll();
    }
  });
}

void ModelRepository::poll() {
  auto found = read_all();
  if (!found) return;  // the folder itself cannot be read now: nothing is known to have changed
  std::vector<std::string> changed, gone;
  {
    const std::lock_guard lock(mutex_);
    std::map<std::string, uint64_t, std::less<>> seen;
    // Whether the look before saw the same; else the next one may.
    const auto stands = [&](const std::string& name, uint64_t mark) {
      const auto before = seen_.find(name);
      if (before != seen_.end() && before->second == mark) return true;
      seen[name] = mark;
      return false;
    };
    for (ModelFolder& model : *found) {
      uint64_t mark = model.mark + 1;
      for (const auto& [number, version] : model.versions) mark = mark * 31 + (version.mark ^ number);
      const auto known = models_.find(model.name);
      uint64_t now = 0;
      if (known != models_.end()) {
        now = known->second.folder->mark + 1;
        for (const auto& [number, version] : known->second.folder->versions)
          now = now * 31 + (version.mark ^ number);
      }
      if ((known != models_.end() && now == mark) || !stands(model.name, mark)) continue;
      changed.push_back(model.name);
      KnownModel& taken = models_[model.name];
      taken.wanted = true;
      taken.look_again(std::move(model));
    }
    for (auto& [name, known] : models_) {
      const bool there = std::ranges::find(*found, name, &ModelFolder::name) != found->end() ||
                         std::ranges::count(changed, name) > 0;
      if (there || !known.wanted || !stands(name, 0)) continue;
      known.wanted = false;
      changed.push_back(name);
      gone.push_back(name);
    }
    seen_ = std::move(seen);
  }
  settle_all(changed);
  for (const std::string& name : gone) {
    Lock lock(mutex_);
    take_down_ensembles_of(lock, name);
    std::erase(changed, name);
  }
  retry_ensembles_of(changed);
  const std::lock_guard lock(mutex_);
  std::erase_if(models_, [](const auto& entry) { return !entry.second.wanted && !entry.second.settling; });
  publish();
}

}  // namespace oree::serving
