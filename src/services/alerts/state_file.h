// What must outlive a restart, as bytes: alerts, what each group was told, silences, counters. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/alerts/notifier.h"

namespace oree::alerts {

struct SavedState {
  std::map<std::string, Alert> alerts;
  std::map<std::string, CounterMark> counters;
  std::map<std::string, GroupRecord> groups;
  std::vector<Silence> silences;
  uint64_t next_silence = 1;
};

std::string print(const SavedState& state);
// "" is a fresh state. `corrupt` for anything else that print() did not make.
Result<SavedState> parse_state(std::string_view text);

}  // namespace oree::alerts
