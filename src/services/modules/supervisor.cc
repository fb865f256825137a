#include "services/modules/supervisor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "services/modules/history_file.h"
#include "services/modules/manifest_source.h"

namespace oree::modules {
namespace {

constexpr int kMostRounds = 8;  // of doing and looking again, before the files are looked at once more

std::optional<int64_t> agent_number(const manifest::Manifest& manifest, std::string_view name) {
  for (const auto& module : manifest.modules) {
    if (module.name != "edgeAgent") continue;
    for (const auto& variable : module.environment) {
      if (iequals(variable.name, name)) return parse_number<int64_t>(variable.value);
    }
  }
  return std::nullopt;
}

// The agent's own variables, by which the original is tuned.
Policy policy_of(const manifest::Manifest& manifest) {
  Policy policy;
  if (const auto n = agent_number(manifest, "CoolOffTimeUnitInSeconds"); n && *n >= 0 && *n <= 86'400)
    policy.cool_off_unit = std::chrono::seconds(*n);
  if (const auto n = agent_number(manifest, "MaxRestartCount"); n && *n >= 1 && *n <= 1'000'000)
    policy.max_restarts = static_cast<int>(*n);
  if (const auto n = agent_number(manifest, "IntensiveCareTimeInMinutes"); n && *n >= 0 && *n <= 100'000)
    policy.intensive_care = std::chrono::minutes(*n);
  return policy;
}

int code_of(const Error& error) {
  return error.kind == ErrorKind::unsupported ? 412 : 400;
}

}  // namespace

struct Supervisor::State {
  State(SupervisorSettings s, World w)
      : settings(std::move(s)),
        world(std::move(w)),
        source(settings.base.value_or(settings.manifest), settings.layers, settings.folder / "manifest",
               world.disk, world.check),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~State() { ::close(wake); }

  void take_up(manifest::Manifest fresh);
  void look_at_files();
  bool round();
  std::vector<Observed> observe();
  void add_images(Snapshot& snapshot);
  bool carry_out(const std::vector<Step>& steps, const std::vector<Spec>& wanted);
  Status do_step(const Step& step, const Spec* spec);
  void note_failure(const std::string& name, const Error& error);
  void publish(const Snapshot& snapshot, const Outlook& outlook);
  void remember(const Histories& before);
  void run(const std::stop_token& stop);
  void wait(std::optional<WallTime> next);
  void stop_all();
  Runtime* runtime_of(const std::string& name);
  Runtime* runtime_for(Kind kind) {
    return kind == Kind::process     ? world.processes.get()
           : kind == Kind::container ? world.containers.get()
                                     : nullptr;
  }

  const SupervisorSettings settings;
  World world;
  ManifestSource source;
  const int wake;

  // Of the thread alone.
  Policy policy;
  std::vector<Spec> specs;                        // all that can be run
  std::map<std::string, std::string> impossible;  // module → why not
  Histories history;
  std::map<std::string, Kind> where;  // observed modules
  Status files_status;
  std::map<std::string, std::string> last_words;  // of the log, so that nothing is said twice

  mutable std::mutex mutex;
  manifest::Manifest manifest;
  std::vector<ModuleReport> reports;
  Deployment deployment;
  std::vector<std::string> restarts;  // asked for
  std::optional<std::filesystem::path> next_base;
  std::jthread thread;
};

void Supervisor::State::take_up(manifest::Manifest fresh) {
  policy = policy_of(fresh);
  specs.clear();
  impossible.clear();
  for (const auto& module : fresh.modules) {
    auto spec = make_spec(module, fresh, settings.specs);
    if (spec) specs.push_back(std::move(*spec));
    if (!spec) {
      impossible[module.name] = spec.error().what;
      world.log.error(spec.error().what);
    }
  }
  // Another manifest is another chance.
  for (auto& [name, one] : history) {
    one.restarts = 0;
    one.failed_starts = 0;
    one.error.clear();
  }
  const std::lock_guard lock(mutex);
  manifest = std::move(fresh);
  deployment.since = world.clock.wall();
  deployment.base = source.base();
}

void Supervisor::State::look_at_files() {
  {
    const std::lock_guard lock(mutex);
    if (next_base && *next_base != source.base()) source.change_base(std::move(*next_base));
    next_base.reset();
  }
  auto news = source.look();
  if (!news) return;
  files_status = news->status;
  if (!files_status) world.log.error(cat("modules: ", files_status.error().what));
  if (news->manifest) {
    world.log.info(cat("modules: a manifest with ", news->manifest->modules.size(), " modules is taken up"));
    take_up(std::move(*news->manifest));
  }
}

std::vector<Observed> Supervisor::State::observe() {
  std::vector<Observed> all;
  where.clear();
  for (const Kind kind : {Kind::process, Kind::container}) {
    Runtime* runtime = runtime_for(kind);
    if (runtime == nullptr) continue;
    auto seen = runtime->observe();
    const std::string key = cat("engine ", kind_name(kind));
    if (!seen) {
      if (std::exchange(last_words[key], seen.error().what) != seen.error().what)
        world.log.warning(cat("modules: ", seen.error().what));
      // Its modules are not gone, only out of sight: what was seen last is left alone.
      for (auto& spec : specs) {
        if (spec.kind == kind) impossible[spec.name] = seen.error().what;
      }
      continue;
    }
    last_words.erase(key);
    for (auto& spec : specs) {
      if (spec.kind == kind) impossible.erase(spec.name);
    }
    for (auto& one : *seen) {
      where[one.name] = kind;
      all.push_back(std::move(one));
    }
  }
  return all;
}

void Supervisor::State::add_images(Snapshot& snapshot) {
  for (const auto& spec : snapshot.wanted) {
    const auto there = std::ranges::find(snapshot.observed, spec.name, &Observed::name);
    if (there != snapshot.observed.end() && there->digest == spec.digest) continue;
    auto image = runtime_for(spec.kind)->image(spec);
    if (!image) note_failure(spec.name, image.error());
    if (image && image->state == ImageState::failed)
      note_failure(spec.name, {ErrorKind::unavailable, image->what});
    snapshot.images[spec.name] = image.value_or(ImageReport{});
  }
  snapshot.history = history;
}

Runtime* Supervisor::State::runtime_of(const std::string& name) {
  if (const auto found = where.find(name); found != where.end()) return runtime_for(found->second);
  return nullptr;
}

void Supervisor::State::note_failure(const std::string& name, const Error& error) {
  History& one = history[name];
  ++one.failed_starts;
  one.last_failed_start = world.clock.wall();
  one.error = error.what;
  if (std::exchange(last_words[name], error.what) != error.what)
    world.log.error(cat("modules: ", error.what));
}

// What is made goes where the spec says; what is stopped or removed is looked for where it is.
Status Supervisor::State::do_step(const Step& step, const Spec* spec) {
  Runtime* there = runtime_of(step.module);
  Runtime* wanted = spec != nullptr ? runtime_for(spec->kind) : there;
  const milliseconds grace = spec != nullptr ? spec->grace : milliseconds(10'000);
  switch (step.act) {
    case Act::fetch:
      return wanted->fetch(*spec);
    case Act::create:
      where[step.module] = spec->kind;
      return wanted->create(*spec);
    case Act::start:
      return wanted->start(step.module);
    case Act::stop:
      return there != nullptr ? there->stop(step.module, grace) : Status();
    case Act::remove:
      return there != nullptr ? there->remove(step.module) : Status();
  }
  return {};
}

// True when something was done that is worth another look at once.
bool Supervisor::State::carry_out(const std::vector<Step>& steps, const std::vector<Spec>& wanted) {
  bool done = false;
  std::vector<std::string> failed;
  for (const auto& step : steps) {
    if (std::ranges::find(failed, step.module) != failed.end()) continue;
    const auto spec = std::ranges::find(wanted, step.module, &Spec::name);
    const auto result = do_step(step, spec == wanted.end() ? nullptr : &*spec);
    if (!result) {
      failed.push_back(step.module);
      note_failure(step.module, result.error());
      continue;
    }
    world.log.info(cat("modules: ", act_name(step.act), " ", step.module,
                       step.is_restart ? cat(" (restart ", history[step.module].restarts, ")") : ""));
    if (step.act == Act::start) last_words.erase(step.module);
    done = done || step.act != Act::fetch;
  }
  return done;
}

bool Supervisor::State::round() {
  const Histories before = history;
  Snapshot snapshot{.observed = observe(), .now = world.clock.wall()};
  for (const auto& spec : specs) {
    if (spec.kind != Kind::station && !impossible.contains(spec.name)) snapshot.wanted.push_back(spec);
  }
  // Of an engine out of sight nothing is removed, and what cannot be run here any more is left alone too.
  std::erase_if(snapshot.observed, [&](const Observed& one) { return impossible.contains(one.name); });
  {
    const std::lock_guard lock(mutex);
    for (const auto& name : restarts) history[name].forced = true;
    restarts.clear();
  }
  add_images(snapshot);
  Outlook outlook = plan(snapshot, policy);
  history = std::move(outlook.history);
  publish(snapshot, outlook);
  const bool again = carry_out(outlook.steps, snapshot.wanted);
  remember(before);
  if (!again) wait(outlook.next);
  return again;
}

void Supervisor::State::remember(const Histories& before) {
  if (history == before) return;
  if (auto stored = store_history(world.disk, settings.folder / "history.json", history); !stored)
    world.log.warning(cat("modules: ", stored.error().what));
}

void Supervisor::State::publish(const Snapshot& snapshot, const Outlook& outlook) {
  std::vector<ModuleReport> fresh;
  std::vector<std::string> wrong;
  if (!files_status) wrong.push_back(files_status.error().what);
  const int code = files_status ? 200 : code_of(files_status.error());
  const auto add = [&](ModuleReport report) {
    const auto seen = std::ranges::find(snapshot.observed, report.spec.name, &Observed::name);
    if (seen != snapshot.observed.end()) report.observed = *seen;
    if (const auto found = outlook.statuses.find(report.spec.name); found != outlook.statuses.end())
      report.status = found->second;
    if (const auto found = history.find(report.spec.name); found != history.end())
      report.history = found->second;
    if (report.error.empty()) report.error = report.history.error;
    if (!report.error.empty()) wrong.push_back(report.error);
    fresh.push_back(std::move(report));
  };
  for (const auto& spec : specs) {
    ModuleReport report{.spec = spec};
    if (spec.kind == Kind::station) report.status = ModuleStatus::running;
    if (const auto why = impossible.find(spec.name); why != impossible.end()) report.error = why->second;
    add(std::move(report));
  }
  const std::lock_guard lock(mutex);
  for (const auto& module : manifest.modules) {
    const auto why = impossible.find(module.name);
    if (why == impossible.end() ||
        std::ranges::any_of(fresh, [&](const auto& r) { return r.spec.name == module.name; }))
      continue;
    Spec spec;
    spec.name = module.name;
    spec.image = module.image;
    add({.spec = std::move(spec), .error = why->second});
  }
  std::ranges::sort(fresh, {}, [](const ModuleReport& report) { return report.spec.name; });
  deployment.code = code != 200 ? code : wrong.empty() ? 200 : 500;
  deployment.description = join(wrong, "\n");
  reports = std::move(fresh);
}

void Supervisor::State::wait(std::optional<WallTime> next) {
  auto longest = settings.look;
  if (next)
    longest =
        std::clamp(std::chrono::ceil<milliseconds>(*next - world.clock.wall()), milliseconds(1), longest);
  std::vector<pollfd> watched{{wake, POLLIN, 0}};
  for (Runtime* runtime : {world.processes.get(), world.containers.get()}) {
    if (runtime == nullptr) continue;
    for (const int descriptor : runtime->descriptors()) watched.push_back({descriptor, POLLIN, 0});
  }
  ::poll(watched.data(), watched.size(), static_cast<int>(longest.count()));
  uint64_t count = 0;
  (void)!::read(wake, &count, sizeof count);
}

void Supervisor::State::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look_at_files();
    for (int i = 0; i < kMostRounds && !stop.stop_requested() && round(); ++i) {
    }
  }
}

// Those of one startup order at the same time, the last order first.
void Supervisor::State::stop_all() {
  std::map<uint32_t, std::vector<Spec>, std::greater<>> by_order;
  for (const auto& spec : specs) {
    if (where.contains(spec.name)) by_order[spec.startup_order].push_back(spec);
  }
  const Histories before = history;
  for (const auto& [order, some] : by_order) {
    for (const auto& spec : some)
      history[spec.name].wanted_stop = true;  // so that the next start is no restart
    std::vector<std::jthread> stopping;
    for (const auto& spec : some) {
      stopping.emplace_back([this, &spec] {
        if (auto stopped = runtime_for(where.at(spec.name))->stop(spec.name, spec.grace); !stopped)
          world.log.warning(cat("modules: ", stopped.error().what));
      });
    }
  }
  remember(before);
}

Supervisor::Supervisor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Supervisor::~Supervisor() {
  stop();
}

Result<std::unique_ptr<Supervisor>> Supervisor::start(SupervisorSettings settings, World world) {
  if (auto made = world.disk.make_folder(settings.folder); !made) return forward(made);
  auto state = std::make_unique<State>(std::move(settings), std::move(world));
  auto history = load_history(state->world.disk, state->settings.folder / "history.json");
  if (!history) state->world.log.warning(cat("modules: counts begin anew: ", history.error().what));
  const Histories known = history.value_or(Histories{});
  state->look_at_files();
  if (state->manifest.modules.empty() && !state->files_status) return forward(state->files_status);
  // A restart of the station is no other manifest: what has failed stays failed.
  state->history = known;
  State* raw = state.get();
  std::unique_ptr<Supervisor> out(new Supervisor(std::move(state)));
  raw->thread = std::jthread([raw](const std::stop_token& stop) { raw->run(stop); });
  return out;
}

void Supervisor::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  const uint64_t one = 1;
  (void)!::write(state_->wake, &one, sizeof one);
  state_->thread.join();
  state_->stop_all();
}

std::vector<ModuleReport> Supervisor::modules() const {
  const std::lock_guard lock(state_->mutex);
  return state_->reports;
}

Deployment Supervisor::deployment() const {
  const std::lock_guard lock(state_->mutex);
  return state_->deployment;
}

manifest::Manifest Supervisor::manifest() const {
  const std::lock_guard lock(state_->mutex);
  return state_->manifest;
}

Status Supervisor::check(const manifest::Manifest& manifest) const {
  if (state_->world.check) {
    if (auto right = state_->world.check(manifest); !right) return right;
  }
  std::vector<std::string> wrong;
  for (const auto& module : manifest.modules) {
    if (const auto spec = make_spec(module, manifest, state_->settings.specs); !spec)
      wrong.push_back(spec.error().what);
  }
  return wrong.empty() ? Status() : fail(ErrorKind::invalid, join(wrong, "\n"));
}

void Supervisor::use(std::optional<std::filesystem::path> base) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->next_base = base.value_or(state_->settings.manifest);
  }
  const uint64_t one = 1;
  (void)!::write(state_->wake, &one, sizeof one);
}

