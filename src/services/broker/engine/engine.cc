#include "services/broker/engine/engine.h"

#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::Reason;

Engine::Engine(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(EngineParts parts, Now now) {
  auto core = std::make_unique<Core>(std::move(parts));
  core->now = now;
  const Status recovered = core->recover();
  if (!recovered) return forward(recovered);
  return std::unique_ptr<Engine>(new Engine(std::move(core)));
}

ConnectionId Engine::opened(Peer peer, Now now) {
  core_->now = now;
  auto connection = std::make_unique<Connection>();
  connection->id = ++core_->last_connection;
  connection->peer = std::move(peer);
  connection->opened = now.mono;
  connection->last_received = now.mono;
  const ConnectionId id = connection->id;
  core_->connections.emplace(id, std::move(connection));
  return id;
}

size_t Engine::received(ConnectionId id, ByteView bytes, Now now) {
  core_->now = now;
  Connection* c = core_->find(id);
  return c == nullptr ? bytes.size() : core_->received(*c, bytes);
}

void Engine::closed(ConnectionId id, Now now) {
  core_->now = now;
  if (Connection* c = core_->find(id)) core_->end_connection(*c, false);
  core_->connections.erase(id);
  core_->pump_all();
}

void Engine::login_done(ConnectionId id, bool allowed, Now now) {
  core_->now = now;
  Connection* c = core_->find(id);
  if (c != nullptr) core_->login_done(*c, allowed ? Reason::success : Reason::bad_user_or_password);
}

void Engine::messages_durable(stream::Position position, Now now) {
  core_->now = now;
  core_->durable(position);
}

void Engine::sessions_durable(stream::Position position, Now now) {
  core_->now = now;
  core_->journal_durable(position);
}

void Engine::tick(Now now) {
  core_->now = now;
  core_->tick();
}

void Engine::turn_done() {
  core_->parts.messages.nudge();
  core_->parts.sessions.nudge();
}

bool Engine::has_work() const {
  return core_->more_to_read;
}

void Engine::work(Now now) {
  core_->now = now;
  core_->more_to_read = false;
  core_->pump_all();
}

void Engine::shut_down(Now now) {
  core_->now = now;
  std::vector<Connection*> open;
  for (auto& [id, c] : core_->connections) open.push_back(c.get());
  for (Connection* c : open) {
    const bool told = c->phase == Phase::connected && c->version == mqtt::Version::v5;
    if (told) core_->send(*c, mqtt::Disconnect{Reason::server_shutting_down, {}});
    core_->end_connection(*c, false);
  }
  core_->snapshot();
}

std::vector<ConnectionId> Engine::take_touched() {
  std::vector<ConnectionId> taken;
  taken.swap(core_->touched);
  for (const ConnectionId id : taken) {
    if (Connection* c = core_->find(id)) c->touched = false;
  }
  return taken;
}

std::vector<ConnectionId> Engine::take_resumed() {
  std::vector<ConnectionId> taken;
  taken.swap(core_->resumed);
  return taken;
}

ByteBuffer& Engine::output(ConnectionId id) {
  return core_->find(id)->out;
}

bool Engine::wants_input(ConnectionId id) const {
  const Connection* c = core_->find(id);
  return c != nullptr && core_->accepts_input(*c);
}

bool Engine::is_over(ConnectionId id) const {
  const Connection* c = core_->find(id);
  return c == nullptr || c->phase == Phase::closing;
}

void Engine::drained(ConnectionId id, Now now) {
  core_->now = now;
  if (Connection* c = core_->find(id)) core_->drained(*c);
}

void Engine::forget(ConnectionId id) {
  core_->connections.erase(id);
}

Result<stream::Position> Engine::publish(const mqtt::Message& message, Now now) {
  core_->now = now;
  return core_->publish_inside(message);
}

uint64_t Engine::subscribe(std::string filter, std::function<void(const mqtt::MessageView&)> callback) {
  const uint64_t id = ++core_->assigned_ids;
  core_->locals.push_back({id, std::move(filter), std::move(callback)});
  return id;
}

void Engine::unsubscribe(uint64_t id) {
  std::erase_if(core_->locals, [&](const LocalSubscription& local) { return local.id == id; });
}

void Engine::keep(const std::string& name, stream::Position position) {
  core_->keeps[name] = position;
  core_->journal({.type = RecordType::keep, .position = position, .name = name});
}

void Engine::drop_keep(const std::string& name) {
  if (core_->keeps.erase(name) > 0) core_->journal({.type = RecordType::keep, .position = 0, .name = name});
}

stream::Position Engine::kept(const std::string& name) const {
  const auto found = core_->keeps.find(name);
  return found == core_->keeps.end() ? 0 : found->second;
}

uint64_t Engine::traffic() const {
  const Stats& s = core_->stats;
  return s.messages_in[0] + s.messages_in[1] + s.messages_in[2] + s.messages_out[0] + s.messages_out[1] +
         s.messages_out[2];
}

Stats Engine::stats() const {
  Stats stats = core_->stats;
  stats.connections = core_->connections.size();
  stats.sessions = core_->sessions.size();
  stats.retained = core_->retained.count();
  stats.retained_bytes = core_->retained.bytes();
  stats.waiting_durable = core_->appended.size();
  for (const auto& [name, session] : core_->sessions) {
    stats.subscriptions += session->subscriptions.size();
    stats.waiting += session->backlog.size() + session->direct.size();
    stats.behind += session->backlog.behind() ? 1 : 0;
    stats.inflight += session->inflight.size();
  }
  return stats;
}

std::vector<ClientInfo> Engine::clients() const {
  std::vector<ClientInfo> list;
  list.reserve(core_->sessions.size());
  for (const auto& [name, session] : core_->sessions) {
    ClientInfo info;
    info.client_id = session->client_id;
    info.user = session->user;
    info.connected = session->connection != nullptr;
    if (info.connected) info.address = session->connection->peer.address;
    info.version = static_cast<int>(session->version);
    info.subscriptions = session->subscriptions.size();
    info.waiting = session->backlog.size() + session->direct.size();
    info.inflight = session->inflight.size();
    info.behind = session->backlog.behind();
    info.messages_in = session->messages_in;
    info.messages_out = session->messages_out;
    info.dropped = session->dropped;
    list.push_back(std::move(info));
  }
  std::ranges::sort(list, {}, &ClientInfo::client_id);
  return list;
}

}  // namespace oree::broker
