#include "services/modules/process/process_runtime.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/text.h"

namespace oree::modules {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostFile = 4u << 20;
constexpr milliseconds kPatience{
    10'000};  // with a keeper that starts, and beyond the grace of one that stops

// A child's exit code, once it has said everything on `output`; 124 when it took too long and was killed.
int wait_for(pid_t child, int output, std::string& said) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd one{output, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      return 124;
    }
    char room[2048];
    const ssize_t count = ::read(output, room, sizeof room);
    if (count <= 0) break;
    said.append(room, static_cast<size_t>(count));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The program with its words, all signals as a program expects them, its errors readable.
Result<pid_t> spawn(std::vector<std::string> words, int error) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, error, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int failed = ::posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return fail(ErrorKind::unavailable, cat("cannot run ", words.front(), ": ",
                                            std::error_code(failed, std::generic_category()).message()));
  return child;
}

ErrorKind kind_of_exit(int code) {
  for (const auto kind : {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::denied,
                          ErrorKind::timeout, ErrorKind::full, ErrorKind::corrupt}) {
    if (facts(kind).exit_code == code) return kind;
  }
  return ErrorKind::unavailable;
}

}  // namespace

ProcessRuntime::ProcessRuntime(ProcessSettings settings, ControlGroups groups, files::Disk& disk,
                               const Clock& clock)
    : settings_(std::move(settings)), groups_(std::move(groups)), disk_(disk), clock_(clock) {}

ProcessRuntime::~ProcessRuntime() {
  for (const auto& [name, watch] : watched_) ::close(watch.descriptor);
}

Result<json::Value> ProcessRuntime::read(const std::string& name, std::string_view file) {
  const fs::path path = folder_of(name) / file;
  const auto bytes = disk_.read(path, kMostFile);
  if (!bytes) return forward(bytes);
  auto value = json::parse(as_text(*bytes));
  if (!value) return fail(ErrorKind::corrupt, cat(path.string(), ": ", value.error().what));
  return value;
}

void ProcessRuntime::watch(const std::string& name, const ProcessId* keeper) {
  const auto known = watched_.find(name);
  if (known != watched_.end()) {
    if (keeper != nullptr && known->second.keeper == *keeper) return;
    ::close(known->second.descriptor);
    watched_.erase(known);
  }
  if (keeper == nullptr) return;
  if (const int descriptor = open_process(*keeper); descriptor >= 0) watched_[name] = {*keeper, descriptor};
}

// The keeper ended without a word: it was killed, or the machine went down. Nobody knows how its module did.
Status ProcessRuntime::note_lost(const std::string& name, const KeeperState& state) {
  if (const int left = open_process(state.module); left >= 0) {
    ::syscall(SYS_pidfd_send_signal, left, SIGKILL, nullptr, 0);
    pollfd one{left, POLLIN, 0};
    ::poll(&one, 1, static_cast<int>(kPatience.count()));
    ::close(left);
  }
  const ModuleExit exit{state.started, clock_.wall(), 137, "it was lost together with its keeper"};
  return disk_.write(folder_of(name) / "exit.json", as_bytes(json::print(to_json(exit), 1)));
}

Result<Observed> ProcessRuntime::look_at(const std::string& name) {
  const auto order_value = read(name, "order.json");
  if (!order_value) return forward(order_value);
  const auto order = parse_order(*order_value);
  if (!order) return forward(order, name);
  Observed out{.name = name, .digest = order->digest};
  const auto state_value = read(name, "state.json");
  if (!state_value && state_value.error().kind == ErrorKind::not_found) {
    watch(name, nullptr);
    return out;
  }
  if (!state_value) return forward(state_value);
  const auto state = parse_state(*state_value);
  if (!state) return forward(state, name);
  out.started = state->started;
  if (is_alive(state->keeper)) {
    out.phase = Phase::running;
    const auto health = read(name, "health.json");
    const auto* status = health ? health->find("status") : nullptr;
    out.unhealthy = status != nullptr && status->text() != nullptr && *status->text() == "unhealthy";
    watch(name, &state->keeper);
    return out;
  }
  watch(name, nullptr);
  auto exit_value = read(name, "exit.json");
  if (!exit_value) {
    if (auto noted = note_lost(name, *state); !noted) return forward(noted);
    exit_value = read(name, "exit.json");
  }
  if (!exit_value) return forward(exit_value);
  const auto exit = parse_exit(*exit_value);
  if (!exit) return forward(exit, name);
  out.phase = Phase::exited;
  out.exit_code = exit->code;
  out.finished = exit->finished;
  out.detail = exit->detail;
  return out;
}

