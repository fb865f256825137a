#include "services/modules/process/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "services/modules/process/cgroup.h"
#include "services/modules/process/child.h"

namespace oree::modules {
namespace fs = std::filesystem;
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kMostOrder = 4u << 20;
constexpr milliseconds kLongestWait{60'000};
constexpr int kMostTurns = 500;  // of 10 ms, until what was killed is gone

class Keeper {
 public:
  Keeper(fs::path folder, KeeperOrder order)
      : folder_(std::move(folder)), order_(std::move(order)), log_(disk_, folder_, order_.log) {}

  Status start() {
    for (const auto* old : {"exit.json", "health.json", "state.json"}) (void)disk_.remove(folder_ / old);
    killed_before_ = out_of_memory_kills(order_.groups);
    auto child = start_child(order_, folder_, order_.command, &output_);
    if (!child) return forward(child);
    child_ = *child;
    started_ = clock_.wall();
    began_ = steady_clock::now();
    next_probe_ = began_ + order_.health.interval;
    const auto me = identify(::getpid());
    const auto module = identify(child_);  // one that ended at once is still there, unreaped
    KeeperState state{me.value_or(ProcessId{}), module.value_or(ProcessId{}), started_};
    if (!me) return forward(me);
    return write("state.json", to_json(state));
  }

  void run(int signals) {
    signals_ = signals;
    while (child_ > 0) turn();
    kill_family();
    drain();
    log_.finish(clock_.wall());
    const bool memory = out_of_memory_kills(order_.groups) > killed_before_;
    (void)write("exit.json", to_json(ModuleExit{started_, clock_.wall(), code_,
                                                memory ? "it needed more memory than it may have" : ""}));
  }

  void kill_family() {
    if (group_ > 0) ::kill(-group_, SIGKILL);
    kill_groups(order_.groups);
    // What left the group became the keeper's child when its own parent ended.
    int turns = 0;
    for (pid_t left = 0; (left = ::waitpid(-1, nullptr, WNOHANG)) >= 0 && turns < kMostTurns;) {
      if (left > 0) continue;
      ++turns;
      for (const pid_t orphan : children()) ::kill(orphan, SIGKILL);
      ::poll(nullptr, 0, 10);
    }
  }

  void abandon() {
    group_ = child_;
    kill_family();
  }

 private:
  Status write(std::string_view name, const json::Value& value) {
    return disk_.write(folder_ / name, as_bytes(json::print(value, 1)));
  }

  std::vector<pid_t> children() {
    std::vector<pid_t> out;
    const std::string text = read_proc(cat("/proc/self/task/", ::getpid(), "/children"));
    for (const auto word : split(text, ' ')) {
      if (const auto pid = parse_number<pid_t>(trim(word))) out.push_back(*pid);
    }
    return out;
  }

  void turn() {
    pollfd watched[] = {{signals_, POLLIN, 0}, {output_.out, POLLIN, 0}, {output_.error, POLLIN, 0}};
    const auto now = steady_clock::now();
    const auto wait =
        std::clamp(std::chrono::ceil<milliseconds>(next_time(now) - now), milliseconds(0), kLongestWait);
    if (::poll(watched, 3, static_cast<int>(wait.count())) > 0) {
      if (watched[1].revents != 0) read_output(output_.out, false);
      if (watched[2].revents != 0) read_output(output_.error, true);
      if (watched[0].revents != 0) read_signals();
    }
    on_time(steady_clock::now());
  }

  MonoTime next_time(MonoTime now) const {
    MonoTime next = now + kLongestWait;
    if (stopping_) next = std::min(next, kill_at_);
    if (probe_ > 0) next = std::min(next, probe_until_);
    if (probe_ <= 0 && !order_.health.command.empty() && !stopping_) next = std::min(next, next_probe_);
    return next;
  }

  void on_time(MonoTime now) {
    if (stopping_ && now >= kill_at_ && child_ > 0) {
      ::kill(-child_, SIGKILL);
      kill_groups(order_.groups);
      kill_at_ = now + kLongestWait;
    }
    if (probe_ > 0 && now >= probe_until_) {
      ::kill(-probe_, SIGKILL);
      probe_until_ = now + kLongestWait;
    }
    if (probe_ <= 0 && !order_.health.command.empty() && !stopping_ && now >= next_probe_) start_probe(now);
  }

  void start_probe(MonoTime now) {
    next_probe_ = now + order_.health.interval;
    const auto probe = start_child(order_, folder_, order_.health.command, nullptr);
    if (!probe) return judge(false);
    probe_ = *probe;
    probe_until_ = now + order_.health.timeout;
  }

  // Docker's rules: a failure within the start period does not count until a probe has gone well.
  void judge(bool well) {
    const bool early = steady_clock::now() < began_ + order_.health.start_period && health_ == "starting";
    failures_ = well || early ? 0 : failures_ + 1;
    const std::string before = health_;
    if (well) health_ = "healthy";
    if (failures_ >= order_.health.retries) health_ = "unhealthy";
    if (health_ != before) (void)write("health.json", json::Object{{"status", health_}});
  }

  void read_output(int& descriptor, bool error) {
    char room[16 << 10];
    const ssize_t count = ::read(descriptor, room, sizeof room);
    if (count > 0) log_.write(error, {room, static_cast<size_t>(count)}, clock_.wall());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      ::close(descriptor);
      descriptor = -1;
    }
  }

  // What is left in the pipes once everybody who could write is dead.
  void drain() {
    for (int* descriptor : {&output_.out, &output_.error}) {
      for (int turns = 0; *descriptor >= 0 && turns < 1024; ++turns) {
        pollfd one{*descriptor, POLLIN, 0};
        if (::poll(&one, 1, 0) <= 0) break;
        read_output(*descriptor, descriptor == &output_.error);
      }
    }
  }

  void read_signals() {
    signalfd_siginfo info;
    while (::read(signals_, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGCHLD) continue;
      if (!stopping_ && child_ > 0) ::kill(-child_, order_.stop_signal);
      if (!stopping_) kill_at_ = steady_clock::now() + order_.grace;
      stopping_ = true;
    }
    reap();
  }

  void reap() {
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == probe_) {
        probe_ = -1;
        judge(WIFEXITED(status) && WEXITSTATUS(status) == 0);
      }
      if (ended != child_) continue;
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      group_ = child_;
      child_ = -1;
    }
  }

  files::RealDisk disk_;
  SystemClock clock_;
  const fs::path folder_;
  const KeeperOrder order_;
  LogFile log_;
  ChildOutput output_;
  int signals_ = -1;
  pid_t child_ = -1, group_ = -1, probe_ = -1;
  WallTime started_;
  MonoTime began_, next_probe_, probe_until_, kill_at_;
  bool stopping_ = false;
  int code_ = 0;
  int failures_ = 0;
  std::string health_ = "starting";
  uint64_t killed_before_ = 0;
};

