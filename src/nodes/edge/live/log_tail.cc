#include "nodes/edge/live/log_tail.h"

#include <array>
#include <cstdio>

#include "base/text.h"

namespace oree::edge {

void LogTail::write(LogLevel level, std::string_view sentence) {
  if (level < least_) return;
  constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};
  std::string line = cat(iso_text(clock_.wall()), " ", kNames[static_cast<size_t>(level)], " ");
  for (const char c : sentence) line += c == '\n' || c == '\r' ? ' ' : c;
  const std::lock_guard lock(mutex_);
  std::fprintf(stderr, "%s\n", line.c_str());
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) lines_.pop_front();
}

std::vector<std::string> LogTail::lines() const {
  const std::lock_guard lock(mutex_);
  return {lines_.begin(), lines_.end()};
}

}  // namespace oree::edge
