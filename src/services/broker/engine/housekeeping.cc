// What the passing of time brings.
#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::Reason;

namespace {

constexpr auto kJump = std::chrono::seconds(5);
// How much may lie behind the last snapshot: restarting reads that much.
constexpr uint64_t kMessages = 400'000;
constexpr uint64_t kMessageBytes = 128 << 20;
constexpr uint64_t kJournalBytes = 8 << 20;

}  // namespace

void Core::tick() {
  bury();
  follow_clock();
  for (auto& [id, c] : connections) {
    if (!c->blocked) continue;
    c->blocked = false;
    c->last_received = now.mono;
    resumed.push_back(id);
  }
  const std::vector<Session*> waiting = with_delayed_will;
  for (Session* session : waiting) {
    if (session->will && session->will_at <= now.mono) publish_will(*session);
  }
  if (now.mono - last_second >= std::chrono::milliseconds(900)) {
    last_second = now.mono;
    loader.reset();  // it holds a whole segment in memory
    check_connections();
    check_sessions();
    flush_progress();
    const bool due = message_count >= kMessages || message_bytes >= kMessageBytes ||
                     journal_bytes >= std::max(kJournalBytes, 2 * snapshot_bytes);
    if (due && snapshot_end == 0) snapshot();
    trim();
  }
  pump_all();
}

// The wall clock may be set while we run; the age of a message or a session must not change by it, nor by
// a restart afterwards.
void Core::follow_clock() {
  if (last_clock) {
    const auto walked = now.wall - last_clock->wall;
    const auto passed = std::chrono::duration_cast<microseconds>(now.mono - last_clock->mono);
    const auto jump = walked - passed;
    if (jump > kJump || jump < -kJump) {
      clock_set({next_position, jump});
      journal(clock_record(jumps.back()));
      parts.log.warning("the clock was set; the ages of waiting messages are corrected");
    }
  }
  last_clock = now;
}

void Core::clock_set(const ClockJump& jump) {
  jumps.push_back(jump);
  if (jumps.size() > 64) jumps.erase(jumps.begin());
  for (auto& [name, session] : sessions) {
    if (session->connection == nullptr && session->detached != WallTime{}) session->detached += jump.by;
  }
}

void Core::check_connections() {
  std::vector<Connection*> late;
  for (auto& [id, c] : connections) {
    const auto silent = now.mono - c->last_received;
    const bool handshake = c->phase == Phase::fresh;
    const bool overdue = c->keep_alive > 0 && silent > std::chrono::milliseconds(1500) * c->keep_alive;
    if (handshake && now.mono - c->opened > settings.limits.connect_timeout) late.push_back(c.get());
    if (c->phase == Phase::connected && !c->blocked && overdue) late.push_back(c.get());
  }
  for (Connection* c : late) {
    const bool told = c->phase == Phase::connected && c->version == mqtt::Version::v5;
    if (told) send(*c, mqtt::Disconnect{Reason::keep_alive_timeout, {}});
    end_connection(*c, false);
  }
}

void Core::check_sessions() {
  std::vector<Session*> over;
  for (auto& [name, session] : sessions) {
    if (session->connection == nullptr && session->expires_at <= now.mono) over.push_back(session.get());
  }
  for (Session* session : over) end_session(*session);
  std::vector<std::string> stale;
  for (const auto& [topic, message] : retained.all()) {
    const auto view = mqtt::parse_view(*message.content);
    bool expired = false;
    if (view) seconds_left(*view, message.stamp, expired);
    if (expired) stale.push_back(topic);
  }
  for (const std::string& topic : stale) retained.clear(topic);
  stats.dropped_expired += stale.size();
}

void Core::flush_progress() {
  for (auto& [name, session] : sessions) {
    if (!session->progress_changed) continue;
    session->progress_changed = false;
    if (session->persistent()) journal(progress_record(*session));
    for (const Group* group : session->groups) journal(progress_record(*group));
  }
}

Position Core::needed_from() const {
  Position low = std::min(scanned_from, durable_position + 1);
  for (const auto& [name, position] : keeps) low = std::min(low, position);
  for (const auto& [name, session] : sessions) {
    low = std::min(low, session->backlog.low(next_position));
    for (const InFlight& flight : session->inflight) {
      if (flight.position != 0) low = std::min(low, flight.position);
    }
  }
  for (const auto& [key, group] : groups) low = std::min(low, group->backlog.low(next_position));
  return low;
}

void Core::trim() {
  // Where there is nothing to hold, the last snapshot is what holds; a new one lets go.
  if (message_bytes > (uint64_t{32} << 20) && snapshot_end == 0) {
    const Position low = needed_from();
    if (low == scanned_from && journal_durable_position >= journal_position) snapshot();
  }
  parts.messages.trim(needed_from());
}

}  // namespace oree::broker
