#include "services/modules/process/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/text.h"
#include "services/modules/process/cgroup.h"

namespace oree::modules {
namespace {

// A pipe whose ends close themselves.
struct Pipe {
  int ends[2] = {-1, -1};
  bool open(int flags) { return ::pipe2(ends, flags) == 0; }
  int take(int end) { return std::exchange(ends[end], -1); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// A station is spared when memory runs out (OOMScoreAdjust of its unit); what it runs is to go before it.
// Lower than it was nobody may go without the right to, and needs not.
void go_before_the_station() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)!::write(file, "0", 1);
  ::close(file);
}

// In the child. The keeper has one thread, so everything may be called here. Returns only on failure.
int become(const KeeperOrder& order, const std::filesystem::path& folder, std::vector<std::string> command,
           int out, int error, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return ECHILD;
  ::setpgid(0, 0);
  join_groups(order.groups);
  go_before_the_station();
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0);
  ::dup2(out >= 0 ? out : nothing, 1);
  ::dup2(error >= 0 ? error : nothing, 2);
  const auto place = order.folder.empty() ? folder : order.folder;
  if (::chdir(place.c_str()) != 0) return errno;
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  auto environment = order.environment;
  auto arguments = pointers(command);
  auto variables = pointers(environment);
  ::environ = variables.data();  // so that the program is looked for in the module's own PATH
  ::execvp(arguments[0], arguments.data());
  return errno;
}

}  // namespace

Result<pid_t> start_child(const KeeperOrder& order, const std::filesystem::path& folder,
                          const std::vector<std::string>& command, ChildOutput* output) {
  Pipe out, error, failure;
  const bool piped = output == nullptr || (out.open(O_CLOEXEC) && error.open(O_CLOEXEC));
  if (!piped || !failure.open(O_CLOEXEC)) return fail(ErrorKind::unavailable, "no pipe can be made");
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorKind::unavailable, "no process can be made");
  if (child == 0) {
    const int reason = become(order, folder, command, out.ends[1], error.ends[1], parent);
    (void)!::write(failure.ends[1], &reason, sizeof reason);
    ::_exit(127);
  }
  ::close(failure.take(1));
  int reason = 0;
  ssize_t heard = 0;
  do heard = ::read(failure.ends[0], &reason, sizeof reason);
  while (heard < 0 && errno == EINTR);
  if (heard > 0) {
    ::waitpid(child, nullptr, 0);
    const auto why = std::error_code(reason, std::generic_category());
    const bool absent = reason == ENOENT || reason == ENOTDIR;
    return fail(absent ? ErrorKind::not_found : ErrorKind::denied,
                cat("cannot run '", command.front(), "': ", why.message(),
                    absent ? "; is it installed, and is its folder there?" : ""));
  }
  if (output != nullptr) {
    output->out = out.take(0);
    output->error = error.take(0);
    ::fcntl(output->out, F_SETFL, O_NONBLOCK);
    ::fcntl(output->error, F_SETFL, O_NONBLOCK);
  }
  return child;
}

}  // namespace oree::modules
