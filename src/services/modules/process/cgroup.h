// Limits and the whole family of a module's processes, by control groups: version 2, or version 1 where the
// machine still has it. Where neither may be written modules run all the same, without limits, and why_not()
// says so.
//
// Version 2 wants no processes beside sub-groups: the station's own process moves into `oree-station` below
// the group it was given (systemd: Delegate=yes). One per station.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/modules/spec.h"

namespace oree::modules {

class ControlGroups {
 public:
  // `owner` tells this station's groups from others'. Paths are for tests.
  static ControlGroups find(std::string owner, const std::filesystem::path& root = "/sys/fs/cgroup",
                            const std::filesystem::path& self = "/proc/self/cgroup");

  bool available() const { return version_ != 0; }
  int version() const { return version_; }
  const std::string& why_not() const { return why_not_; }

  // The groups of one module, with its limits; a process joins by writing its number into their
  // cgroup.procs. Empty when not available. An error when a limit that was asked for cannot be set.
  Result<std::vector<std::filesystem::path>> make(const std::string& module, const Limits& limits) const;
  void remove(const std::string& module) const;

 private:
  std::filesystem::path folder(const std::filesystem::path& base, const std::string& module) const;

  std::string owner_;
  int version_ = 0;
  std::string why_not_;
  // Version 2: one; version 1: of memory, cpu, pids, in this order.
  std::vector<std::filesystem::path> bases_;
};

// For a process that make() gave these groups: joins them, kills all of them.
void join_groups(const std::vector<std::filesystem::path>& groups);
void kill_groups(const std::vector<std::filesystem::path>& groups);
uint64_t out_of_memory_kills(const std::vector<std::filesystem::path>& groups);  // since they were made

}  // namespace oree::modules
