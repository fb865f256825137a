#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::Reason;
using mqtt::Version;

void Core::on_disconnect(Connection& c, const mqtt::Disconnect& disconnect) {
  if (const auto expiry = disconnect.properties.session_expiry) {
    if (*expiry > 0 && !c.expiry_at_connect) {
      return refuse(c, Reason::protocol_error, "a session expiry at the end that was 0 at the beginning");
    }
    c.session->expiry = std::min(*expiry, settings.limits.max_session_expiry);
  }
  end_connection(c, c.version == Version::v311 || disconnect.reason == Reason::success);
}

void Core::end_connection(Connection& c, bool normal) {
  if (c.phase == Phase::closing) return;
  c.phase = Phase::closing;
  touch(c);
  Session* session = c.session;
  c.session = nullptr;
  if (session == nullptr) return;
  session->connection = nullptr;
  detach(*session, normal);
}

void Core::detach(Session& session, bool normal) {
  if (normal) session.will.reset();
  if (session.will && (session.will->delay == 0 || !session.persistent())) publish_will(session);
  if (!session.persistent()) return end_session(session);
  session.detached = now.wall;
  session.expires_at =
      session.expiry == kNever ? MonoTime::max() : now.mono + std::chrono::seconds(session.expiry);
  if (session.will) {
    session.will_at = now.mono + std::chrono::seconds(std::min(session.will->delay, session.expiry));
    with_delayed_will.push_back(&session);
  }
  window_bytes -= std::min<uint64_t>(window_bytes, session.backlog.bytes());
  session.backlog.fall_behind_completely();
  std::erase_if(session.direct, [](const Direct& direct) { return direct.qos == 0; });
  for (InFlight& flight : session.inflight) {
    if (!flight.direct) flight.content.reset();
  }
  for (Group* group : session.groups) want_pump(*group);
  journal(progress_record(session));
  const auto micros = session.detached.time_since_epoch().count();
  journal({.type = RecordType::detached,
           .flags = session.will ? uint8_t{1} : uint8_t{0},
           .extra = session.expiry,
           .number = static_cast<uint64_t>(micros),
           .name = session.client_id});
}

void Core::end_session(Session& session) {
  if (session.will) publish_will(session);
  // What a shared group had given to it goes to another member; QoS 2 must not (4.8.2).
  for (const InFlight& flight : session.inflight) {
    const auto group = groups.find(flight.group);
    if (flight.qos != 1 || flight.group.empty() || group == groups.end()) continue;
    auto& returned = group->second->backlog.returned;
    returned.insert(std::ranges::upper_bound(returned, flight.position), flight.position);
    want_pump(*group->second);
  }
  while (!session.subscriptions.empty())
    unsubscribe_one(session, std::string(session.subscriptions.begin()->first));
  window_bytes -= std::min<uint64_t>(window_bytes, session.backlog.bytes());
  std::erase(with_delayed_will, &session);
  std::erase(pump_sessions, &session);
  if (session.persistent() || session.detached != WallTime{}) {
    journal({.type = RecordType::ended, .name = session.client_id});
  }
  session.over = true;
  const auto found = sessions.find(session.client_id);
  ended_sessions.push_back(std::move(found->second));
  sessions.erase(found);
}

void Core::bury() {
  ended_sessions.clear();
  ended_groups.clear();
}

void Core::publish_will(Session& session) {
  const std::unique_ptr<PendingWill> will = std::move(session.will);
  std::erase(with_delayed_will, &session);
  session.will_at = {};
  auto message = mqtt::parse_view(*will->message);
  if (!message) return;
  message->received = now.wall;
  if (!parts.access.may_publish({message->sender, message->user}, message->topic)) {
    ++stats.dropped_denied;
    return;
  }
  ++stats.messages_in[message->qos];
  store(nullptr, *message, 0);
}

}  // namespace oree::broker
