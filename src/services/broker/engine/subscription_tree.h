// Who subscribed to what, as a tree of topic levels: matching costs as many steps as the topic has levels,
// times the wildcards that fit, not as many as there are subscriptions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/broker/engine/session.h"

namespace oree::broker {

struct Subscriber {
  Session* session = nullptr;  // one of the two
  Group* group = nullptr;
  const Subscription* subscription = nullptr;  // of the session
  bool operator==(const Subscriber& other) const { return session == other.session && group == other.group; }
};

class SubscriptionTree {
 public:
  // Replaces what the same subscriber had there.
  void add(std::string_view filter, const Subscriber& subscriber);
  void remove(std::string_view filter, const Subscriber& subscriber);
  // Appends all whose filter matches; a subscriber with several filters appears several times.
  void match(std::string_view topic, std::vector<Subscriber>& out) const;
  bool empty() const { return root_.children.empty() && !root_.plus && root_.below.empty(); }

 private:
  struct Node {
    std::unordered_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>> children;
    std::unique_ptr<Node> plus;
    std::vector<Subscriber> here;
    std::vector<Subscriber> below;  // "#"
    bool empty() const { return children.empty() && !plus && here.empty() && below.empty(); }
  };

  static bool remove_from(Node& node, std::string_view rest, const Subscriber& subscriber);
  static void match_in(const Node& node, std::string_view rest, bool ended, bool wildcards,
                       std::vector<Subscriber>& out);
  Node root_;
};

}  // namespace oree::broker
