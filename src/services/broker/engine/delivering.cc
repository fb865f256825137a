#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

bool Core::has_room(Session& session) {
  Connection* c = session.connection;
  if (c == nullptr || c->phase != Phase::connected) return false;
  if (c->out.size() < settings.limits.max_output) return true;
  c->starved = true;
  return false;
}

size_t Core::quota(const Session& session) const {
  return std::min<size_t>(session.connection->receive_maximum, settings.limits.max_inflight);
}

bool Core::can_take(Session& session) {
  return has_room(session) && session.active < quota(session);
}

void Core::pump_all() {
  std::vector<Session*> now_sessions;
  now_sessions.swap(pump_sessions);
  for (Session* session : now_sessions) session->queued_for_pump = false;
  std::vector<Group*> now_groups;
  now_groups.swap(pump_groups);
  for (Group* group : now_groups) group->queued_for_pump = false;
  for (Session* session : now_sessions) {
    if (!session->over) pump(*session);
  }
  for (Group* group : now_groups) {
    if (!group->over) pump(*group);
  }
  // Their storage is used again.
  if (pump_sessions.empty()) {
    now_sessions.clear();
    pump_sessions.swap(now_sessions);
  }
}

void Core::pump(Session& session) {
  resend_unsent(session);
  size_t sent_direct = 0;
  while (sent_direct < session.direct.size() && can_take(session))
    deliver_direct(session, session.direct[sent_direct++]);
  session.direct.erase(session.direct.begin(),
                       session.direct.begin() + static_cast<std::ptrdiff_t>(sent_direct));
  Backlog& backlog = session.backlog;
  while (can_take(session)) {
    if (!backlog.returned.empty()) {
      const Position position = backlog.returned.front();
      backlog.returned.erase(backlog.returned.begin());
      const Content content = load(position);
      if (content && take_in(&session, nullptr, position, content)) {
        const Waiting waiting = backlog.pop_back();
        window_bytes -= std::min<uint64_t>(window_bytes, content->size());
        deliver(session, waiting, nullptr);
      } else if (!content) {
        ++stats.dropped_lost;
      }
      continue;
    }
    if (backlog.window_empty() && backlog.behind()) {
      refill(&session, nullptr);
      if (backlog.window_empty()) return backlog.behind() ? want_pump(session) : void();
    }
    if (backlog.window_empty()) return;
    if (backlog.front().position > durable_position) return want_pump(session);
    const Waiting waiting = backlog.pop();
    window_bytes -= std::min<uint64_t>(window_bytes, waiting.content->size());
    deliver(session, waiting, nullptr);
  }
}

// The next member, in turn, that can take one more.
Session* Core::next_taker(Group& group, size_t& at) {
  for (size_t i = 0; i < group.members.size(); ++i) {
    at = (group.turn + i) % group.members.size();
    if (can_take(*group.members[at])) return group.members[at];
  }
  return nullptr;
}

void Core::pump(Group& group) {
  Backlog& backlog = group.backlog;
  while (true) {
    size_t at = 0;
    Session* const taker = group.over ? nullptr : next_taker(group, at);
    if (taker == nullptr) {
      // Nobody is there: nothing needs to stay in memory.
      if (!std::ranges::all_of(group.members, [](const Session* s) { return s->connection == nullptr; }))
        return;
      window_bytes -= std::min<uint64_t>(window_bytes, backlog.bytes());
      return backlog.fall_behind_completely();
    }
    Waiting waiting;
    if (!backlog.returned.empty()) {
      waiting = {backlog.returned.front(), load(backlog.returned.front()), 2, false};
      backlog.returned.erase(backlog.returned.begin());
      if (!waiting.content) continue;
    } else {
      if (backlog.window_empty() && backlog.behind()) {
        refill(nullptr, &group);
        if (backlog.window_empty()) return backlog.behind() ? want_pump(group) : void();
      }
      if (backlog.window_empty()) return;
      if (backlog.front().position > durable_position) return want_pump(group);
      waiting = backlog.pop();
      window_bytes -= std::min<uint64_t>(window_bytes, waiting.content->size());
    }
    group.turn = (at + 1) % group.members.size();
    deliver(*taker, waiting, &group);
  }
}

std::optional<uint32_t> Core::seconds_left(const mqtt::MessageView& message, Position position,
                                           bool& expired) const {
  expired = false;
  if (!message.expiry_seconds) return std::nullopt;
  microseconds age = now.wall - message.received;
  for (const ClockJump& jump : jumps) {
    if (position < jump.before) age -= jump.by;
  }
  const int64_t passed = std::max<int64_t>(0, std::chrono::floor<std::chrono::seconds>(age).count());
  const int64_t left = int64_t{*message.expiry_seconds} - passed;
  expired = left <= 0 && (passed > 0 || *message.expiry_seconds == 0);
  return static_cast<uint32_t>(std::max<int64_t>(left, 0));
}

