#include "services/broker/engine/core.h"

namespace oree::broker {

Record Core::session_record(const Session& session) const {
  Record record{.type = RecordType::session,
                .version = static_cast<uint8_t>(session.version),
                .position = session.born,
                .number = session.expiry,
                .name = session.client_id,
                .text = session.user};
  if (session.will) {
    record.bytes = *session.will->message;
    record.extra = session.will->delay;
  }
  return record;
}

Record Core::clock_record(const ClockJump& jump) {
  return {
      .type = RecordType::clock, .position = jump.before, .number = static_cast<uint64_t>(jump.by.count())};
}

namespace {

// Positions that may not be lost are never beyond what is durable: what was not may get other contents.
Position bounded(Position next, Position durable) {
  return std::min(next, durable + 1);
}

}  // namespace

Record Core::progress_record(const Session& session) const {
  Record record{.type = RecordType::progress, .name = session.client_id};
  const Backlog& backlog = session.backlog;
  Position next = next_position;
  if (backlog.behind()) next = backlog.cursor();
  if (!backlog.window_empty()) next = std::min(next, backlog.front().position);
  record.position = bounded(next, durable_position);
  record.positions = backlog.returned;
  for (const InFlight& flight : session.inflight) {
    if (flight.qos == 1 && !flight.direct && flight.group.empty())
      record.positions.push_back(flight.position);
  }
  std::ranges::sort(record.positions);
  return record;
}

Record Core::progress_record(const Group& group) const {
  Record record{.type = RecordType::group_progress, .name = group.key};
  Position next = next_position;
  if (group.backlog.behind()) next = group.backlog.cursor();
  if (!group.backlog.window_empty()) next = std::min(next, group.backlog.front().position);
  record.position = bounded(next, durable_position);
  record.positions = group.backlog.returned;
  for (const Session* member : group.members) {
    for (const InFlight& flight : member->inflight) {
      if (flight.qos == 1 && flight.group == group.key) record.positions.push_back(flight.position);
    }
  }
  std::ranges::sort(record.positions);
  return record;
}

void Core::record_session(const Session& session) {
  journal(session_record(session));
  for (const auto& [filter, s] : session.subscriptions) {
    const auto options =
        static_cast<uint8_t>(s.qos | (s.no_local ? 4 : 0) | (s.keep_retain ? 8 : 0) | s.retain_handling << 4);
    journal({.type = RecordType::subscribed,
             .flags = options,
             .extra = s.id,
             .position = s.since,
             .name = session.client_id,
             .text = filter});
  }
  for (const InFlight& flight : session.inflight) {
    if (flight.qos != 2 || flight.direct) continue;
    journal({.type = RecordType::sent2,
             .id = flight.id,
             .position = flight.position,
             .name = session.client_id,
             .text = flight.group});
    if (flight.leg == Leg::released)
      journal({.type = RecordType::released2, .id = flight.id, .name = session.client_id});
  }
  journal(progress_record(session));
  for (const auto& [id, position] : session.received2) {
    if (position > durable_position) continue;  // the scan of the messages finds it, if it gets there
    journal({.type = RecordType::received2, .id = id, .position = position, .name = session.client_id});
  }
  if (session.connection != nullptr) return;
  journal({.type = RecordType::detached,
           .flags = session.will ? uint8_t{1} : uint8_t{0},
           .extra = session.expiry,
           .number = static_cast<uint64_t>(session.detached.time_since_epoch().count()),
           .name = session.client_id});
}

void Core::snapshot() {
  const uint64_t before = journal_bytes;
  const Position from = durable_position + 1;
  const Position begin = journal({.type = RecordType::snapshot_begin, .position = from});
  if (begin == 0) return;
  for (const ClockJump& jump : jumps) journal(clock_record(jump));  // before the sessions: these know of it
  for (const auto& [name, session] : sessions) {
    if (session->persistent()) record_session(*session);
  }
  for (const auto& [key, group] : groups) journal(progress_record(*group));
  for (const auto& [topic, message] : retained.all()) {
    const bool settled = message.stamp <= durable_position;
    const Content& content = settled ? message.content : message.previous;
    if (!content) continue;
    journal({.type = RecordType::retained,
             .position = settled ? message.stamp : message.previous_stamp,
             .bytes = *content});
  }
  for (const auto& [name, position] : keeps)
    journal({.type = RecordType::keep, .position = position, .name = name});
  const Position end = journal({.type = RecordType::snapshot_end});
  if (end == 0) return;
  snapshot_begin = begin;
  snapshot_end = end;
  scanned_from_next = from;
  snapshot_bytes = journal_bytes - before;
  journal_bytes = 0;
  message_bytes = 0;
  message_count = 0;
  ++stats.snapshots;
}

void Core::finish_snapshot() {
  if (snapshot_end == 0 || journal_durable_position < snapshot_end) return;
  scanned_from = scanned_from_next;
  parts.sessions.trim(snapshot_begin);
  snapshot_begin = 0;
  snapshot_end = 0;
}

}  // namespace oree::broker
