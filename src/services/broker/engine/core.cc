#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

Connection* Core::find(ConnectionId id) {
  const auto found = connections.find(id);
  return found == connections.end() ? nullptr : found->second.get();
}

void Core::touch(Connection& c) {
  if (c.touched) return;
  c.touched = true;
  touched.push_back(c.id);
}

bool Core::accepts_input(const Connection& c) const {
  const bool open = c.phase == Phase::fresh || c.phase == Phase::connected;
  // A client that only writes and never reads is not read from either: its answers would pile up.
  return open && !c.blocked && c.out.size() < size_t{2} * settings.limits.max_output;
}

size_t Core::received(Connection& c, ByteView bytes) {
  bury();
  if (!bytes.empty()) c.last_received = now.mono;
  size_t used = 0;
  while (accepts_input(c)) {
    const auto frame = mqtt::split_frame(bytes.subspan(used), settings.limits.max_packet);
    if (!frame) {
      refuse(c, frame.error().reason, frame.error().what);
      break;
    }
    if (!*frame || !handle(c, **frame)) break;
    used += (*frame)->size;
  }
  return c.phase == Phase::closing ? bytes.size() : used;
}

bool Core::handle(Connection& c, const mqtt::Frame& frame) {
  if (c.phase == Phase::fresh) {
    if (frame.type() != PacketType::connect) {
      refuse(c, Reason::protocol_error, "the first packet is no CONNECT");
      return true;
    }
    const auto packet = mqtt::decode(frame, Version::v5);
    if (!packet) {
      c.version = packet.error().answer_in;
      refuse_connect(c, packet.error().reason, packet.error().what);
      return true;
    }
    on_connect(c, std::get<mqtt::Connect>(*packet), frame);
    return true;
  }
  if (frame.type() == PacketType::publish) {
    const auto publish = mqtt::decode_publish(frame, c.version);
    if (publish) return on_publish(c, *publish);
    refuse(c, publish.error().reason, publish.error().what);
    return true;
  }
  const auto packet = mqtt::decode(frame, c.version);
  if (packet) return handle_packet(c, *packet);
  refuse(c, packet.error().reason, packet.error().what);
  return true;
}

bool Core::handle_packet(Connection& c, const mqtt::Packet& packet) {
  if (const auto* ack = std::get_if<mqtt::Ack>(&packet)) {
    ack->type == PacketType::pubrel ? on_pubrel(c, *ack) : on_ack(c, *ack);
  } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
    on_subscribe(c, *subscribe);
  } else if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
    on_unsubscribe(c, *unsubscribe);
  } else if (const auto* ping = std::get_if<mqtt::Ping>(&packet); ping && ping->type == PacketType::pingreq) {
    send(c, mqtt::Ping{PacketType::pingresp});
  } else if (const auto* disconnect = std::get_if<mqtt::Disconnect>(&packet)) {
    on_disconnect(c, *disconnect);
  } else {
    refuse(c, Reason::protocol_error, "a packet that a client does not send now");
  }
  return true;
}

void Core::send(Connection& c, const mqtt::Packet& packet) {
  mqtt::encode(packet, c.version, c.out);
  touch(c);
}

void Core::send_ack(Connection& c, PacketType type, uint16_t id, Reason reason, const char* what) {
  mqtt::Ack ack{type, id, reason, {}};
  if (*what != '\0' && c.problem_information && c.version == Version::v5) ack.properties.reason_string = what;
  mqtt::encode(ack, c.version, c.out);
  touch(c);
}

void Core::refuse(Connection& c, Reason reason, const char* what) {
  ++stats.protocol_errors;
  if (c.version == Version::v5 && c.phase == Phase::connected) {
    mqtt::Disconnect disconnect{reason, {}};
    if (*what != '\0') disconnect.properties.reason_string = what;
    if (std::char_traits<char>::length(what) + 16 > c.max_packet) disconnect.properties = {};
    send(c, disconnect);
  }
  end_connection(c, false);
}

Position Core::journal(const Record& record) {
  record_bytes.clear();
  print_record(record, record_bytes);
  const ByteView part = record_bytes;
  const Result<Position> position = parts.sessions.append(std::span(&part, 1));
  if (!position) {
    parts.log.error("the broker cannot record its sessions: " + position.error().what);
    return 0;
  }
  journal_bytes += record_bytes.size();
  journal_position = *position;
  return *position;
}

// With a record: written, and the rest waits for it. Without one: waits for what was written last.
void Core::gate(Connection& c, const Record* record, Gate::Then then, uint16_t id, ByteBuffer bytes) {
  if (record != nullptr && journal(*record) == 0) {
    refuse(c, Reason::implementation_specific, "the server cannot record the session");
    return;
  }
  Gate gate{journal_position, c.id, then, id, std::move(bytes)};
  if (gate.at <= journal_durable_position && gates.empty()) {
    open_gate(gate);
  } else {
    gates.push_back(std::move(gate));
  }
}

void Core::open_gate(Gate& gate) {
  Connection* c = find(gate.connection);
  if (c == nullptr || c->phase == Phase::closing) return;
  if (!gate.bytes.empty()) {
    c->out.insert(c->out.end(), gate.bytes.begin(), gate.bytes.end());
    touch(*c);
  }
  if (gate.then == Gate::Then::start) start(*c);
  if (gate.then == Gate::Then::finish && c->unacked_in > 0) --c->unacked_in;
  if (gate.then != Gate::Then::publish || c->session == nullptr) return;
  for (InFlight& flight : c->session->inflight) {
    if (flight.id == gate.id && flight.leg == Leg::to_log) return send_inflight(*c->session, flight);
  }
}

void Core::journal_durable(Position position) {
  journal_durable_position = std::max(journal_durable_position, position);
  while (!gates.empty() && gates.front().at <= journal_durable_position) {
    Gate gate = std::move(gates.front());
    gates.pop_front();
    open_gate(gate);
  }
  finish_snapshot();
  pump_all();
}

}  // namespace oree::broker
