#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::Reason;
using mqtt::Version;

namespace {

std::string new_client_id() {
  std::array<std::byte, 12> random{};
  crypto::random_bytes(random);
  return "auto-" + to_hex(random);
}

Login login_of(const Connection& c, const mqtt::Connect& connect) {
  Login login;
  login.connection = c.id;
  login.client_id = c.client_id;
  if (connect.user) login.user = std::string(*connect.user);
  if (connect.password) login.password.assign(connect.password->begin(), connect.password->end());
  login.peer = c.peer;
  return login;
}

}  // namespace

void Core::refuse_connect(Connection& c, Reason reason, const char* what) {
  ++stats.refused_logins;
  mqtt::Connack connack{false, reason, 0, {}};
  if (c.version == Version::v5 && *what != '\0') connack.properties.reason_string = what;
  // 3.1.1 has no code for a malformed CONNECT: the connection is closed without an answer.
  const bool has_answer =
      c.version == Version::v5 || (reason != Reason::malformed_packet && reason != Reason::protocol_error &&
                                   reason != Reason::topic_name_invalid);
  if (has_answer) send(c, connack);
  end_connection(c, false);
}

void Core::on_connect(Connection& c, const mqtt::Connect& connect, const mqtt::Frame& frame) {
  c.version = connect.version;
  c.client_id = connect.client_id;
  c.problem_information = connect.properties.request_problem_information.value_or(1) == 1;
  c.max_packet = connect.properties.maximum_packet_size.value_or(0xffffffff);
  c.receive_maximum = connect.properties.receive_maximum.value_or(65535);
  c.alias_maximum =
      std::min(connect.properties.topic_alias_maximum.value_or(0), settings.limits.topic_alias_maximum);
  c.keep_alive = connect.keep_alive;
  if (connect.properties.authentication_method) {
    return refuse_connect(c, Reason::bad_authentication_method, "no authentication method is offered");
  }
  if (c.client_id.empty() && c.version == Version::v311 && !connect.clean_start) {
    return refuse_connect(c, Reason::client_id_invalid, "an empty client id needs a clean session");
  }
  if (connections.size() > settings.limits.max_connections) {
    return refuse_connect(c, Reason::server_busy, "the server has as many connections as it may");
  }
  if (c.client_id.empty()) c.client_id = new_client_id();
  switch (parts.access.login(login_of(c, connect))) {
    case LoginAnswer::allowed:
      return admit(c, connect);
    case LoginAnswer::denied:
      return refuse_connect(c, connect.user ? Reason::bad_user_or_password : Reason::not_authorized,
                            "user name or password are wrong, or missing");
    case LoginAnswer::later:
      break;
  }
  c.phase = Phase::authenticating;
  c.connect_packet.push_back(static_cast<std::byte>(frame.first));
  c.connect_packet.insert(c.connect_packet.end(), frame.body.begin(), frame.body.end());
}

void Core::login_done(Connection& c, Reason reason) {
  if (c.phase != Phase::authenticating) return;
  const ByteBuffer packet = std::move(c.connect_packet);
  c.connect_packet = {};
  c.phase = Phase::fresh;
  resumed.push_back(c.id);
  if (reason != Reason::success) return refuse_connect(c, reason, "user name or password are wrong");
  const mqtt::Frame frame{std::to_integer<uint8_t>(packet[0]), ByteView(packet).subspan(1), packet.size()};
  const auto again = mqtt::decode(frame, Version::v5);
  if (again) admit(c, std::get<mqtt::Connect>(*again));
}

