#include "platform/mqtt/topic.h"
#include "platform/mqtt/utf8.h"
#include "services/broker/engine/core.h"

namespace oree::broker {

using mqtt::PacketType;
using mqtt::Reason;
using mqtt::Version;

namespace {

PacketType answer_to(uint8_t qos) {
  return qos == 1 ? PacketType::puback : PacketType::pubrec;
}

mqtt::MessageView message_of(const Connection& c, const mqtt::Publish& publish, std::string_view topic,
                             Now now, ByteBuffer& properties) {
  const mqtt::Properties& p = publish.properties;
  mqtt::MessageView message;
  message.topic = topic;
  message.payload = publish.payload;
  message.qos = publish.qos;
  message.retain = publish.retain;
  message.sender = c.client_id;
  message.user = c.user;
  message.received = now.wall;
  message.expiry_seconds = p.message_expiry;
  message.packet_id = publish.qos == 2 ? publish.id : uint16_t{0};
  message.payload_is_utf8 = p.payload_format.value_or(0) == 1;
  message.content_type = p.content_type.value_or("");
  message.response_topic = p.response_topic.value_or("");
  message.correlation = p.correlation.value_or(ByteView{});
  properties.clear();
  for (const auto& [name, value] : p.user_properties) mqtt::append_user_property(properties, name, value);
  message.user_property_count = static_cast<uint16_t>(p.user_properties.size());
  message.user_properties = properties;
  return message;
}

}  // namespace

// False: the alias is wrong and the connection has been told.
bool Core::resolve_topic(Connection& c, const mqtt::Publish& publish, std::string_view& topic) {
  topic = publish.topic;
  if (!publish.properties.topic_alias) return true;
  const uint16_t alias = *publish.properties.topic_alias;
  if (alias > settings.limits.topic_alias_maximum) {
    refuse(c, Reason::topic_alias_invalid, "a topic alias above the maximum");
    return false;
  }
  if (c.aliases_in.size() < alias) c.aliases_in.resize(alias);
  std::string& known = c.aliases_in[alias - 1U];
  if (!topic.empty()) {
    known = topic;
  } else if (known.empty()) {
    refuse(c, Reason::protocol_error, "a topic alias that stands for no topic");
    return false;
  }
  topic = known;
  return true;
}

const char* Core::fault_of(const mqtt::Publish& publish, std::string_view topic, Reason& reason) const {
  if (mqtt::level_count(topic) > settings.limits.max_levels) {
    reason = Reason::topic_name_invalid;
    return "the topic has too many levels";
  }
  if (settings.check_utf8_payload && publish.properties.payload_format == 1 &&
      !mqtt::is_utf8(as_text(publish.payload))) {
    reason = Reason::payload_format_invalid;
    return "the payload is not UTF-8 as it says";
  }
  return nullptr;
}

bool Core::on_publish(Connection& c, const mqtt::Publish& publish) {
  if (!publish.properties.subscription_ids.empty()) {
    refuse(c, Reason::protocol_error, "a client sent a subscription identifier");
    return true;
  }
  std::string_view topic;
  if (!resolve_topic(c, publish, topic)) return true;
  Session& session = *c.session;
  if (publish.qos == 2 && session.received2.contains(publish.id)) {  // sent again: stored once
    ++stats.duplicates;
    const Position position = session.received2[publish.id];
    if (position <= durable_position) {
      send_ack(c, PacketType::pubrec, publish.id, Reason::success);
    } else {
      appended.push_back({appended.empty() ? position : std::max(position, appended.back().position), c.id,
                          publish.id, 2, Reason::success, nullptr});
    }
    return true;
  }
  if (publish.qos > 0 && c.version == Version::v5 && c.unacked_in >= settings.limits.receive_maximum) {
    refuse(c, Reason::receive_maximum_exceeded, "more unacknowledged messages than the receive maximum");
    return true;
  }
  Reason reason = Reason::success;
  if (const char* fault = fault_of(publish, topic, reason)) {
    ++stats.dropped_invalid;
    deny_publish(c, publish, reason, fault);
    return true;
  }
  if (!parts.access.may_publish({c.client_id, c.user}, topic)) {
    ++stats.dropped_denied;
    deny_publish(c, publish, Reason::not_authorized, "publishing to this topic is not allowed");
    return true;
  }
  const mqtt::MessageView message = message_of(c, publish, topic, now, properties);
  if (!store(&c, message, publish.id)) return false;
  ++stats.messages_in[publish.qos];
  ++session.messages_in;
  stats.payload_bytes_in += publish.payload.size();
  return true;
}

void Core::deny_publish(Connection& c, const mqtt::Publish& publish, Reason reason, const char* what) {
  if (publish.qos == 0) return;
  // 3.1.1 can only say yes or hang up (3.3.5-2): it says yes and the message is dropped.
  send_ack(c, answer_to(publish.qos), publish.id, c.version == Version::v5 ? reason : Reason::success, what);
}

// False: there is no room and the client has to wait; nothing was changed.
bool Core::store(Connection* c, const mqtt::MessageView& message, uint16_t id) {
  match(message);
  if (message.qos == 0 && !settings.store_qos0) {
    if (message.retain) retain(message, next_position - 1, false);
    hand_out_live(message);
    return true;
  }
  Content content;
  const bool wanted = !matched.empty() || message.retain || !locals.empty();
  const Result<Position> position = append(message, &content, wanted);
  if (!position) return c == nullptr || on_append_failure(*c, message, id, position.error());
  Appended entry{*position,
                 c != nullptr ? c->id : 0,
                 message.qos == 0 ? uint16_t{0} : id,
                 static_cast<uint8_t>(message.qos),
                 Reason::success,
                 content};
  if (matched.empty()) entry.reason = Reason::no_matching_subscribers;
  appended.push_back(std::move(entry));
  if (c != nullptr && message.qos > 0) ++c->unacked_in;
  if (c != nullptr && message.qos == 2) c->session->received2.emplace(id, *position);
  if (message.retain) retain(message, *position, message.qos > 0);
  enqueue(*position, content);
  return true;
}

Result<Position> Core::append(const mqtt::MessageView& message, Content* content, bool wanted) {
  head.clear();
  mqtt::print_head(message, head);
  const ByteView both[] = {head, message.payload};
  const Result<Position> position = parts.messages.append(both);
  if (!position) return position;
  next_position = *position + 1;
  ++message_count;
  message_bytes += head.size() + message.payload.size();
  if (wanted) {
    ByteBuffer stored;
    stored.reserve(head.size() + message.payload.size());
    stored.insert(stored.end(), head.begin(), head.end());
    stored.insert(stored.end(), message.payload.begin(), message.payload.end());
    *content = std::make_shared<const ByteBuffer>(std::move(stored));
  }
  return position;
}

bool Core::on_append_failure(Connection& c, const mqtt::MessageView& message, uint16_t id,
                             const Error& error) {
  if (error.kind == ErrorKind::full && settings.when_full == WhenFull::wait && message.qos > 0) {
    c.blocked = true;
    return false;
  }
  ++stats.dropped_full;
  if (message.qos == 0) return true;
  if (c.version == Version::v311) {
    end_connection(c, false);
    return true;
  }
  const Reason reason = error.kind == ErrorKind::full      ? Reason::quota_exceeded
                        : error.kind == ErrorKind::invalid ? Reason::packet_too_large
                                                           : Reason::implementation_specific;
  if (reason == Reason::packet_too_large) {
    refuse(c, reason, "the message is larger than the store takes");
  } else {
    send_ack(c, answer_to(static_cast<uint8_t>(message.qos)), id, reason, "the store takes no more now");
  }
  return true;
}

void Core::retain(const mqtt::MessageView& message, Position stamp, bool durable_elsewhere) {
  Content kept;
  if (message.payload.empty()) {
    retained.clear(message.topic);
  } else {
    ByteBuffer stored;
    mqtt::print_head(message, stored);
    stored.insert(stored.end(), message.payload.begin(), message.payload.end());
    kept = std::make_shared<const ByteBuffer>(std::move(stored));
    if (!retained.set(message.topic, kept, stamp, durable_position)) {
      ++stats.dropped_full;
      return;
    }
  }
  if (durable_elsewhere) return;
  Record record{.type = RecordType::retained, .position = stamp};
  if (kept) {
    record.bytes = *kept;
  } else {
    mqtt::print_head(message, record.bytes);
  }
  journal(record);
}

void Core::durable(Position position) {
  durable_position = std::max(durable_position, position);
  while (!appended.empty() && appended.front().position <= durable_position) {
    const Appended done = std::move(appended.front());
    appended.pop_front();
    acknowledge(done);
    if (!done.content || locals.empty()) continue;
    const auto view = mqtt::parse_view(*done.content);
    for (const LocalSubscription& local : locals) {
      if (mqtt::topic_matches(local.filter, view->topic)) local.callback(*view);
    }
  }
  pump_all();
}

void Core::acknowledge(const Appended& done) {
  if (done.id == 0) return;
  Connection* c = find(done.connection);
  if (c == nullptr || c->phase != Phase::connected) return;
  if (done.qos == 1 && c->unacked_in > 0) --c->unacked_in;
  ++stats.acked;
  mqtt::Ack ack{answer_to(done.qos), done.id, done.reason, {}};
  mqtt::encode(ack, c->version, c->out);
  touch(*c);
}

void Core::on_pubrel(Connection& c, const mqtt::Ack& ack) {
  Session& session = *c.session;
  const auto found = session.received2.find(ack.id);
  if (found == session.received2.end()) {
    send_ack(c, PacketType::pubcomp, ack.id,
             c.version == Version::v5 ? Reason::packet_id_not_found : Reason::success);
    return;
  }
  const Record record{
      .type = RecordType::finished2, .id = ack.id, .position = found->second, .name = session.client_id};
  session.received2.erase(found);
  if (!session.persistent()) {
    if (c.unacked_in > 0) --c.unacked_in;
    send_ack(c, PacketType::pubcomp, ack.id, Reason::success);
    return;
  }
  // The identifier is free for a new message only once that is on disk: a stale one would swallow it.
  ByteBuffer bytes;
  mqtt::encode(mqtt::Ack{PacketType::pubcomp, ack.id, Reason::success, {}}, c.version, bytes);
  gate(c, &record, Gate::Then::finish, ack.id, std::move(bytes));
}

Result<Position> Core::publish_inside(const mqtt::Message& message) {
  if (!mqtt::is_topic_name(message.topic)) {
    return fail(ErrorKind::invalid, "'" + message.topic + "' is no topic that can be published to");
  }
  const ByteBuffer printed = mqtt::print_message(message);
  mqtt::MessageView view = *mqtt::parse_view(printed);
  view.received = message.received == WallTime{} ? now.wall : message.received;
  view.packet_id = 0;
  ++stats.messages_in[message.qos];
  stats.payload_bytes_in += message.payload.size();
  match(view);
  if (view.qos == 0 && !settings.store_qos0) {
    store(nullptr, view, 0);
    pump_all();
    return Position{0};
  }
  Content content;
  const Result<Position> position = append(view, &content, !matched.empty() || !locals.empty());
  if (!position) return position;
  appended.push_back({*position, 0, 0, static_cast<uint8_t>(view.qos), Reason::success, content});
  if (view.retain) retain(view, *position, view.qos > 0);
  enqueue(*position, content);
  return position;
}

}  // namespace oree::broker
