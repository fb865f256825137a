#include "core/monitoring/host.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "base/text.h"

namespace oree::monitoring {
namespace {

std::string read_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The n-th word, or 0 when it is not there or no number.
double word(std::string_view text, size_t n) {
  for (const std::string_view part : split(text, ' ')) {
    if (n-- == 0) return parse_number<double>(trim(part)).value_or(0);
  }
  return 0;
}

// "MemTotal:       24065532 kB" → bytes
uint64_t memory_line(std::string_view text, std::string_view name) {
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with(name)) continue;
    const std::string_view value = trim(line.substr(name.size()));
    return parse_number<uint64_t>(value.substr(0, value.find(' '))).value_or(0) * 1024;
  }
  return 0;
}

// /proc/stat: "cpu  user nice system idle iowait irq softirq steal guest guest_nice", guest being in user
// already.
void read_processors(HostUsage& usage) {
  const std::string stat = read_text("/proc/stat");
  const std::string_view all =
      trim(std::string_view(stat).substr(0, stat.find('\n')).substr(std::min<size_t>(3, stat.size())));
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto seconds = [&](size_t n) { return word(all, n) / ticks; };
  usage.host_busy_seconds = seconds(0) + seconds(1) + seconds(2) + seconds(5) + seconds(6) + seconds(7);
  usage.host_idle_seconds = seconds(3) + seconds(4);
}

void read_process(HostUsage& usage) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.process_resident_bytes = static_cast<uint64_t>(word(read_text("/proc/self/statm"), 1)) * page;
  const std::string stat = read_text("/proc/self/stat");
  // The second field is the name in brackets, which may hold spaces and brackets: count from its end.
  const size_t end_of_name = stat.rfind(") ");
  if (end_of_name == std::string::npos) return;
  const std::string_view fields = std::string_view(stat).substr(end_of_name + 2);  // from field 3 of proc(5)
  usage.process_cpu_seconds = (word(fields, 14 - 3) + word(fields, 15 - 3)) / ticks;
  usage.process_threads = static_cast<int>(word(fields, 20 - 3));
  const double since_boot = word(read_text("/proc/uptime"), 0);
  usage.uptime_seconds = since_boot - word(fields, 22 - 3) / ticks;
}

}  // namespace

HostUsage read_host_usage() {
  HostUsage usage;
  read_process(usage);
  read_processors(usage);
  const std::string memory = read_text("/proc/meminfo");
  usage.host_memory_bytes = memory_line(memory, "MemTotal:");
  usage.host_available_bytes = memory_line(memory, "MemAvailable:");
  usage.host_cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  usage.host_load = word(read_text("/proc/loadavg"), 0);
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0) usage.host_name = name.data();
  return usage;
}

}  // namespace oree::monitoring
