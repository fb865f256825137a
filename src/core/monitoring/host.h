// What the box and this process use, read from /proc and statvfs. Each call reads afresh.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace oree::monitoring {

struct HostUsage {
  uint64_t process_resident_bytes = 0;
  double process_cpu_seconds = 0;
  int process_threads = 0;
  uint64_t host_memory_bytes = 0;
  uint64_t host_available_bytes = 0;
  int host_cpus = 0;
  double host_busy_seconds = 0;  // of all processors since boot, not idle and not waiting for a disk
  double host_idle_seconds = 0;
  double host_load = 0;       // 1 min
  double uptime_seconds = 0;  // of this process
  std::string host_name;
};

HostUsage read_host_usage();

}  // namespace oree::monitoring
