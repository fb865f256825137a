#include "services/broker/engine/retained.h"

#include "platform/mqtt/message.h"

namespace oree::broker {

bool matches_retained(std::string_view filter, std::string_view topic) {
  return mqtt::topic_matches(filter, topic);
}

void Retained::limit(uint64_t max_count, uint64_t max_bytes) {
  max_count_ = max_count;
  max_bytes_ = max_bytes;
}

bool Retained::set(std::string_view topic, Content content, Position stamp, Position durable) {
  const auto found = messages_.find(topic);
  const bool is_new = found == messages_.end();
  const uint64_t freed = is_new ? 0 : found->second.content->size();
  if (bytes_ - freed + content->size() > max_bytes_ || (is_new && messages_.size() >= max_count_))
    return false;
  bytes_ = bytes_ - freed + content->size();
  RetainedMessage message{std::move(content), stamp, nullptr, 0};
  if (is_new) {
    messages_.emplace(std::string(topic), std::move(message));
    return true;
  }
  RetainedMessage& old = found->second;
  if (stamp > durable) {
    message.previous = old.stamp <= durable ? old.content : old.previous;
    message.previous_stamp = old.stamp <= durable ? old.stamp : old.previous_stamp;
  }
  old = std::move(message);
  return true;
}

void Retained::clear(std::string_view topic) {
  const auto found = messages_.find(topic);
  if (found == messages_.end()) return;
  bytes_ -= found->second.content->size();
  messages_.erase(found);
}

const RetainedMessage* Retained::find(std::string_view topic) const {
  const auto found = messages_.find(topic);
  return found == messages_.end() ? nullptr : &found->second;
}

}  // namespace oree::broker
