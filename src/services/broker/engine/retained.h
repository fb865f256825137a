// The last retained message of each topic, in memory; the journal and the message stream bring it back.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "services/broker/engine/content.h"

namespace oree::broker {

struct RetainedMessage {
  Content content;
  Position stamp = 0;  // its place among all messages
  // What it replaced, as long as it is not durable itself.
  Content previous;
  Position previous_stamp = 0;
};

class Retained {
 public:
  // False when that would exceed the limits; an old one of the same topic stays then.
  bool set(std::string_view topic, Content content, Position stamp, Position durable);
  void limit(uint64_t max_count, uint64_t max_bytes);
  void clear(std::string_view topic);
  const RetainedMessage* find(std::string_view topic) const;
  size_t count() const { return messages_.size(); }
  uint64_t bytes() const { return bytes_; }

  // Calls visit(topic, message) for all that match, by topic.
  template <class Visit>
  void each_match(std::string_view filter, Visit visit) const;
  const std::map<std::string, RetainedMessage, std::less<>>& all() const { return messages_; }

 private:
  std::map<std::string, RetainedMessage, std::less<>> messages_;
  uint64_t bytes_ = 0;
  uint64_t max_count_ = 100'000;
  uint64_t max_bytes_ = 32 << 20;
};

bool matches_retained(std::string_view filter, std::string_view topic);

template <class Visit>
void Retained::each_match(std::string_view filter, Visit visit) const {
  const std::string_view prefix = filter.substr(0, filter.find_first_of("+#"));
  if (prefix.size() == filter.size()) {
    if (const RetainedMessage* found = find(filter)) visit(filter, *found);
    return;
  }
  // "a/#" matches "a" too, which lies before the prefix "a/".
  const std::string_view parent = prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1);
  if (filter.ends_with("/#") && prefix.size() + 1 == filter.size()) {
    if (const RetainedMessage* found = find(parent)) visit(parent, *found);
  }
  for (auto at = messages_.lower_bound(prefix); at != messages_.end(); ++at) {
    if (!std::string_view(at->first).starts_with(prefix)) break;
    if (matches_retained(filter, at->first)) visit(std::string_view(at->first), at->second);
  }
}

}  // namespace oree::broker
