#include "services/modules/process/process_id.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/text.h"

namespace oree::modules {

std::string read_proc(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Fields of /proc/PID/stat, proc(5): the name in brackets may hold anything, so counting begins behind it.
Result<ProcessId> identify(pid_t pid) {
  const std::string stat = read_proc(cat("/proc/", pid, "/stat"));
  const size_t bracket = stat.rfind(')');
  if (pid <= 0 || bracket == std::string::npos || bracket + 2 > stat.size())
    return fail(ErrorKind::not_found, cat("there is no process ", pid));
  const auto fields = split(std::string_view(stat).substr(bracket + 2), ' ');
  if (fields.size() < 20) return fail(ErrorKind::corrupt, cat("/proc/", pid, "/stat is too short"));
  if (fields[0] == "Z" || fields[0] == "X")
    return fail(ErrorKind::not_found, cat("process ", pid, " has ended"));
  const auto started = parse_number<uint64_t>(fields[19]);
  if (!started) return fail(ErrorKind::corrupt, cat("/proc/", pid, "/stat says no start"));
  return ProcessId{pid, *started, std::string(trim(read_proc("/proc/sys/kernel/random/boot_id")))};
}

bool is_alive(const ProcessId& id) {
  const auto now = identify(id.pid);
  return now && *now == id;
}

// Opened first, looked at afterwards: then the descriptor is of the process that was looked at.
int open_process(const ProcessId& id) {
  if (id.pid <= 0) return -1;
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, id.pid, 0));
  if (descriptor >= 0 && !is_alive(id)) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

json::Value to_json(const ProcessId& id) {
  return json::Object{{"pid", id.pid}, {"started", id.started}, {"boot", id.boot}};
}

ProcessId process_from_json(const json::Value& value) {
  const auto number = [&](std::string_view key) {
    const auto* found = value.find(key);
    return found == nullptr ? int64_t{0} : found->integer().value_or(0);
  };
  const auto* boot = value.find("boot");
  return {static_cast<pid_t>(number("pid")), static_cast<uint64_t>(number("started")),
          boot != nullptr && boot->text() != nullptr ? *boot->text() : ""};
}

}  // namespace oree::modules