Result<std::vector<Observed>> ProcessRuntime::observe() {
  std::vector<Observed> out;
  const auto names = disk_.list(settings_.folder);
  if (!names && names.error().kind == ErrorKind::not_found) return out;
  if (!names) return forward(names);
  for (const auto& name : *names) {
    auto seen = look_at(name.string());
    if (seen) out.push_back(std::move(*seen));
    // Half made, or damaged: nothing that runs is in it that a keeper's lock would not protect.
    if (!seen)
      out.push_back(
          {.name = name.string(), .digest = "", .phase = Phase::created, .detail = seen.error().what});
  }
  return out;
}

Status ProcessRuntime::create(const Spec& spec) {
  if (auto made = disk_.make_folder(folder_of(spec.name)); !made) return made;
  auto groups = groups_.make(spec.name, spec.limits);
  if (!groups) return forward(groups);
  KeeperOrder order{.digest = spec.digest,
                    .command = spec.command,
                    .folder = spec.folder,
                    .groups = std::move(*groups),
                    .stop_signal = spec.stop_signal,
                    .grace = spec.grace,
                    .log = settings_.log,
                    .health = spec.health};
  bool has_path = false;
  for (const auto& variable : spec.environment) {
    has_path = has_path || variable.name == "PATH";
    order.environment.push_back(cat(variable.name, "=", variable.value));
  }
  if (!has_path)
    order.environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return disk_.write(folder_of(spec.name) / "order.json", as_bytes(json::print(to_json(order), 1)));
}

Status ProcessRuntime::start(const std::string& name) {
  int said[2];
  if (::pipe2(said, O_CLOEXEC) != 0) return fail(ErrorKind::unavailable, "no pipe can be made");
  auto words = settings_.keeper_program;
  words.push_back(folder_of(name).string());
  const auto child = spawn(std::move(words), said[1]);
  ::close(said[1]);
  std::string text;
  const int code = child ? wait_for(*child, said[0], text) : 0;
  ::close(said[0]);
  if (!child) return forward(child);
  if (code == 0) return {};
  if (code == 124) return fail(ErrorKind::timeout, cat("module '", name, "' took too long to start"));
  return fail(kind_of_exit(code), cat("module '", name, "': ", trim(text)));
}

Status ProcessRuntime::stop(const std::string& name, milliseconds grace) {
  const auto value = read(name, "state.json");
  if (!value) return value.error().kind == ErrorKind::not_found ? Status() : forward(value);
  const auto state = parse_state(*value);
  if (!state) return forward(state);
  const int keeper = open_process(state->keeper);
  if (keeper < 0) return {};
  ::syscall(SYS_pidfd_send_signal, keeper, SIGTERM, nullptr, 0);
  pollfd one{keeper, POLLIN, 0};
  const auto longest = std::min(grace, milliseconds(600'000)) + kPatience;
  const bool ended = ::poll(&one, 1, static_cast<int>(longest.count())) > 0;
  // A keeper that hangs takes its module along.
  if (!ended) {
    ::syscall(SYS_pidfd_send_signal, keeper, SIGKILL, nullptr, 0);
    ::poll(&one, 1, static_cast<int>(kPatience.count()));
  }
  ::close(keeper);
  return {};
}

Status ProcessRuntime::remove(const std::string& name) {
  watch(name, nullptr);
  groups_.remove(name);
  const auto files = disk_.list(folder_of(name));
  if (!files) return files.error().kind == ErrorKind::not_found ? Status() : forward(files);
  std::error_code error;
  fs::remove_all(folder_of(name), error);
  if (error)
    return fail(ErrorKind::unavailable,
                cat("cannot remove ", folder_of(name).string(), ": ", error.message()));
  return {};
}

Result<LogPage> ProcessRuntime::logs(const std::string& name, const LogQuery& query) {
  if (const auto there = disk_.list(folder_of(name)); !there) return forward(there);
  return read_log(disk_, folder_of(name), query);
}

std::vector<int> ProcessRuntime::descriptors() const {
  std::vector<int> out;
  for (const auto& [name, watch] : watched_) out.push_back(watch.descriptor);
  return out;
}

}  // namespace oree::modules
