#include "app/fleet/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "app/world.h"
#include "base/text.h"
#include "platform/files/files.h"

namespace oree::app {
namespace {

constexpr milliseconds kLook{20};
constexpr milliseconds kPatience{10'000};  // with a child that was asked to stop
constexpr uint64_t kMostLog = 64 << 20;

}  // namespace

// fork() and exec(), because only the child itself can ask to end with its parent.
Result<std::unique_ptr<Child>> Child::start(const std::vector<std::string>& words, const std::string& log) {
  std::string program = "/proc/self/exe";
  std::vector<std::string> all = words;
  all.insert(all.begin(), "oree");
  std::vector<char*> arguments;
  for (auto& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) return fail(ErrorKind::unavailable, cat("cannot write ", log));
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execv(program.c_str(), arguments.data());
    ::_exit(127);
  }
  ::close(output);
  if (process < 0) return fail(ErrorKind::unavailable, "cannot start another process");
  return std::unique_ptr<Child>(new Child(process, log));
}

bool Child::ended() {
  if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
  return process_ <= 0;
}

Child::~Child() {
  if (ended()) return;
  ::kill(process_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!ended() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(kLook);
  if (ended()) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

Result<std::string> Child::wait_for(std::string_view mark, milliseconds longest) {
  files::RealDisk disk;
  const auto until = std::chrono::steady_clock::now() + longest;
  for (;;) {
    const bool over = ended();
    const auto text = disk.read(log_, kMostLog);
    const std::string_view said = text ? as_text(*text) : std::string_view();
    const size_t at = said.find(mark);
    const size_t end = at == std::string_view::npos ? at : said.find('\n', at);
    if (end != std::string_view::npos)
      return std::string(trim(said.substr(at + mark.size(), end - at - mark.size())));
    if (over)
      return fail(ErrorKind::unavailable,
                  cat("it ended: ", said.substr(said.size() - std::min<size_t>(said.size(), 400))));
    if (std::chrono::steady_clock::now() > until)
      return fail(ErrorKind::timeout, cat("it did not say '", mark, "' within ", duration_text(longest)));
    if (signal_came(kLook)) return fail(ErrorKind::unavailable, "stopped");
  }
}

}  // namespace oree::app
