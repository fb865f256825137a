#include "services/broker/engine/subscription_tree.h"

namespace oree::broker {
namespace {

struct Cut {
  std::string_view level;
  std::string_view rest;
  bool last;
};

Cut cut(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {text, {}, true};
  return {text.substr(0, slash), text.substr(slash + 1), false};
}

void put(std::vector<Subscriber>& list, const Subscriber& subscriber) {
  for (Subscriber& old : list) {
    if (old == subscriber) {
      old = subscriber;
      return;
    }
  }
  list.push_back(subscriber);
}

}  // namespace

void SubscriptionTree::add(std::string_view filter, const Subscriber& subscriber) {
  Node* node = &root_;
  while (true) {
    const Cut now = cut(filter);
    if (now.level == "#") return put(node->below, subscriber);
    if (now.level == "+") {
      if (!node->plus) node->plus = std::make_unique<Node>();
      node = node->plus.get();
    } else {
      auto found = node->children.find(now.level);
      if (found == node->children.end()) {
        found = node->children.emplace(std::string(now.level), std::make_unique<Node>()).first;
      }
      node = found->second.get();
    }
    if (now.last) return put(node->here, subscriber);
    filter = now.rest;
  }
}

bool SubscriptionTree::remove_from(Node& node, std::string_view rest, const Subscriber& subscriber) {
  const Cut now = cut(rest);
  if (now.level == "#") {
    std::erase(node.below, subscriber);
  } else if (now.level == "+") {
    if (!node.plus) return false;
    if (now.last) std::erase(node.plus->here, subscriber);
    if (now.last ? node.plus->empty() : remove_from(*node.plus, now.rest, subscriber)) node.plus.reset();
  } else {
    const auto found = node.children.find(now.level);
    if (found == node.children.end()) return false;
    Node& child = *found->second;
    if (now.last) std::erase(child.here, subscriber);
    if (now.last ? child.empty() : remove_from(child, now.rest, subscriber)) node.children.erase(found);
  }
  return node.empty();
}

void SubscriptionTree::remove(std::string_view filter, const Subscriber& subscriber) {
  remove_from(root_, filter, subscriber);
}

void SubscriptionTree::match_in(const Node& node, std::string_view rest, bool ended, bool wildcards,
                                std::vector<Subscriber>& out) {
  if (wildcards) out.insert(out.end(), node.below.begin(), node.below.end());
  if (ended) {
    out.insert(out.end(), node.here.begin(), node.here.end());
    return;
  }
  const Cut now = cut(rest);
  if (const auto found = node.children.find(now.level); found != node.children.end()) {
    match_in(*found->second, now.rest, now.last, true, out);
  }
  if (wildcards && node.plus) match_in(*node.plus, now.rest, now.last, true, out);
}

void SubscriptionTree::match(std::string_view topic, std::vector<Subscriber>& out) const {
  match_in(root_, topic, false, !topic.starts_with('$'), out);
}

}  // namespace oree::broker