void Core::deliver(Session& session, const Waiting& waiting, Group* group) {
  const auto view = mqtt::parse_view(*waiting.content);
  if (!view) return;
  bool expired = false;
  const auto left = seconds_left(*view, waiting.position, expired);
  if (expired) {
    ++stats.dropped_expired;
    ++session.dropped;
    session.progress_changed = true;
    return;
  }
  InFlight flight{
      .keep_retain = waiting.keep_retain, .position = waiting.position, .content = waiting.content};
  uint8_t allowed = waiting.qos;
  if (group != nullptr) {
    const Subscription& subscription = session.subscriptions[group->key];
    allowed = subscription.qos;
    flight.keep_retain = subscription.keep_retain;
    flight.group = group->key;
  }
  flight.qos = static_cast<uint8_t>(std::min<int>(view->qos, allowed));
  session.progress_changed = true;
  if (flight.qos == 0) {
    mqtt::MessageView message = *view;
    message.expiry_seconds = left;
    ids_for(session, message, flight.group, id_list);
    send_publish(*session.connection, message, {0, message.retain && flight.keep_retain, false, 0, &id_list});
    return;
  }
  flight.id = new_id(session);
  ++session.active;
  session.inflight.push_back(std::move(flight));
  InFlight& kept = session.inflight.back();
  if (kept.qos == 1 || !session.persistent()) return send_inflight(session, kept);
  // Exactly once: after a crash the same message must come with the same identifier.
  kept.leg = Leg::to_log;
  const Record record{.type = RecordType::sent2,
                      .id = kept.id,
                      .position = kept.position,
                      .name = session.client_id,
                      .text = kept.group};
  gate(*session.connection, &record, Gate::Then::publish, kept.id, {});
}

void Core::deliver_direct(Session& session, const Direct& direct) {
  const auto view = mqtt::parse_view(*direct.content);
  if (!view) return;
  bool expired = false;
  mqtt::MessageView message = *view;
  message.expiry_seconds = seconds_left(*view, direct.stamp, expired);
  if (expired) {
    ++stats.dropped_expired;
    return;
  }
  if (direct.qos == 0) {
    id_list.clear();
    if (direct.subscription_id != 0) id_list.push_back(direct.subscription_id);
    send_publish(*session.connection, message, {0, true, false, 0, &id_list});
    return;
  }
  ++session.active;
  session.inflight.push_back({.id = new_id(session),
                              .qos = direct.qos,
                              .direct = true,
                              .direct_id = direct.subscription_id,
                              .stamp = direct.stamp,
                              .content = direct.content});
  send_inflight(session, session.inflight.back());
}

void Core::send_inflight(Session& session, InFlight& flight) {
  const Content content = flight.content ? flight.content : load(flight.position);
  const auto view = content ? mqtt::parse_view(*content) : fail(ErrorKind::not_found, "");
  bool sent = false;
  if (view) {
    mqtt::MessageView message = *view;
    bool expired = false;
    message.expiry_seconds = seconds_left(*view, flight.direct ? flight.stamp : flight.position, expired);
    ids_for(session, message, flight.group, id_list);
    if (flight.direct) {
      id_list.clear();
      if (flight.direct_id != 0) id_list.push_back(flight.direct_id);
    }
    const bool retain_flag = flight.direct || (message.retain && flight.keep_retain);
    sent = send_publish(*session.connection, message,
                        {flight.qos, retain_flag, flight.dup, flight.id, &id_list});
  } else {
    ++stats.dropped_lost;
  }
  flight.leg = Leg::sent;
  flight.dup = true;
  if (!flight.direct) flight.content.reset();
  if (sent) return;
  // It cannot be sent to this client; for the session it is done with.
  for (size_t i = session.inflight.size(); i-- > 0;) {
    if (session.inflight[i].id == flight.id) return complete(session, i);
  }
}

bool Core::send_publish(Connection& c, const mqtt::MessageView& message, const Outgoing& how) {
  mqtt::Publish publish;
  publish.dup = how.dup && how.qos > 0;
  publish.qos = how.qos;
  publish.retain = how.retain;
  publish.id = how.id;
  publish.topic = message.topic;
  publish.payload = message.payload;
  bool new_alias = false;
  if (c.version == Version::v5) {
    mqtt::Properties& p = publish.properties;
    if (message.payload_is_utf8) p.payload_format = 1;
    p.message_expiry = message.expiry_seconds;
    if (!message.content_type.empty()) p.content_type = message.content_type;
    if (!message.response_topic.empty()) p.response_topic = message.response_topic;
    if (!message.correlation.empty()) p.correlation = message.correlation;
    p.subscription_ids = *how.ids;
    mqtt::each_user_property(message, [&](std::string_view name, std::string_view value) {
      p.user_properties.emplace_back(name, value);
    });
    if (c.alias_maximum > 0) {
      const auto known = c.aliases_out.find(message.topic);
      if (known != c.aliases_out.end()) {
        p.topic_alias = known->second;
        publish.topic = {};
      } else if (c.aliases_out.size() < c.alias_maximum) {
        p.topic_alias = static_cast<uint16_t>(c.aliases_out.size() + 1);
        new_alias = true;
      }
    }
    if (c.max_packet < 0xffffffff && mqtt::encoded_size(publish, c.version) > c.max_packet) {
      ++stats.dropped_too_large;
      return false;
    }
  }
  if (new_alias) c.aliases_out.emplace(std::string(message.topic), *publish.properties.topic_alias);
  mqtt::encode(publish, c.version, c.out);
  ++stats.messages_out[how.qos];
  ++c.session->messages_out;
  stats.payload_bytes_out += message.payload.size();
  touch(c);
  return true;
}

