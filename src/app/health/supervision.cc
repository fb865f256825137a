#include "app/health/supervision.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "app/world.h"
#include "base/text.h"

namespace oree::app {
namespace {

// Removed from the environment; "" when it was not there.
std::string take(const char* name) {
  const char* found = std::getenv(name);
  std::string out = found == nullptr ? "" : found;
  ::unsetenv(name);
  return out;
}

}  // namespace

Supervision Supervision::from_environment() {
  Supervision out;
  out.socket_ = take("NOTIFY_SOCKET");
  const auto microseconds = parse_number<int64_t>(take("WATCHDOG_USEC"));
  const std::string pid = take("WATCHDOG_PID");
  const bool ours = pid.empty() || pid == cat(::getpid());
  if (!out.socket_.empty() && ours && microseconds && *microseconds > 0)
    out.watchdog_ = std::max(milliseconds(*microseconds / 1000), milliseconds(4));
  return out;
}

void Supervision::say(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';  // an abstract one
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  // Nobody who listens is no reason not to serve.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)!::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address), length);
  ::close(descriptor);
}

void Supervision::serve(const std::function<bool(milliseconds within)>& answers, Log& log) const {
  say("READY=1");
  if (watchdog_.count() == 0) {
    wait_for_signal();
  } else {
    const milliseconds quarter = watchdog_ / 4;
    milliseconds rest{0};
    while (!signal_came(rest)) {
      const bool well = answers(quarter);
      if (well) say("WATCHDOG=1");
      if (!well)
        log.warning(cat("no worker answered within ", quarter.count(), " ms; after ", watchdog_.count(),
                        " ms of this the program is started anew"));
      // Who did not answer has been waited for, and is asked again at once.
      rest = well ? quarter : milliseconds(0);
    }
  }
  say("STOPPING=1");
}

}  // namespace oree::app
