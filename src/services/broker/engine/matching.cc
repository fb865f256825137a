#include "platform/mqtt/topic.h"
#include "services/broker/engine/core.h"

namespace oree::broker {

// Who gets this message. Overlapping subscriptions of one session become one entry with the highest QoS.
void Core::match(const mqtt::MessageView& message) {
  subscribers.clear();
  matched.clear();
  ++match_round;
  tree.match(message.topic, subscribers);
  for (const Subscriber& s : subscribers) {
    if (s.group != nullptr) {
      matched.push_back({nullptr, s.group, 2, false});
      continue;
    }
    Session& session = *s.session;
    if (s.subscription->no_local && session.client_id == message.sender) continue;
    if (parts.access.filters_reads() &&
        !parts.access.may_read({session.client_id, session.user}, message.topic)) {
      continue;
    }
    if (session.match_round != match_round) {
      session.match_round = match_round;
      session.match_slot = matched.size();
      matched.push_back({&session, nullptr, s.subscription->qos, s.subscription->keep_retain});
      continue;
    }
    Matched& entry = matched[session.match_slot];
    entry.qos = std::max(entry.qos, s.subscription->qos);
    entry.keep_retain = entry.keep_retain || s.subscription->keep_retain;
  }
}

// The same for one session and a message that is read from the stream.
bool Core::grant(const Session& session, const mqtt::MessageView& message, Position position,
                 Matched& out) const {
  bool any = false;
  for (const auto& [filter, subscription] : session.subscriptions) {
    if (subscription.group != nullptr || subscription.since > position) continue;
    if (subscription.no_local && message.sender == session.client_id) continue;
    if (!mqtt::topic_matches(filter, message.topic)) continue;
    any = true;
    out.qos = std::max(out.qos, subscription.qos);
    out.keep_retain = out.keep_retain || subscription.keep_retain;
  }
  if (!any || !parts.access.filters_reads()) return any;
  return parts.access.may_read({session.client_id, session.user}, message.topic);
}

void Core::ids_for(const Session& session, const mqtt::MessageView& message, const std::string& group,
                   std::vector<uint32_t>& out) const {
  out.clear();
  if (!session.has_ids) return;
  if (!group.empty()) {
    const auto found_group = session.subscriptions.find(group);
    if (found_group != session.subscriptions.end() && found_group->second.id != 0)
      out.push_back(found_group->second.id);
    return;
  }
  for (const auto& [filter, subscription] : session.subscriptions) {
    if (subscription.id == 0 || subscription.group != nullptr) continue;
    if (subscription.no_local && message.sender == session.client_id) continue;
    if (mqtt::topic_matches(filter, message.topic)) out.push_back(subscription.id);
  }
}

// QoS 0: to whoever is there now.
void Core::hand_out_live(const mqtt::MessageView& message) {
  for (const LocalSubscription& local : locals) {
    if (mqtt::topic_matches(local.filter, message.topic)) local.callback(message);
  }
  for (const Matched& entry : matched) {
    Session* session = entry.session;
    bool keep_retain = entry.keep_retain;
    static const std::string none;
    const std::string* group_key = &none;
    if (entry.group != nullptr) {
      Group& group = *entry.group;
      for (size_t tried = 0; tried < group.members.size(); ++tried) {
        Session* candidate = group.members[group.turn];
        group.turn = (group.turn + 1) % group.members.size();
        if (session == nullptr && has_room(*candidate)) session = candidate;
        if (session != nullptr) break;
      }
      if (session == nullptr) {
        ++stats.dropped_offline_qos0;
        continue;
      }
      group_key = &group.key;
      keep_retain = session->subscriptions[group.key].keep_retain;
    }
    if (session->connection == nullptr || session->connection->phase != Phase::connected) {
      ++stats.dropped_offline_qos0;
      ++session->dropped;
      continue;
    }
    if (!has_room(*session)) {
      ++stats.dropped_slow_qos0;
      ++session->dropped;
      continue;
    }
    ids_for(*session, message, *group_key, id_list);
    send_publish(*session->connection, message, {0, message.retain && keep_retain, false, 0, &id_list});
  }
}

// QoS 1 and 2: into the backlogs; delivered when durable.
void Core::enqueue(Position position, const Content& content) {
  for (const Matched& entry : matched) {
    Backlog& backlog = entry.group != nullptr ? entry.group->backlog : entry.session->backlog;
    if (entry.session != nullptr && entry.session->connection == nullptr) {
      Session& session = *entry.session;
      if (entry.qos == 0) {
        ++stats.dropped_offline_qos0;
        ++session.dropped;
      } else {
        backlog.fall_behind(position);
      }
      continue;
    }
    if (backlog.behind()) continue;
    const auto& limits = settings.limits;
    if (backlog.size() >= limits.max_window || window_bytes + content->size() > limits.max_window_bytes) {
      backlog.fall_behind(position);
      continue;
    }
    window_bytes += content->size();
    backlog.push({position, content, entry.qos, entry.keep_retain});
    if (entry.group != nullptr) {
      want_pump(*entry.group);
    } else {
      want_pump(*entry.session);
    }
  }
}

void Core::want_pump(Session& session) {
  if (session.queued_for_pump || session.over) return;
  session.queued_for_pump = true;
  pump_sessions.push_back(&session);
}

void Core::want_pump(Group& group) {
  if (group.queued_for_pump || group.over) return;
  group.queued_for_pump = true;
  pump_groups.push_back(&group);
}

}  // namespace oree::broker
