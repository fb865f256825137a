#include "platform/mqtt/topic.h"
#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

namespace {

uint8_t options_of(const Subscription& s) {
  return static_cast<uint8_t>(s.qos | (s.no_local ? 4 : 0) | (s.keep_retain ? 8 : 0) |
                              s.retain_handling << 4);
}

}  // namespace

void Core::on_subscribe(Connection& c, const mqtt::Subscribe& subscribe) {
  const uint32_t id =
      subscribe.properties.subscription_ids.empty() ? 0 : subscribe.properties.subscription_ids[0];
  for (const mqtt::SubscribeEntry& entry : subscribe.entries) {
    if (!mqtt::is_topic_filter(entry.filter) && c.version == Version::v311) {
      return refuse(c, Reason::topic_filter_invalid, "");
    }
    if (entry.no_local && entry.filter.starts_with("$share/")) {
      return refuse(c, Reason::protocol_error, "no local on a shared subscription");
    }
  }
  mqtt::SubscribeAnswer answer{PacketType::suback, subscribe.id, {}, {}};
  bool journaled = false;
  for (const mqtt::SubscribeEntry& entry : subscribe.entries) {
    answer.reasons.push_back(subscribe_one(c, entry, id, journaled));
  }
  if (c.phase != Phase::connected) return;
  ByteBuffer bytes;
  mqtt::encode(answer, c.version, bytes);
  if (journaled) {
    gate(c, nullptr, Gate::Then::nothing, 0, std::move(bytes));
  } else {
    c.out.insert(c.out.end(), bytes.begin(), bytes.end());
    touch(c);
  }
  want_pump(*c.session);
  pump_all();
}

Reason Core::subscribe_one(Connection& c, const mqtt::SubscribeEntry& entry, uint32_t id, bool& journaled) {
  Session& session = *c.session;
  const auto parts_of_filter = mqtt::parse_filter(entry.filter);
  if (!parts_of_filter) return Reason::topic_filter_invalid;
  const auto [group_name, filter] = *parts_of_filter;
  if (mqtt::level_count(filter) > settings.limits.max_levels) return Reason::quota_exceeded;
  if (!parts.access.may_subscribe({c.client_id, c.user}, filter)) {
    ++stats.dropped_denied;
    return Reason::not_authorized;
  }
  const auto old = session.subscriptions.find(entry.filter);
  const bool is_new = old == session.subscriptions.end();
  if (is_new && session.subscriptions.size() >= settings.limits.max_filters) return Reason::quota_exceeded;
  Subscription& subscription = is_new ? session.subscriptions[std::string(entry.filter)] : old->second;
  subscription.qos = entry.qos;
  subscription.no_local = entry.no_local;
  subscription.keep_retain = entry.retain_as_published;
  subscription.retain_handling = entry.retain_handling;
  subscription.id = id;
  session.has_ids = session.has_ids || id != 0;
  if (is_new) subscription.since = next_position;
  if (group_name.empty()) {
    tree.add(filter, {&session, nullptr, &subscription});
  } else if (is_new) {
    subscription.group = &join_group(session, entry.filter, filter, next_position);
  }
  if (session.persistent()) {
    const Record record{.type = RecordType::subscribed,
                        .flags = options_of(subscription),
                        .extra = id,
                        .position = subscription.since,
                        .name = session.client_id,
                        .text = std::string(entry.filter)};
    if (journal(record) == 0) return Reason::implementation_specific;
    journaled = true;
  }
  const bool wants_retained = entry.retain_handling == 0 || (entry.retain_handling == 1 && is_new);
  if (group_name.empty() && wants_retained) send_retained(session, filter, subscription);
  return static_cast<Reason>(entry.qos);
}

void Core::send_retained(Session& session, std::string_view filter, const Subscription& subscription) {
  retained.each_match(filter, [&](std::string_view, const RetainedMessage& message) {
    const auto view = mqtt::parse_view(*message.content);
    if (!view) return;
    if (subscription.no_local && view->sender == session.client_id) return;
    const auto qos = static_cast<uint8_t>(std::min<int>(view->qos, subscription.qos));
    session.direct.push_back({message.content, qos, subscription.id, message.stamp});
  });
}

Group& Core::join_group(Session& session, std::string_view key, std::string_view filter, Position since) {
  auto found = groups.find(key);
  if (found == groups.end()) {
    found = groups.emplace(std::string(key), std::make_unique<Group>()).first;
    Group& fresh = *found->second;
    fresh.key = key;
    fresh.filter = filter;
    fresh.since = since;
    tree.add(filter, {nullptr, &fresh, nullptr});
  }
  Group& group = *found->second;
  group.members.push_back(&session);
  session.groups.push_back(&group);
  if (session.connection != nullptr) want_pump(group);
  return group;
}

void Core::leave_group(Session& session, Group& group) {
  std::erase(group.members, &session);
  std::erase(session.groups, &group);
  if (!group.members.empty()) {
    group.turn %= group.members.size();
    return;
  }
  window_bytes -= std::min<uint64_t>(window_bytes, group.backlog.bytes());
  std::erase(pump_groups, &group);
  tree.remove(group.filter, {nullptr, &group, nullptr});
  group.over = true;
  const auto found = groups.find(group.key);
  ended_groups.push_back(std::move(found->second));
  groups.erase(found);
}

bool Core::unsubscribe_one(Session& session, std::string_view filter) {
  const auto found = session.subscriptions.find(filter);
  if (found == session.subscriptions.end()) return false;
  Group* const group = found->second.group;
  if (group == nullptr) tree.remove(filter, {&session, nullptr, nullptr});
  session.subscriptions.erase(found);
  if (group != nullptr) leave_group(session, *group);
  return true;
}

void Core::on_unsubscribe(Connection& c, const mqtt::Unsubscribe& unsubscribe) {
  Session& session = *c.session;
  mqtt::SubscribeAnswer answer{PacketType::unsuback, unsubscribe.id, {}, {}};
  bool journaled = false;
  for (const std::string_view filter : unsubscribe.filters) {
    if (!mqtt::is_topic_filter(filter)) {
      if (c.version == Version::v311) return refuse(c, Reason::topic_filter_invalid, "");
      answer.reasons.push_back(Reason::topic_filter_invalid);
      continue;
    }
    const bool existed = unsubscribe_one(session, filter);
    answer.reasons.push_back(existed ? Reason::success : Reason::no_subscription_existed);
    if (!existed || !session.persistent()) continue;
    journaled =
        journal({.type = RecordType::unsubscribed, .name = session.client_id, .text = std::string(filter)}) !=
        0;
  }
  ByteBuffer bytes;
  mqtt::encode(answer, c.version, bytes);
  if (journaled) return gate(c, nullptr, Gate::Then::nothing, 0, std::move(bytes));
  c.out.insert(c.out.end(), bytes.begin(), bytes.end());
  touch(c);
}

}  // namespace oree::broker
