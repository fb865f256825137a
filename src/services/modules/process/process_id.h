// A process that is recognised again, also by another process after a restart: its number, when it began, and
// in which boot of the machine. A number alone is given to others after a while.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::modules {

struct ProcessId {
  pid_t pid = 0;
  uint64_t started = 0;  // ticks since the boot
  std::string boot;
  bool operator==(const ProcessId&) const = default;
};

Result<ProcessId> identify(pid_t pid);
bool is_alive(const ProcessId& id);  // a zombie is not
// A descriptor of it that becomes readable when it ends; -1 when it is not alive (any more).
int open_process(const ProcessId& id);

// A file of /proc or /sys, which has no size beforehand; "" when it cannot be read.
std::string read_proc(const std::string& path);

json::Value to_json(const ProcessId& id);
ProcessId process_from_json(const json::Value& value);

}  // namespace oree::modules
