#include "services/modules/containers/engine_words.h"

#include <deque>

#include "base/text.h"

namespace oree::modules {
namespace {

constexpr size_t kHead = 8;

struct Line {
  std::string_view stamp, text;
};

Line split_line(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return {line, {}};
  return {line.substr(0, blank), line.substr(blank + 1)};
}

// To microseconds: ours know no nanoseconds.
std::string to_microseconds(std::string_view text) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return std::string(text);
  size_t end = point + 1;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return cat(text.substr(0, std::min(end, point + 7)), text.substr(end));
}

}  // namespace

std::string demultiplex(std::string_view bytes) {
  std::string out;
  for (std::string_view left = bytes; !left.empty();) {
    const bool head = left.size() >= kHead && static_cast<unsigned char>(left[0]) <= 2 &&
                      left.substr(1, 3) == std::string_view("\0\0\0", 3);
    if (!head) return out.empty() && left.size() == bytes.size() ? std::string(bytes) : out;
    uint64_t length = 0;
    for (size_t i = 4; i < kHead; ++i) length = length << 8 | static_cast<unsigned char>(left[i]);
    left.remove_prefix(kHead);
    const auto taken = left.substr(0, static_cast<size_t>(std::min<uint64_t>(length, left.size())));
    out += taken;
    left.remove_prefix(taken.size());
  }
  return out;
}

std::optional<WallTime> parse_engine_time(std::string_view text) {
  if (text.starts_with("0001-") || text.empty()) return std::nullopt;
  return parse_iso(to_microseconds(text));
}

std::optional<int64_t> cursor_seconds(std::string_view cursor) {
  const auto time = parse_engine_time(cursor.substr(0, cursor.find('#')));
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
}

LogPage log_page(std::string_view stamped, const LogQuery& query) {
  const size_t hash = query.after.find('#');
  const std::string_view after = std::string_view(query.after).substr(0, hash);
  const size_t told = hash == std::string::npos
                          ? 0
                          : parse_number<size_t>(std::string_view(query.after).substr(hash + 1)).value_or(0);
  LogPage page{.cursor = query.after};
  std::deque<std::string_view> kept;
  std::string_view last;
  size_t of_stamp = 0;
  for (size_t begin = 0; begin < stamped.size();) {
    const size_t end = std::min(stamped.find('\n', begin), stamped.size());
    const Line line = split_line(stamped.substr(begin, end - begin));
    begin = end + 1;
    of_stamp = line.stamp == last ? of_stamp + 1 : 1;
    last = line.stamp;
    if (!after.empty() && (line.stamp < after || (line.stamp == after && of_stamp <= told))) continue;
    if (const auto time = parse_engine_time(line.stamp)) {
      if (query.since && *time < *query.since) continue;
      if (query.until && *time >= *query.until) continue;
    }
    kept.push_back(line.text);
    if (after.empty() && query.tail && kept.size() > *query.tail) kept.pop_front();
  }
  for (const auto text : kept) page.text += cat(text, "\n");
  if (!last.empty()) page.cursor = cat(last, "#", of_stamp);
  return page;
}

ImageReference parse_image(std::string_view image) {
  const size_t slash = image.rfind('/');
  const size_t colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
  if (image.contains('@') || colon == std::string_view::npos) return {std::string(image), ""};
  return {std::string(image.substr(0, colon)), std::string(image.substr(colon + 1))};
}

std::string percent(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~").contains(c);
    const auto byte = static_cast<unsigned char>(c);
    out += plain ? std::string(1, c) : cat("%", kHex[byte >> 4], kHex[byte & 15]);
  }
  return out;
}

}  // namespace oree::modules
