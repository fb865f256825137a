#include "services/erp/retry.h"

#include <algorithm>

namespace oree::erp {
namespace {

// FNV-1a: the same order waits the same time on every machine.
uint64_t spread(std::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

std::optional<microseconds> pause_after(ErrorKind kind, int attempts, milliseconds asked,
                                        std::string_view order, const RetryPolicy& policy) {
  const bool locked_out = kind == ErrorKind::denied;
  if (!facts(kind).retry && !locked_out) return std::nullopt;
  const microseconds longest = locked_out ? policy.locked_out : policy.longest;
  microseconds pause = policy.first;
  for (int i = 1; i < attempts && pause < longest; ++i) pause *= 2;
  pause = std::min(pause, longest);
  const auto more = static_cast<int64_t>(spread(order) % 1024) * (pause.count() / 4) / 1024;
  return std::max<microseconds>(pause + microseconds(more), asked);
}

}  // namespace oree::erp
