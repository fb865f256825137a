#include "core/stream/segment.h"

#include <algorithm>

#include "base/text.h"

namespace oree::stream {
namespace {

constexpr uint64_t kMarkEvery = 64 << 10;
constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kSparePrefix = "spare-";

std::string padded(uint64_t value, size_t digits) {
  std::string text = cat(value);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

}  // namespace

uint64_t Image::start_for(Position position) const {
  const auto after = std::ranges::upper_bound(marks_, position, {}, &Mark::position);
  return after == marks_.begin() ? kSegmentHeaderSize : std::prev(after)->offset;
}

void Image::note(Position position, uint64_t offset) {
  const uint64_t last = marks_.empty() ? kSegmentHeaderSize : marks_.back().offset;
  if (offset >= last + kMarkEvery) marks_.push_back({position, offset});
}

void Image::note_all() {
  Position newest = 0;
  for (auto found = find_entry(view(), number_, kSegmentHeaderSize); found;
       found = find_entry(view(), number_, found->end())) {
    if (found->header.position <= newest) continue;
    newest = found->header.position;
    note(newest, found->offset);
  }
}

std::string segment_name(Position first, uint64_t number) {
  return cat(padded(first, 20), "-", padded(number, 20), kSuffix);
}

std::string spare_name(uint64_t number) {
  return cat(kSparePrefix, padded(number, 20), kSuffix);
}

std::optional<ParsedName> parse_segment_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  ParsedName parsed;
  const size_t dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  if (!name.starts_with(kSparePrefix)) {
    parsed.first = parse_number<Position>(name.substr(0, dash));
    if (!parsed.first || *parsed.first == 0) return std::nullopt;
  }
  const auto number = parse_number<uint64_t>(name.substr(dash + 1));
  if (!number) return std::nullopt;
  parsed.number = *number;
  return parsed;
}

}  // namespace oree::stream