// Holds FOLDER/lock until the process ends, and hands it on to a child made by fork().
Status lock_folder(const fs::path& folder) {
  const fs::path file = folder / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return fail(ErrorKind::unavailable, cat("cannot open ", file.string()));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) return fail(ErrorKind::conflict, "it runs already");
  return {};
}

Result<KeeperOrder> read_order(const fs::path& folder) {
  files::RealDisk disk;
  const auto bytes = disk.read(folder / "order.json", kMostOrder);
  if (!bytes) return forward(bytes);
  const auto value = json::parse(as_text(*bytes));
  if (!value) return forward(value, (folder / "order.json").string());
  return parse_order(*value);
}

// The keeper's own life. What went wrong before the module ran is told through `ready`.
[[noreturn]] void live(const fs::path& folder, KeeperOrder order, int ready) {
  ::setsid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const int signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  Keeper keeper(folder, std::move(order));
  if (auto started = keeper.start(); !started) {
    keeper.abandon();
    const auto& what = started.error().what;
    const auto kind = static_cast<unsigned char>(started.error().kind);
    (void)!::write(ready, &kind, 1);
    (void)!::write(ready, what.data(), std::min<size_t>(what.size(), 2048));
    ::_exit(1);
  }
  ::close(ready);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int descriptor = 0; descriptor < 3; ++descriptor) ::dup2(nothing, descriptor);
  keeper.run(signals);
  ::_exit(0);
}

int tell(const Error& error) {
  std::fprintf(stderr, "%s\n", error.what.c_str());
  return facts(error.kind).exit_code;
}

}  // namespace

int keep_module(const fs::path& folder) {
  ::close_range(3, ~0U, 0);
  if (auto locked = lock_folder(folder); !locked) return tell(locked.error());
  auto order = read_order(folder);
  if (!order) return tell(order.error());
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return tell({ErrorKind::unavailable, "no pipe can be made"});
  const pid_t keeper = ::fork();
  if (keeper < 0) return tell({ErrorKind::unavailable, "no process can be made"});
  if (keeper == 0) {
    ::close(ready[0]);
    live(folder, std::move(*order), ready[1]);
  }
  ::close(ready[1]);
  std::string heard;
  char room[2049];
  for (ssize_t count = 0; (count = ::read(ready[0], room, sizeof room)) > 0;)
    heard.append(room, static_cast<size_t>(count));
  if (heard.empty()) return 0;
  return tell({static_cast<ErrorKind>(heard.front()), heard.substr(1)});
}

}  // namespace oree::modules