Status Supervisor::restart(const std::string& name) {
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = std::ranges::find(state_->reports, name, [](const auto& r) { return r.spec.name; });
    if (found == state_->reports.end())
      return fail(ErrorKind::not_found, cat("there is no module '", name, "'"));
    if (found->spec.digest.empty()) return fail(ErrorKind::conflict, found->error);  // nothing runs it
    if (found->spec.kind == Kind::station)
      return fail(ErrorKind::conflict, cat("module '", name, "' is the station itself: restart the station"));
    if (found->spec.status == manifest::WantedStatus::stopped)
      return fail(ErrorKind::conflict, cat("module '", name, "' is to be stopped, says the manifest"));
    state_->restarts.push_back(name);
  }
  const uint64_t one = 1;
  (void)!::write(state_->wake, &one, sizeof one);
  return {};
}

Result<LogPage> Supervisor::logs(const std::string& name, const LogQuery& query) {
  Kind kind = Kind::station;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = std::ranges::find(state_->reports, name, [](const auto& r) { return r.spec.name; });
    if (found == state_->reports.end())
      return fail(ErrorKind::not_found, cat("there is no module '", name, "'"));
    kind = found->spec.kind;
    if (!found->observed && kind != Kind::station) {
      return fail(ErrorKind::not_found,
                  cat("module '", name, "' has not run yet", found->error.empty() ? "" : ": ", found->error));
    }
  }
  Runtime* runtime = state_->runtime_for(kind);
  if (runtime == nullptr)
    return fail(ErrorKind::unsupported, cat("module '", name, "' is the station itself"));
  return runtime->logs(name, query);
}

}  // namespace oree::modules
