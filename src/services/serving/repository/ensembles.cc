// Of ModelRepository: ensembles and the models that they are made of.
#include <algorithm>

#include "base/text.h"
#include "services/serving/repository/model_repository.h"

namespace oree::serving {

using modelconfig::ModelFolder;

// The models that this one waits for or would, and those that they do; "" when `name` is not among them. Else
// the one whose step it is.
std::string ModelRepository::comes_back_to(const std::string& name) const {
  std::vector<std::string> seen{name};
  for (size_t i = 0; i < seen.size(); ++i) {
    const auto at = models_.find(seen[i]);
    if (at == models_.end()) continue;
    std::vector<std::string> steps = at->second.steps();
    steps.insert(steps.end(), at->second.brings.begin(), at->second.brings.end());
    for (std::string& step : steps) {
      if (step == name) return seen[i];
      if (std::ranges::find(seen, step) == seen.end()) seen.push_back(std::move(step));
    }
  }
  return "";
}

// An ensemble's models serve before it does. Whoever is part of a circle waits for nobody.
Status ModelRepository::bring_steps(Lock& lock, KnownModel& model) {
  const std::string name = model.folder->name;
  model.brings = model.steps();
  const std::vector<std::string> steps = model.brings;
  std::vector<std::string> missing = steps;
  std::erase_if(missing, [&](const std::string& step) { return models_.contains(step); });
  if (!missing.empty()) {
    return fail(ErrorKind::invalid,
                cat("ensemble ", name,
                    " contains models that are not available or ambiguous: ", join(missing, ", ")));
  }
  if (const std::string last = comes_back_to(name); !last.empty()) {
    return fail(ErrorKind::invalid,
                cat("circular dependency between ensembles: ", name, " -> ... -> ", last, " -> ", name));
  }
  for (const std::string& step : steps) {
    if (const auto at = models_.find(step); at != models_.end()) at->second.wanted = true;
    const Status settled = settle(lock, step);
    if (Status there = check_step(*model.folder, step, settled); !there) return there;
  }
  return {};
}

// Whether what an ensemble wants of one of its models is loaded. `settled`: what came of loading it.
Status ModelRepository::check_step(const ModelFolder& ensemble, const std::string& step,
                                   const Status& settled) const {
  const std::string depends = cat("ensemble '", ensemble.name, "' depends on '", step, "' ");
  const auto at = models_.find(step);
  const auto serves = [](const auto& entry) { return entry.second.model || entry.second.resting; };
  if (at == models_.end() || std::ranges::none_of(at->second.versions, serves)) {
    return fail(
        settled ? ErrorKind::invalid : settled.error().kind,
        cat(depends, "which has no loaded version.",
            settled ? "" : cat(" Model '", step, "' loading failed with error: ", settled.error().what)));
  }
  for (const modelconfig::EnsembleStep& each : ensemble.config.ensemble_scheduling->step) {
    if (each.model_name != step || each.model_version <= 0) continue;
    const auto version = at->second.versions.find(static_cast<uint64_t>(each.model_version));
    if (version != at->second.versions.end() && serves(*version)) continue;
    return fail(ErrorKind::invalid,
                cat(depends, "whose required version ", each.model_version, " is not loaded."));
  }
  return {};
}

// An ensemble whose model was unloaded cannot serve; it comes back with its model.
void ModelRepository::take_down_ensembles_of(Lock& lock, const std::string& step) {
  std::vector<std::string> names;
  for (const auto& [name, known] : models_) {
    if (known.wanted && std::ranges::count(known.steps(), step) > 0) names.push_back(name);
  }
  for (const std::string& name : names) {
    loaded_.wait(lock, [&] {
      const auto at = models_.find(name);
      return at == models_.end() || !at->second.settling;
    });
    const auto at = models_.find(name);
    if (at == models_.end() || !at->second.wanted) continue;
    KnownModel& ensemble = at->second;  // stays while it is settling
    ensemble.settling = true;
    ensemble.trouble = Error{ErrorKind::unavailable, cat("ensemble '", name, "' depends on '", step,
                                                         "' which has no loaded version.")};
    std::vector<uint64_t> serving;
    for (const auto& [number, version] : ensemble.versions) {
      if (version.model) serving.push_back(number);
    }
    for (const uint64_t number : serving) {
      unload(lock, name, number);
      const auto left = ensemble.versions.find(number);
      if (left != ensemble.versions.end()) left->second.failure = *ensemble.trouble;
    }
    ensemble.settling = false;
    loaded_.notify_all();
    take_down_ensembles_of(lock, name);
  }
  publish();
}

// What ensembles missed may be there now, and what theirs did.
void ModelRepository::retry_ensembles_of(const std::vector<std::string>& changed) {
  std::vector<std::string> tried;
  for (std::vector<std::string> next = held_up_by(changed); !next.empty(); next = held_up_by(next)) {
    std::erase_if(next, [&](const std::string& name) { return std::ranges::count(tried, name) > 0; });
    settle_all(next);
    tried.insert(tried.end(), next.begin(), next.end());
  }
}

// The ensembles of these models that should serve and do not.
std::vector<std::string> ModelRepository::held_up_by(const std::vector<std::string>& changed) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (auto& [name, known] : models_) {
    const auto failed = [](const auto& entry) { return entry.second.failed; };
    if (!known.wanted || (!known.trouble && std::ranges::none_of(known.versions, failed))) continue;
    const std::vector<std::string> steps = known.steps();
    if (std::ranges::find_first_of(steps, changed) == steps.end()) continue;
    for (auto& [number, version] : known.versions) {
      if (version.failed) version.tried_mark = ~known.mark_of(number);  // tried again
    }
    names.push_back(name);
  }
  return names;
}

}  // namespace oree::serving
