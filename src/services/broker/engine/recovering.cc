#include "platform/mqtt/topic.h"
#include "services/broker/engine/core.h"

namespace oree::broker {

namespace {

Subscription subscription_of(const Record& record) {
  Subscription s;
  s.qos = static_cast<uint8_t>(std::min(record.flags & 3, 2));
  s.no_local = (record.flags & 4) != 0;
  s.keep_retain = (record.flags & 8) != 0;
  s.retain_handling = static_cast<uint8_t>(record.flags >> 4);
  s.id = record.extra;
  s.since = record.position;
  return s;
}

void insert_sorted(std::vector<Position>& list, Position position) {
  const auto at = std::ranges::lower_bound(list, position);
  if (at == list.end() || *at != position) list.insert(at, position);
}

}  // namespace

Status Core::recover() {
  next_position = parts.messages.stats().next;
  durable_position = next_position - 1;
  journal_position = parts.sessions.stats().next - 1;
  journal_durable_position = journal_position;
  scanned_from = parts.messages.stats().first;
  retained.limit(settings.limits.max_retained, settings.limits.max_retained_bytes);
  const auto reader = parts.sessions.reader(1);
  std::vector<Record> collected;
  bool in_snapshot = false;
  while (true) {
    const auto entry = reader->next();
    if (entry && entry->position == 0) break;
    if (!entry && entry.error().kind != ErrorKind::corrupt) return forward(entry);
    const auto record = entry ? parse_record(entry->bytes) : Result<Record>(forward(entry));
    if (!record) {
      parts.log.error("a change of a session is lost: " + record.error().what);
      continue;
    }
    if (record->type == RecordType::snapshot_begin) {
      in_snapshot = true;
      collected.clear();
      collected.push_back(*record);
    } else if (record->type == RecordType::snapshot_end && in_snapshot) {
      in_snapshot = false;
      sessions.clear();
      recovered_groups.clear();
      recovered_skips.clear();
      recovered_clears.clear();
      retained = {};
      retained.limit(settings.limits.max_retained, settings.limits.max_retained_bytes);
      keeps.clear();
      jumps.clear();
      scanned_from = collected.front().position;
      for (const Record& one : collected) apply(one);
      collected.clear();
    } else if (in_snapshot) {
      collected.push_back(*record);
    } else {
      apply(*record);
    }
  }
  const Status scanned = scan_messages();
  if (!scanned) return scanned;
  resume_sessions();
  return {};
}

void Core::apply(const Record& record) {
  switch (record.type) {
    case RecordType::session: {
      auto& session = sessions[record.name];
      if (!session) session = std::make_unique<Session>();
      return apply_to(*session, record);
    }
    case RecordType::ended: {
      sessions.erase(record.name);
      return;
    }
    case RecordType::group_progress:
      recovered_groups[record.name] = record;
      return;
    case RecordType::retained: {
      const auto view = mqtt::parse_view(record.bytes);
      if (!view) return;
      const bool clears = view->payload.empty();
      apply_retained(view->topic, std::make_shared<const ByteBuffer>(record.bytes), clears, record.position);
      if (clears) recovered_clears[std::string(view->topic)] = record.position;
      return;
    }
    case RecordType::keep:
      if (record.position == 0) {
        keeps.erase(record.name);
      } else {
        keeps[record.name] = record.position;
      }
      return;
    case RecordType::clock:
      return clock_set({record.position, microseconds(static_cast<int64_t>(record.number))});
    case RecordType::snapshot_begin:
    case RecordType::snapshot_end:
      return;
    default:
      break;
  }
  const auto found_session = sessions.find(record.name);
  if (found_session != sessions.end()) apply_to(*found_session->second, record);
}

void Core::apply_to(Session& session, const Record& record) {
  const auto flight = std::ranges::find(session.inflight, record.id, &InFlight::id);
  switch (record.type) {
    case RecordType::session:
      session.client_id = record.name;
      session.user = record.text;
      session.version = record.version == 4 ? mqtt::Version::v311 : mqtt::Version::v5;
      session.expiry = static_cast<uint32_t>(record.number);
      session.born = record.position;
      session.detached = {};
      session.will.reset();
      if (!record.bytes.empty()) {
        session.will = std::make_unique<PendingWill>(
            PendingWill{std::make_shared<const ByteBuffer>(record.bytes), record.extra});
      }
      break;
    case RecordType::subscribed:
      session.subscriptions[record.text] = subscription_of(record);
      break;
    case RecordType::unsubscribed:
      session.subscriptions.erase(record.text);
      break;
    case RecordType::detached:
      session.detached = WallTime(microseconds(static_cast<int64_t>(record.number)));
      session.expiry = record.extra;
      if (record.flags == 0) session.will.reset();
      break;
    case RecordType::sent2:
      session.inflight.push_back(
          {.id = record.id, .qos = 2, .dup = true, .position = record.position, .group = record.text});
      insert_sorted(record.text.empty() ? session.backlog.skip : recovered_skips[record.text],
                    record.position);
      break;
    case RecordType::released2:
      if (flight != session.inflight.end()) flight->leg = Leg::released;
      break;
    case RecordType::done2:
      if (flight != session.inflight.end()) session.inflight.erase(flight);
      break;
    case RecordType::progress:
      session.backlog.advance(record.position);
      session.backlog.returned = record.positions;
      std::erase_if(session.backlog.skip, [&](Position p) { return p < record.position; });
      break;
    case RecordType::received2:
      session.received2[record.id] = record.position;
      break;
    case RecordType::finished2: {
      const auto known = session.received2.find(record.id);
      if (known != session.received2.end() && known->second == record.position)
        session.received2.erase(known);
      recovered_finished[record.position] = true;
      break;
    }
    default:
      break;
  }
}

void Core::apply_retained(std::string_view topic, Content content, bool clears, Position stamp) {
  const RetainedMessage* old = retained.find(topic);
  if (old != nullptr && old->stamp > stamp) return;
  if (clears) {
    retained.clear(topic);
  } else {
    retained.set(topic, std::move(content), stamp, stamp);
  }
}

// The messages themselves tell what became retained, and which QoS 2 identifiers are taken.
Status Core::scan_messages() {
  const auto reader = parts.messages.reader(scanned_from);
  while (true) {
    const auto entry = reader->next();
    if (!entry) {
      if (entry.error().kind != ErrorKind::corrupt) return forward(entry);
      parts.log.error("stored messages are damaged: " + entry.error().what);
      continue;
    }
    if (entry->position == 0) return {};
    const auto view = mqtt::parse_view(entry->bytes);
    if (!view) continue;
    ++message_count;
    message_bytes += entry->bytes.size();
    if (view->retain) {
      const auto cleared = recovered_clears.find(view->topic);
      if (cleared == recovered_clears.end() || cleared->second < entry->position) {
        apply_retained(view->topic,
                       std::make_shared<const ByteBuffer>(entry->bytes.begin(), entry->bytes.end()),
                       view->payload.empty(), entry->position);
      }
    }
    if (view->qos != 2 || view->packet_id == 0 || recovered_finished.contains(entry->position)) continue;
    const auto sender = sessions.find(view->sender);
    if (sender == sessions.end() || entry->position < sender->second->born) continue;
    sender->second->received2[view->packet_id] = entry->position;
  }
}

void Core::resume_sessions() {
  for (auto& [name, session] : sessions) resume(*session);
  for (auto& [key, group] : groups) {
    const auto progress = recovered_groups.find(key);
    if (progress != recovered_groups.end()) {
      group->since = std::min(group->since, progress->second.position);
      group->backlog.returned = progress->second.positions;
      group->backlog.advance(progress->second.position < next_position ? progress->second.position : 0);
    } else if (group->since < next_position) {
      group->backlog.advance(group->since);
    }
    const auto skips = recovered_skips.find(key);
    if (skips != recovered_skips.end()) group->backlog.skip = skips->second;
  }
  recovered_groups.clear();
  recovered_skips.clear();
  recovered_clears.clear();
  recovered_finished.clear();
}

void Core::resume(Session& session) {
  std::erase_if(session.received2, [&](const auto& entry) { return entry.second >= next_position; });
  bool stored = false;
  for (auto& [filter, subscription] : session.subscriptions) {
    session.has_ids = session.has_ids || subscription.id != 0;
    const auto filter_parts = mqtt::parse_filter(filter);
    if (filter_parts && !filter_parts->group.empty()) {
      resume_group(session, filter, subscription);
      continue;
    }
    stored = stored || subscription.qos > 0;
    tree.add(filter, {&session, nullptr, &subscription});
  }
  Backlog& backlog = session.backlog;
  const Position from = backlog.behind() ? backlog.cursor() : session.born;
  backlog.advance(stored && from < next_position ? from : 0);
  for (InFlight& flight : session.inflight) {
    if (flight.leg != Leg::released) flight.leg = Leg::to_send;
  }
  const auto offline = session.detached == WallTime{} ? microseconds{0} : now.wall - session.detached;
  if (session.detached == WallTime{}) session.detached = now.wall;
  const auto whole = microseconds(std::chrono::seconds(session.expiry));
  const auto left = std::clamp(whole - offline, microseconds{0}, whole);
  session.expires_at = session.expiry == kNever ? MonoTime::max() : now.mono + left;
  if (!session.will) return;
  session.will_at = now.mono + std::chrono::seconds(std::min(session.will->delay, session.expiry));
  with_delayed_will.push_back(&session);
}

void Core::resume_group(Session& session, const std::string& key, Subscription& subscription) {
  const auto filter_parts = mqtt::parse_filter(key);
  Group& group = join_group(session, key, filter_parts->filter, subscription.since);
  group.since = std::min(group.since, subscription.since);
  subscription.group = &group;
}

}  // namespace oree::broker
