#include "nodes/edge/live/feed.h"

#include <algorithm>

namespace oree::edge {

void Feed::publish_item(const std::string& id, const std::string& json) {
  const std::lock_guard lock(mutex_);
  kept_.push_back({id, json});
  if (kept_.size() > kKept) kept_.pop_front();
  send("item", id, json);
}

void Feed::publish(std::string_view event, const std::string& json) {
  const std::lock_guard lock(mutex_);
  send(event, "", json);
}

void Feed::join(std::shared_ptr<http::EventStream> listener, const std::string& last_id) {
  const std::lock_guard lock(mutex_);
  const auto seen = std::ranges::find(kept_, last_id, &Kept::id);
  for (auto item = seen == kept_.end() ? kept_.begin() : seen + 1; item != kept_.end(); ++item) {
    listener->send("item", item->id, item->json);
  }
  listener->send("ready", "", "{}");
  listeners_.push_back(std::move(listener));
}

size_t Feed::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

void Feed::send(std::string_view event, std::string_view id, std::string_view data) {
  std::erase_if(listeners_, [&](const auto& listener) { return !listener->send(event, id, data); });
}

}  // namespace oree::edge
