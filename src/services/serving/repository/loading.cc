// Of ModelRepository: how versions come and go.
#include <malloc.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "services/serving/repository/model_repository.h"

namespace oree::serving {

using modelconfig::Action;

ModelRepository::Served ModelRepository::get(Lock& lock, const std::string& name, uint64_t version) {
  const auto model = models_.find(name);
  if (model == models_.end() || !model->second.versions.contains(version)) return unknown(name);
  KnownVersion& known = model->second.versions[version];
  if (known.model) {
    *known.used = ++uses_;
    return known.model;
  }
  if (known.state == ModelState::unavailable) return std::unexpected(known.failure);
  // Elsewhere the policy says what is loaded; only what had to make room comes back by itself.
  if (settings_.mode != ControlMode::on_demand && !known.resting) {
    return fail(ErrorKind::unavailable,
                cat("model '", name, "' version ", version, " is not at ready state"));
  }
  return load(lock, name, version);
}

// Whoever comes while it is being loaded waits for the result.
ModelRepository::Served ModelRepository::load(Lock& lock, const std::string& name, uint64_t version) {
  const auto find = [&]() -> KnownVersion* {
    const auto model = models_.find(name);
    if (model == models_.end()) return nullptr;
    const auto at = model->second.versions.find(version);
    return at == model->second.versions.end() ? nullptr : &at->second;
  };
  KnownVersion* known = find();
  if (known == nullptr) return unknown(name);
  if (known->state != ModelState::loading) return load_anew(lock, name, version);
  loaded_.wait(lock, [&] {
    known = find();
    return known == nullptr || known->state != ModelState::loading;
  });
  if (known == nullptr) return unknown(name);
  if (known->model) return known->model;
  return std::unexpected(known->failure);
}

bool ModelRepository::fits(const modelconfig::ModelFolder& folder, uint64_t version) const {
  const auto files = folder.versions.find(version);
  return settings_.memory_budget == 0 || files == folder.versions.end() ||
         files->second.bytes <= settings_.memory_budget;
}

std::unexpected<Error> ModelRepository::too_large(const std::string& name) const {
  return fail(ErrorKind::full, cat("model '", name, "' alone is larger than the memory budget of ",
                                   size_text(settings_.memory_budget)));
}

// Loads outside the lock. Precondition: the version is known and not being loaded.
ModelRepository::Served ModelRepository::load_anew(Lock& lock, const std::string& name, uint64_t version) {
  KnownModel& model = models_.find(name)->second;
  KnownVersion& begun = model.versions[version];
  begun.state = ModelState::loading;
  begun.tried = true;
  begun.tried_mark = model.mark_of(version);
  const std::shared_ptr<const modelconfig::ModelFolder> folder = model.folder;
  const std::shared_ptr<const files::PrivateFolder> sent = model.sent;  // must not go meanwhile
  make_room(name, version);
  lock.unlock();
  Served loaded = fits(*folder, version) ? loader_.load(*folder, version, tap_) : too_large(name);
  lock.lock();
  loaded_.notify_all();
  const auto at = models_.find(name);
  if (at == models_.end() || !at->second.versions.contains(version)) return unknown(name);
  KnownVersion& known = at->second.versions[version];
  std::shared_ptr<const ServedModel> replaced;
  known.failed = !loaded;
  known.resting = false;
  if (loaded) {
    replaced = std::exchange(known.model, *loaded);
    known.failure = {};
    *known.used = ++uses_;
  } else {
    known.failure = loaded.error();
  }
  known.state = known.model ? ModelState::ready : ModelState::unavailable;
  make_room(name, version);
  publish();
  if (replaced) {  // its network goes without holding up others
    lock.unlock();
    replaced.reset();
    lock.lock();
  }
  return loaded;
}

void ModelRepository::unload(Lock& lock, const std::string& name, uint64_t version) {
  const auto at = models_.find(name);
  if (at == models_.end() || !at->second.versions.contains(version)) return;
  KnownVersion& known = at->second.versions[version];
  known.state = ModelState::unloading;
  std::shared_ptr<const ServedModel> going = std::move(known.model);
  known.model.reset();
  known.failed = known.tried = known.resting = false;
  publish();
  lock.unlock();
  const bool last = going.use_count() == 1;
  going.reset();
  if (last) malloc_trim(0);  // what a network took goes back to the system
  lock.lock();
  const auto again = models_.find(name);
  if (again == models_.end()) return;
  const auto left = again->second.versions.find(version);
  if (left == again->second.versions.end() || left->second.state != ModelState::unloading) return;
  left->second.state = ModelState::unavailable;
  left->second.failure = {ErrorKind::unavailable, "unloaded"};
  if (!left->second.on_disk) again->second.versions.erase(left);
}

// Lets go of what was not asked for the longest until this version fits beside the rest.
void ModelRepository::make_room(const std::string& name, uint64_t version) {
  if (settings_.memory_budget == 0) return;
  const auto own = models_.find(name);
  const auto files = own->second.folder->versions.find(version);
  if (files == own->second.folder->versions.end() || !fits(*own->second.folder, version)) return;
  const uint64_t needed = files->second.bytes;
  for (;;) {
    uint64_t held = needed;
    KnownVersion* oldest = nullptr;
    for (auto& [each, model] : models_) {
      for (auto& [number, known] : model.versions) {
        if (!known.model || (each == name && number == version)) continue;
        held += known.model->bytes;
        const bool idle =
            known.state == ModelState::ready && (oldest == nullptr || *known.used < *oldest->used);
        if (idle) oldest = &known;
      }
    }
    if (held <= settings_.memory_budget || oldest == nullptr) return;
    oldest->model.reset();
    oldest->state = ModelState::not_loaded;
    oldest->resting = true;
    oldest->failure = {ErrorKind::unavailable,
                       "unloaded to stay within the memory budget; the next request loads it again"};
    publish();
  }
}

// Does what the model's policy says until there is nothing left to do. One at a time for each model. The
// first failure of a version that should serve.
Status ModelRepository::settle(Lock& lock, const std::string& name) {
  loaded_.wait(lock, [&] {
    const auto at = models_.find(name);
    return at == models_.end() || !at->second.settling;
  });
  const auto at = models_.find(name);
  if (at == models_.end()) return {};
  KnownModel& model = at->second;  // stays while it is settling
  model.settling = true;
  model.trouble.reset();
  Status possible = model.wanted && !model.folder->fault ? bring_steps(lock, model) : Status{};
  model.brings.clear();
  if (model.wanted && possible && model.aspired().empty()) possible = nothing_to_serve(model);
  Status failed;
  for (std::vector<Action> actions; possible && !(actions = next_actions(model.view())).empty();) {
    for (const Action& action : actions) {
      if (action.kind == Action::Kind::unload) {
        unload(lock, name, action.version);
      } else if (const Served loaded = load(lock, name, action.version); !loaded) {
        failed = fail(loaded.error().kind, cat("version ", action.version,
                                               " is at UNAVAILABLE state: ", loaded.error().what, ";"));
      }
    }
  }
  if (!possible) model.trouble = possible.error();
  model.settling = false;
  loaded_.notify_all();
  publish();
  return possible ? failed : possible;
}

std::unexpected<Error> ModelRepository::nothing_to_serve(const KnownModel& model) {
  if (model.folder->fault) return std::unexpected(*model.folder->fault);
  return fail(ErrorKind::invalid,
              cat("at least one version must be available under the version policy of model '",
                  model.folder->name, "'"));
}

void ModelRepository::settle_all(const std::vector<std::string>& names) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t at = next++; at < names.size(); at = next++) {
      Lock lock(mutex_);
      (void)settle(lock, names[at]);  // index() says why not
    }
  };
  std::vector<std::jthread> threads;
  const size_t more = std::min(names.size(), static_cast<size_t>(std::max(settings_.load_threads, 1)));
  for (size_t i = 1; i < more; ++i) threads.emplace_back(work);
  work();
}

void ModelRepository::publish() {
  auto next = std::make_shared<Snapshot>();
  for (const auto& [name, known] : models_)
    (*next)[name] = known.ready(settings_.mode == ControlMode::on_demand);
  for (const auto& [name, model] : preferred_) {
    if (!model->served) continue;
    ReadyModel& ready = (*next)[name];
    const uint64_t number = parse_number<uint64_t>(model->identity.version).value_or(0);
    std::erase_if(ready.versions, [&](const ReadyVersion& each) { return each.number == number; });
    ready.versions.push_back({number, model->identity.version, model->served, std::make_shared<LastUse>(0)});
    std::ranges::sort(ready.versions, {}, &ReadyVersion::number);
    ready.newest = static_cast<int>(std::ranges::find(ready.versions, number, &ReadyVersion::number) -
                                    ready.versions.begin());
  }
  snapshot_.put(std::move(next));
}

}  // namespace oree::serving