void Core::admit(Connection& c, const mqtt::Connect& connect) {
  c.user = connect.user ? std::string(*connect.user) : c.peer.certificate_name;
  const Who who{c.client_id, c.user};
  if (connect.will && !parts.access.may_publish(who, connect.will->topic)) {
    return refuse_connect(c, Reason::not_authorized, "the will's topic may not be published to");
  }
  const auto old = sessions.find(c.client_id);
  if (old == sessions.end() && sessions.size() >= settings.limits.max_sessions) {
    return refuse_connect(c, Reason::quota_exceeded, "the server keeps as many sessions as it may");
  }
  if (old != sessions.end() && old->second->connection != nullptr) {
    Connection& other = *old->second->connection;
    if (other.version == Version::v5) send(other, mqtt::Disconnect{Reason::session_taken_over, {}});
    end_connection(other, false);
  }
  bool present = false;
  Session& session = take_session(c, connect, present);
  set_will(session, connect, c);
  mqtt::Connack connack{present, Reason::success, 0, agree(c, connect, session)};
  if (connect.client_id.empty() && c.version == Version::v5)
    connack.properties.assigned_client_id = c.client_id;
  ByteBuffer bytes;
  mqtt::encode(connack, c.version, bytes);
  c.phase = Phase::starting;
  ++stats.accepted;
  if (!session.persistent()) {
    Gate at_once{0, c.id, Gate::Then::start, 0, std::move(bytes)};
    return open_gate(at_once);
  }
  const Record record = session_record(session);
  gate(c, &record, Gate::Then::start, 0, std::move(bytes));
}

Session& Core::take_session(Connection& c, const mqtt::Connect& connect, bool& present) {
  auto found = sessions.find(c.client_id);
  if (found != sessions.end() && connect.clean_start) {
    end_session(*found->second);
    found = sessions.end();
  }
  present = found != sessions.end();
  if (!present) {
    found = sessions.emplace(c.client_id, std::make_unique<Session>()).first;
    found->second->client_id = c.client_id;
    found->second->born = next_position;
  }
  Session& session = *found->second;
  if (session.will && session.will_at != MonoTime{}) std::erase(with_delayed_will, &session);
  session.will.reset();
  session.will_at = {};
  session.user = c.user;
  session.version = c.version;
  session.connection = &c;
  c.session = &session;
  const uint32_t wanted = c.version == Version::v5 ? connect.properties.session_expiry.value_or(0)
                          : connect.clean_start    ? 0
                                                   : settings.limits.session_expiry_v311;
  c.expiry_at_connect = wanted > 0;
  session.expiry = std::min(wanted, settings.limits.max_session_expiry);
  return session;
}

mqtt::Properties Core::agree(Connection& c, const mqtt::Connect& connect, const Session& session) {
  mqtt::Properties told;
  const uint32_t asked = connect.properties.session_expiry.value_or(0);
  if (asked != session.expiry) told.session_expiry = session.expiry;
  if (settings.limits.receive_maximum != 65535) told.receive_maximum = settings.limits.receive_maximum;
  told.maximum_packet_size = settings.limits.max_packet;
  if (settings.limits.topic_alias_maximum > 0) told.topic_alias_maximum = settings.limits.topic_alias_maximum;
  if (settings.limits.server_keep_alive > 0 && c.version == Version::v5) {
    told.server_keep_alive = settings.limits.server_keep_alive;
    c.keep_alive = settings.limits.server_keep_alive;
  }
  return told;
}

void Core::set_will(Session& session, const mqtt::Connect& connect, const Connection& c) {
  if (!connect.will) return;
  const mqtt::Will& will = *connect.will;
  const mqtt::Properties& p = will.properties;
  mqtt::MessageView message;
  message.topic = will.topic;
  message.qos = will.qos;
  message.retain = will.retain;
  message.sender = c.client_id;
  message.user = c.user;
  message.expiry_seconds = p.message_expiry;
  message.payload_is_utf8 = p.payload_format.value_or(0) == 1;
  message.content_type = p.content_type.value_or("");
  message.response_topic = p.response_topic.value_or("");
  message.correlation = p.correlation.value_or(ByteView{});
  ByteBuffer pairs;
  for (const auto& [name, value] : p.user_properties) mqtt::append_user_property(pairs, name, value);
  message.user_property_count = static_cast<uint16_t>(p.user_properties.size());
  message.user_properties = pairs;
  ByteBuffer stored;
  mqtt::print_head(message, stored);
  stored.insert(stored.end(), will.payload.begin(), will.payload.end());
  session.will = std::make_unique<PendingWill>(
      PendingWill{std::make_shared<const ByteBuffer>(std::move(stored)), p.will_delay.value_or(0)});
}

void Core::start(Connection& c) {
  c.phase = Phase::connected;
  resumed.push_back(c.id);
  if (c.session == nullptr) return;
  resend(*c.session);
  want_pump(*c.session);
  for (Group* group : c.session->groups) want_pump(*group);
}

}  // namespace oree::broker
