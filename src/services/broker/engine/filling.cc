// Reading from the message stream what a backlog missed.
#include "platform/mqtt/topic.h"
#include "services/broker/engine/core.h"

namespace oree::broker {

namespace {

constexpr size_t kScanAtOnce = 2'000;  // entries read per call, so that one reader cannot hold up the loop
constexpr size_t kFillTo = 256;

}  // namespace

// Takes the message into the window if it is for this reader.
bool Core::take_in(Session* session, Group* group, Position position, const Content& content) {
  Backlog& backlog = group != nullptr ? group->backlog : session->backlog;
  const auto view = mqtt::parse_view(*content);
  if (!view) return false;
  if (std::ranges::binary_search(backlog.skip, position)) return false;
  Matched granted;
  if (group != nullptr) {
    if (position < group->since || !mqtt::topic_matches(group->filter, view->topic)) return false;
    granted.qos = 2;
  } else if (!grant(*session, *view, position, granted)) {
    return false;
  }
  window_bytes += content->size();
  backlog.push({position, content, granted.qos, granted.keep_retain});
  return true;
}

void Core::refill(Session* session, Group* group) {
  Backlog& backlog = group != nullptr ? group->backlog : session->backlog;
  if (!backlog.reader) backlog.reader = parts.messages.reader(backlog.cursor());
  for (size_t scanned = 0; scanned < kScanAtOnce && backlog.size() < kFillTo; ++scanned) {
    const auto entry = backlog.reader->next();
    if (!entry) {
      parts.log.error("messages cannot be read: " + entry.error().what);
      if (entry.error().kind != ErrorKind::corrupt) {  // tried again at the next tick
        backlog.reader.reset();
        return;
      }
      ++stats.dropped_lost;
      continue;
    }
    if (entry->position == 0) {  // everything durable was read; what follows is still in memory
      for (const Appended& a : appended) {
        if (a.position >= backlog.cursor() && a.content) take_in(session, group, a.position, a.content);
      }
      backlog.caught_up();
      return;
    }
    if (const auto view = mqtt::parse_view(entry->bytes)) {
      const bool fits = group != nullptr ? mqtt::topic_matches(group->filter, view->topic) : true;
      Matched granted;
      if (fits && (group != nullptr || grant(*session, *view, entry->position, granted))) {
        take_in(session, group, entry->position,
                std::make_shared<const ByteBuffer>(entry->bytes.begin(), entry->bytes.end()));
      }
    } else {
      ++stats.dropped_lost;
    }
    backlog.advance(entry->position + 1);
  }
  more_to_read = more_to_read || backlog.window_empty();
}

Content Core::load(Position position) {
  if (!loader) loader = parts.messages.reader(position);
  if (loader_next != position) loader->seek(position);
  const auto entry = loader->next();
  loader_next = entry && entry->position != 0 ? entry->position + 1 : 0;
  if (!entry || entry->position != position) return nullptr;
  return std::make_shared<const ByteBuffer>(entry->bytes.begin(), entry->bytes.end());
}

}  // namespace oree::broker
