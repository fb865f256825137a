#include "services/erp/erp.h"

#include <array>

namespace oree::erp {
namespace {

constexpr std::array<std::string_view, 6> kNames{"unknown",     "unscheduled", "scheduled",
                                                 "in_progress", "done",        "cancelled"};

}  // namespace

std::string_view name(Progress progress) {
  return kNames[static_cast<size_t>(progress)];
}

std::optional<Progress> parse_progress(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Progress>(i);
  }
  return std::nullopt;
}

}  // namespace oree::erp
