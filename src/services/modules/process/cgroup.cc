#include "services/modules/process/cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace oree::modules {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> kControllers{"memory", "cpu", "pids"};
constexpr int64_t kPeriod = 100'000;  // microseconds

// One write() each: the kernel reads a control file's value from a single call.
bool write_text(const fs::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// This process's path in a hierarchy: "4:memory:/a/b" or, for version 2, "0::/a/b".
std::optional<std::string> own_path(const std::string& cgroup_file, std::string_view controller) {
  for (const auto line : split(cgroup_file, '\n')) {
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto names = split(line.substr(first + 1, second - first - 1), ',');
    if (std::ranges::find(names, controller) == names.end()) continue;
    const std::string_view path = line.substr(second + 1);
    return std::string(path.starts_with('/') ? path.substr(1) : path);
  }
  return std::nullopt;
}

bool may_make_folders(const fs::path& folder) {
  return ::access(folder.c_str(), W_OK) == 0;
}

struct Wish {
  size_t controller;
  std::string_view file;
  std::string value;
};

std::vector<Wish> wishes(const Limits& limits, int version) {
  std::vector<Wish> out;
  const auto quota = static_cast<int64_t>(limits.cpus * static_cast<double>(kPeriod));
  if (limits.memory_bytes > 0)
    out.push_back({0, version == 2 ? "memory.max" : "memory.limit_in_bytes", cat(limits.memory_bytes)});
  if (limits.cpus > 0)
    out.push_back({1, version == 2 ? "cpu.max" : "cpu.cfs_quota_us",
                   version == 2 ? cat(quota, " ", kPeriod) : cat(quota)});
  if (limits.processes > 0) out.push_back({2, "pids.max", cat(limits.processes)});
  return out;
}

}  // namespace

ControlGroups ControlGroups::find(std::string owner, const fs::path& root, const fs::path& self) {
  ControlGroups out;
  out.owner_ = std::move(owner);
  const std::string mine = read_text(self);
  std::error_code ignored;
  if (fs::exists(root / "cgroup.controllers", ignored)) {
    const auto path = own_path(mine, "");
    const fs::path base = root / path.value_or("");
    // Where the station stands already in its own leaf, from an earlier start.
    const fs::path above = base.filename() == "oree-station" ? base.parent_path() : base;
    if (!may_make_folders(above)) {
      out.why_not_ =
          cat(above.string(), " cannot be written: give the station its own group (systemd: Delegate=yes)");
      return out;
    }
    if (above == base && path && !path->empty()) {
      fs::create_directory(above / "oree-station", ignored);
      write_text(above / "oree-station/cgroup.procs", cat(::getpid()));
    }
    if (!write_text(above / "cgroup.subtree_control", "+memory +cpu +pids")) {
      out.why_not_ = cat(above.string(), " does not hand on the controllers memory, cpu and pids");
      return out;
    }
    out.bases_ = {above};
    out.version_ = 2;
    return out;
  }
  for (const auto controller : kControllers) {
    const auto path = own_path(mine, controller);
    const fs::path base = root / controller / path.value_or("");
    if (!path || !may_make_folders(base)) {
      out.bases_.clear();
      out.why_not_ = cat("the control groups below ", root.string(), " cannot be written");
      return out;
    }
    out.bases_.push_back(base);
  }
  out.version_ = 1;
  return out;
}

fs::path ControlGroups::folder(const fs::path& base, const std::string& module) const {
  return base / cat("oree-", owner_, "-", module);
}

Result<std::vector<fs::path>> ControlGroups::make(const std::string& module, const Limits& limits) const {
  std::vector<fs::path> groups;
  for (const auto& base : bases_) {
    std::error_code error;
    fs::create_directory(folder(base, module), error);
    if (error)
      return fail(ErrorKind::denied,
                  cat("cannot make ", folder(base, module).string(), ": ", error.message()));
    groups.push_back(folder(base, module));
  }
  for (const auto& wish : wishes(limits, version_)) {
    if (groups.empty()) return groups;  // said once, by why_not()
    const fs::path file = groups[version_ == 2 ? 0 : wish.controller] / wish.file;
    if (!write_text(file, wish.value))
      return fail(ErrorKind::unsupported,
                  cat("cannot limit module '", module, "': ", file.string(), " does not take ", wish.value));
  }
  return groups;
}

void ControlGroups::remove(const std::string& module) const {
  for (const auto& base : bases_) ::rmdir(folder(base, module).c_str());
}

void join_groups(const std::vector<fs::path>& groups) {
  for (const auto& group : groups) write_text(group / "cgroup.procs", "0");
}

void kill_groups(const std::vector<fs::path>& groups) {
  for (const auto& group : groups) {
    if (write_text(group / "cgroup.kill", "1")) continue;
    const std::string members = read_text(group / "cgroup.procs");
    for (const auto line : split(members, '\n')) {
      if (const auto pid = parse_number<pid_t>(line); pid && *pid > 0) ::kill(*pid, SIGKILL);
    }
  }
}

// memory.events of version 2, memory.oom_control of version 1: "oom_kill 1".
uint64_t out_of_memory_kills(const std::vector<fs::path>& groups) {
  constexpr std::string_view kWord = "oom_kill ";
  uint64_t most = 0;
  for (const auto& group : groups) {
    for (const auto* file : {"memory.events", "memory.oom_control"}) {
      const std::string text = read_text(group / file);
      for (const auto line : split(text, '\n')) {
        if (!line.starts_with(kWord)) continue;
        most = std::max(most, parse_number<uint64_t>(trim(line.substr(kWord.size()))).value_or(0));
      }
    }
  }
  return most;
}

}  // namespace oree::modules