uint16_t Core::new_id(Session& session) {
  const auto in_use = [&](uint16_t id) {
    return std::ranges::any_of(session.inflight, [&](const InFlight& flight) { return flight.id == id; });
  };
  do {
    ++session.last_id;
  } while (session.last_id == 0 || in_use(session.last_id));
  return session.last_id;
}

// After a reconnection: what was released is released again, the rest is to be sent again, in the same order.
void Core::resend(Session& session) {
  session.active = 0;
  session.unsent = 0;
  for (InFlight& flight : session.inflight) {
    if (flight.leg == Leg::released) {
      ++session.active;
      send_ack(*session.connection, PacketType::pubrel, flight.id, Reason::success);
    } else {
      flight.leg = Leg::to_send;
      ++session.unsent;
    }
  }
  resend_unsent(session);
}

void Core::resend_unsent(Session& session) {
  for (size_t i = 0; i < session.inflight.size() && session.unsent > 0 && can_take(session);) {
    InFlight& flight = session.inflight[i];
    if (flight.leg != Leg::to_send) {
      ++i;
      continue;
    }
    --session.unsent;
    ++session.active;
    const size_t before = session.inflight.size();
    send_inflight(session, flight);
    if (session.inflight.size() == before) ++i;
  }
}

void Core::on_ack(Connection& c, const mqtt::Ack& ack) {
  Session& session = *c.session;
  if (ack.type == PacketType::pubrec) {
    on_pubrec(c, session, ack);
    return pump_all();
  }
  const uint8_t qos = ack.type == PacketType::puback ? 1 : 2;
  const Leg awaited = ack.type == PacketType::puback ? Leg::sent : Leg::released;
  for (size_t i = 0; i < session.inflight.size(); ++i) {
    const InFlight& flight = session.inflight[i];
    if (flight.id != ack.id || flight.qos != qos || flight.leg != awaited) continue;
    complete(session, i);
    return pump_all();
  }
}

void Core::on_pubrec(Connection& c, Session& session, const mqtt::Ack& ack) {
  for (size_t i = 0; i < session.inflight.size(); ++i) {
    InFlight& flight = session.inflight[i];
    if (flight.id != ack.id || flight.qos != 2 || (flight.leg != Leg::sent && flight.leg != Leg::released))
      continue;
    if (mqtt::is_error(ack.reason)) return complete(session, i);
    const bool first = flight.leg == Leg::sent;
    flight.leg = Leg::released;
    flight.content.reset();
    ByteBuffer bytes;
    mqtt::encode(mqtt::Ack{PacketType::pubrel, ack.id, Reason::success, {}}, c.version, bytes);
    const Record record{.type = RecordType::released2, .id = ack.id, .name = session.client_id};
    if (session.persistent() && !flight.direct) {
      return gate(c, first ? &record : nullptr, Gate::Then::nothing, 0, std::move(bytes));
    }
    c.out.insert(c.out.end(), bytes.begin(), bytes.end());
    return touch(c);
  }
  send_ack(c, PacketType::pubrel, ack.id,
           c.version == Version::v5 ? Reason::packet_id_not_found : Reason::success);
}

void Core::complete(Session& session, size_t index) {
  const InFlight& flight = session.inflight[index];
  if (flight.qos == 2 && session.persistent() && !flight.direct) {
    journal({.type = RecordType::done2, .id = flight.id, .name = session.client_id});
  }
  session.inflight.erase(session.inflight.begin() + static_cast<std::ptrdiff_t>(index));
  if (session.active > 0) --session.active;
  session.progress_changed = true;
  want_pump(session);
  for (Group* group : session.groups) want_pump(*group);
}

void Core::drained(Connection& c) {
  if (!c.starved || c.session == nullptr || c.out.size() >= settings.limits.max_output / 2) return;
  c.starved = false;
  want_pump(*c.session);
  for (Group* group : c.session->groups) want_pump(*group);
  pump_all();
}

}  // namespace oree::broker
