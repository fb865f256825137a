#include "services/broker/testing/engine_fixture.h"

namespace oree::broker::testing {

using mqtt::Version;

void TestClient::open() {
  id_ = bench_.engine->opened({"127.0.0.1", true, ""}, bench_.now());
  over_ = false;
  pending_.clear();
  inbox_.clear();
}

void TestClient::send(const mqtt::Packet& packet) {
  if (id_ == 0) open();
  mqtt::encode(packet, version_, pending_);
  collect();
}

void TestClient::send_hex(std::string_view digits) {
  if (id_ == 0) open();
  const ByteBuffer bytes = from_hex(digits).value();
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  collect();
}

void TestClient::drop() {
  bench_.engine->closed(id_, bench_.now());
  id_ = 0;
}

void TestClient::collect() {
  if (id_ == 0 || over_) return;
  for (int round = 0; round < 3; ++round) {
    const size_t used = bench_.engine->received(id_, pending_, bench_.now());
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
    if (bench_.auto_sync) bench_.sync();
  }
  auto bytes = std::make_shared<ByteBuffer>(bench_.engine->output(id_));
  bench_.engine->output(id_).clear();
  bench_.engine->drained(id_, bench_.now());
  ByteView left = *bytes;
  while (!left.empty()) {
    const auto frame = mqtt::split_frame(left, mqtt::kLargestRemaining);
    REQUIRE(frame);
    REQUIRE(*frame);
    const auto packet = mqtt::decode(**frame, version_);
    REQUIRE_MESSAGE(packet, packet.error().what);
    inbox_.push_back({bytes, *packet});
    left = left.subspan((*frame)->size);
  }
  if (!bench_.engine->is_over(id_)) return;
  over_ = true;
  bench_.engine->forget(id_);
}

std::vector<Received> TestClient::take() {
  collect();
  std::vector<Received> taken;
  taken.swap(inbox_);
  return taken;
}

bool TestClient::silent() {
  collect();
  return inbox_.empty();
}

bool TestClient::closed() {
  collect();
  return over_;
}

mqtt::Connack TestClient::connect(std::string_view id, bool clean, uint32_t expiry) {
  mqtt::Connect packet;
  packet.client_id = id;
  packet.clean_start = clean;
  if (expiry > 0) packet.properties.session_expiry = expiry;
  return connect(packet);
}

mqtt::Connack TestClient::connect(const mqtt::Connect& connect) {
  open();
  mqtt::Connect packet = connect;
  packet.version = version_;
  send(packet);
  return expect<mqtt::Connack>();
}

std::vector<mqtt::Reason> TestClient::subscribe(std::string_view filter, uint8_t qos,
                                                const mqtt::SubscribeEntry& options, uint32_t id) {
  mqtt::Subscribe packet;
  packet.id = 1;
  packet.entries = {options};
  packet.entries[0].filter = filter;
  packet.entries[0].qos = qos;
  if (id != 0) packet.properties.subscription_ids = {id};
  send(packet);
  collect();
  // Retained messages may come first or last.
  for (size_t i = 0; i < inbox_.size(); ++i) {
    const auto* answer = std::get_if<mqtt::SubscribeAnswer>(&inbox_[i].packet);
    if (answer == nullptr) continue;
    const std::vector<mqtt::Reason> reasons = answer->reasons;
    inbox_.erase(inbox_.begin() + static_cast<std::ptrdiff_t>(i));
    return reasons;
  }
  FAIL("no SUBACK came");
  return {};
}

void TestClient::publish(std::string_view topic, std::string_view payload, uint8_t qos, uint16_t id,
                         bool retain) {
  mqtt::Publish packet;
  packet.topic = topic;
  packet.payload = as_bytes(payload);
  packet.qos = qos;
  packet.id = id;
  packet.retain = retain;
  send(packet);
}

void TestClient::ack(mqtt::PacketType type, uint16_t id, mqtt::Reason reason) {
  send(mqtt::Ack{type, id, reason, {}});
}

void Bench::start() {
  messages = std::make_unique<MemoryStream>(message_disk);
  sessions = std::make_unique<MemoryStream>(session_disk);
  auto opened = Engine::open({settings, *messages, *sessions, access, log}, now());
  REQUIRE(opened);
  engine = std::move(*opened);
}

void Bench::crash() {
  engine.reset();
  messages->crash();
  sessions->crash();
  start();
}

void Bench::restart() {
  engine->shut_down(now());
  messages->stop();
  sessions->stop();
  engine.reset();
  start();
}

void Bench::sync() {
  messages->sync();
  engine->messages_durable(messages->stats().durable, now());
  sessions->sync();
  engine->sessions_durable(sessions->stats().durable, now());
}

void Bench::pass(std::chrono::milliseconds time) {
  wall += time;
  mono += time;
  engine->tick(now());
  if (auto_sync) sync();
}

}  // namespace oree::broker::testing
