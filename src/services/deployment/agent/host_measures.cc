#include "services/deployment/agent/host_measures.h"

#include <fstream>
#include <string>

#include "base/text.h"
#include "core/monitoring/host.h"

namespace oree::deployment {

HostMeter::HostMeter() : last_(read_ticks()) {}

// The first line of /proc/stat: user nice system idle iowait irq softirq steal.
HostMeter::Ticks HostMeter::read_ticks() {
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  Ticks ticks;
  double value = 0;
  for (int i = 0; i < 8 && file >> value; ++i) {
    ticks.all += value;
    if (i != 3 && i != 4) ticks.busy += value;
  }
  return ticks;
}

HostMeasures HostMeter::take() {
  HostMeasures measures;
  const Ticks now = read_ticks();
  if (now.all > last_.all) measures.cpu_percent = 100.0 * (now.busy - last_.busy) / (now.all - last_.all);
  last_ = now;
  const auto usage = monitoring::read_host_usage();
  measures.memory_mb =
      static_cast<double>(usage.host_memory_bytes - usage.host_available_bytes) / (1024.0 * 1024.0);
  std::ifstream zone("/sys/class/thermal/thermal_zone0/temp");
  double millidegrees = 0;
  if (zone >> millidegrees) measures.temperature_c = millidegrees / 1000.0;
  return measures;
}

}  // namespace oree::deployment
