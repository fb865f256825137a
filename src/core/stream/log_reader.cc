#include "core/stream/log_reader.h"

#include "base/text.h"

namespace oree::stream {

void LogReader::seek(Position next) {
  constexpr Position kNear = 64;
  next = next < 1 ? 1 : next;
  // The window is kept even when it is not used on: it may be the only thing that keeps the segment in
  // memory.
  if (next < next_ || next > next_ + kNear) located_ = false;
  next_ = next;
}

Result<Entry> LogReader::next() {
  while (true) {
    if (const Position first = stream_.first(); next_ < first) seek(first);
    if (next_ > stream_.durable()) return Entry{};
    if (!located_) {
      auto window = stream_.find(next_);
      if (!window) return forward(window);
      if (!window->image) {
        if (stream_.first() <= next_) return std::unexpected(lose(next_ + 1));
        continue;
      }
      window_ = std::move(*window);
      located_ = true;
    }
    if (auto result = step()) return *result;
  }
}

// One entry further in the window; nothing: look again.
std::optional<Result<Entry>> LogReader::step() {
  const Image& image = *window_.image;
  const Position end = image.end.load(std::memory_order_acquire);
  if (end != 0 && next_ >= end) {
    located_ = false;
    return std::nullopt;
  }
  const auto found = find_entry(image.view(), image.number(), window_.offset);
  if (!found) return std::unexpected(lose(end != 0 ? end : stream_.durable() + 1));
  const Position position = found->header.position;
  const bool skip = position < next_ || (found->offset < image.unchecked_from && !found->whole());
  if (!skip && position > next_) return std::unexpected(lose(position));
  window_.offset = found->end();
  if (skip) return std::nullopt;
  ++next_;
  return Entry{position, found->payload};
}

// Everything from next_ up to `until` is damaged.
Error LogReader::lose(Position until) {
  Damage damage{next_, until - next_, cat(window_.name, ", behind byte ", window_.offset)};
  next_ = until;
  return stream_.report(std::move(damage));
}

}  // namespace oree::stream
