#include "platform/mqtt/client/client.h"

#include <deque>
#include <map>
#include <set>

#include "base/text.h"
#include "platform/mqtt/client/client_pipe.h"
#include "platform/mqtt/codec.h"

namespace oree::mqtt {
namespace {

ErrorKind kind_of(Reason reason) {
  switch (reason) {
    case Reason::not_authorized:
    case Reason::bad_user_or_password:
    case Reason::banned:
    case Reason::bad_authentication_method:
      return ErrorKind::denied;
    case Reason::quota_exceeded:
      return ErrorKind::full;
    case Reason::server_busy:
    case Reason::message_rate_too_high:
      return ErrorKind::busy;
    case Reason::server_unavailable:
    case Reason::server_shutting_down:
    case Reason::session_taken_over:
    case Reason::keep_alive_timeout:
      return ErrorKind::unavailable;
    default:
      return ErrorKind::invalid;
  }
}

std::unexpected<Error> refused(std::string_view what, Reason reason, const Properties& properties) {
  std::string text = cat(what, ": ", reason_text(reason));
  if (properties.reason_string) text += cat(" (", *properties.reason_string, ")");
  return fail(kind_of(reason), std::move(text));
}

Reason reason_of_v311(uint8_t code) {
  constexpr Reason reasons[] = {Reason::success,
                                Reason::unsupported_version,
                                Reason::client_id_invalid,
                                Reason::server_unavailable,
                                Reason::bad_user_or_password,
                                Reason::not_authorized};
  return code < std::size(reasons) ? reasons[code] : Reason::unspecified;
}

void fill(const Message& message, Properties& p) {
  if (message.payload_is_utf8) p.payload_format = 1;
  p.message_expiry = message.expiry_seconds;
  if (!message.content_type.empty()) p.content_type = message.content_type;
  if (!message.response_topic.empty()) p.response_topic = message.response_topic;
  if (!message.correlation.empty()) p.correlation = message.correlation;
  for (const auto& [name, value] : message.user_properties) p.user_properties.emplace_back(name, value);
}

Message message_of(const Publish& publish) {
  const Properties& p = publish.properties;
  Message message;
  message.topic = publish.topic;
  message.payload.assign(publish.payload.begin(), publish.payload.end());
  message.qos = publish.qos;
  message.retain = publish.retain;
  message.expiry_seconds = p.message_expiry;
  message.payload_is_utf8 = p.payload_format.value_or(0) == 1;
  message.content_type = p.content_type.value_or("");
  message.response_topic = p.response_topic.value_or("");
  if (p.correlation) message.correlation.assign(p.correlation->begin(), p.correlation->end());
  for (const auto& [name, value] : p.user_properties) message.user_properties.emplace_back(name, value);
  return message;
}

class SocketClient final : public Client {
 public:
  explicit SocketClient(ClientOptions options) : options_(std::move(options)) {}
  ~SocketClient() override { fail_all({ErrorKind::unavailable, "the client was closed"}); }

  Status start();
  bool session_present() const override { return session_present_; }
  const std::string& client_id() const override { return options_.client_id; }
  uint32_t server_max_packet() const override { return server_max_packet_; }
  Status publish(const Message& message, Acknowledged acknowledged) override;
  size_t in_flight() const override { return in_flight_.size(); }
  Status flush() override;
  Result<int> subscribe(const std::string& filter, int qos, const SubscribeOptions& options) override;
  Status unsubscribe(const std::string& filter) override;
  Result<std::optional<ReceivedMessage>> receive(milliseconds wait) override;
  Status acknowledge(const ReceivedMessage& message) override;
  Status ping() override;
  Status disconnect() override;

 private:
  struct Answer {
    uint16_t id = 0;
    Reason reason = Reason::success;
    std::string text;
  };

  MonoTime deadline() const { return std::chrono::steady_clock::now() + options_.deadline; }
  template <class Done>
  Status run_until(MonoTime until, Done done);
  Status step(MonoTime until);
  Status take(const Packet& packet);
  Status on_connack(const Connack& connack);
  Status on_publish(const Publish& publish);
  Status on_ack(const Ack& ack);
  Connect connect_packet() const;
  void settle(uint16_t id, const Status& status);
  void fail_all(const Error& error);
  uint16_t new_id();
  Result<Reason> wait_answer(uint16_t id);
  Status timed_out(std::string_view what) const {
    return fail(ErrorKind::timeout,
                cat("mqtt broker ", options_.host, ":", options_.port, ": no ", what, " in time"));
  }

  ClientOptions options_;
  std::unique_ptr<ClientPipe> pipe_;
  std::optional<Error> broken_;
  ByteBuffer in_;
  ByteBuffer out_;
  MonoTime last_sent_{};
  bool connected_ = false;
  bool session_present_ = false;
  size_t max_in_flight_ = 0;
  uint32_t server_max_packet_ = kLargestRemaining;
  uint16_t last_id_ = 0;
  std::map<uint16_t, Acknowledged> in_flight_;
  std::optional<Answer> answer_;
  std::deque<ReceivedMessage> inbox_;
  std::set<uint16_t> received2_;
  uint64_t pongs_ = 0;
};

template <class Done>
Status SocketClient::run_until(MonoTime until, Done done) {
  while (!done()) {
    if (broken_) return std::unexpected(*broken_);
    if (std::chrono::steady_clock::now() >= until) return fail(ErrorKind::timeout, "");
    if (const Status stepped = step(until); !stepped) return stepped;
  }
  return {};
}

Status SocketClient::step(MonoTime until) {
  const auto quiet = std::chrono::steady_clock::now() - last_sent_;
  if (connected_ && options_.keep_alive > 0 && quiet > std::chrono::milliseconds(500) * options_.keep_alive) {
    encode(Ping{PacketType::pingreq}, options_.version, out_);
  }
  if (!out_.empty()) last_sent_ = std::chrono::steady_clock::now();
  Status status = pipe_->step(in_, out_, until);
  size_t used = 0;
  while (true) {  // also after a failure: the last words may be there
    const auto frame = split_frame(ByteView(in_).subspan(used), options_.max_packet);
    if (frame && !*frame) break;
    const auto packet =
        frame ? decode(**frame, options_.version) : Decoded<Packet>(std::unexpected(frame.error()));
    const Status taken = packet
                             ? take(*packet)
                             : Status(fail(ErrorKind::invalid, cat("the broker sent ", packet.error().what)));
    if (!taken) {
      status = taken;
      break;
    }
    used += (*frame)->size;
  }
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(used));
  if (!status && !broken_) {
    broken_ = status.error();
    fail_all(status.error());
  }
  return status;
}

Connect SocketClient::connect_packet() const {
  Connect packet;
  packet.version = options_.version;
  packet.clean_start = options_.clean_start;
  packet.keep_alive = options_.keep_alive;
  packet.client_id = options_.client_id;
  if (options_.user) packet.user = *options_.user;
  if (options_.user) packet.password = as_bytes(options_.password);
  if (options_.session_expiry > 0) packet.properties.session_expiry = options_.session_expiry;
  packet.properties.receive_maximum = options_.receive_maximum;
  packet.properties.maximum_packet_size = options_.max_packet;
  if (!options_.will) return packet;
  Will& will = packet.will.emplace();
  will.topic = options_.will->topic;
  will.payload = options_.will->payload;
  will.qos = static_cast<uint8_t>(options_.will->qos);
  will.retain = options_.will->retain;
  fill(*options_.will, will.properties);
  if (options_.will_delay > 0) will.properties.will_delay = options_.will_delay;
  return packet;
}

Status SocketClient::start() {
  const MonoTime until = deadline();
  auto pipe = ClientPipe::connect(options_, until);
  if (!pipe) return forward(pipe);
  pipe_ = std::move(*pipe);
  encode(connect_packet(), options_.version, out_);
  const Status done = run_until(until, [this] { return connected_; });
  if (done || done.error().kind != ErrorKind::timeout) return done;
  return timed_out("CONNACK");
}

Status SocketClient::on_connack(const Connack& connack) {
  const Reason reason = options_.version == Version::v5 ? connack.reason : reason_of_v311(connack.code);
  if (is_error(reason)) return refused("the broker refuses the connection", reason, connack.properties);
  connected_ = true;
  session_present_ = connack.session_present;
  const Properties& p = connack.properties;
  if (p.assigned_client_id) options_.client_id = *p.assigned_client_id;
  if (p.server_keep_alive) options_.keep_alive = *p.server_keep_alive;
  server_max_packet_ = p.maximum_packet_size.value_or(kLargestRemaining);
  max_in_flight_ = std::min(options_.max_inflight, p.receive_maximum.value_or(65535));
  return {};
}

Status SocketClient::take(const Packet& packet) {
  if (const auto* connack = std::get_if<Connack>(&packet)) return on_connack(*connack);
  if (const auto* publish = std::get_if<Publish>(&packet)) return on_publish(*publish);
  if (const auto* ack = std::get_if<Ack>(&packet)) return on_ack(*ack);
  if (const auto* answer = std::get_if<SubscribeAnswer>(&packet)) {
    const Reason reason = answer->reasons.empty() ? Reason::success : answer->reasons[0];
    answer_ = Answer{answer->id, reason, std::string(answer->properties.reason_string.value_or(""))};
    return {};
  }
  if (const auto* disconnect = std::get_if<Disconnect>(&packet)) {
    return refused("the broker disconnects", disconnect->reason, disconnect->properties);
  }
  if (std::holds_alternative<Ping>(packet)) ++pongs_;
  return {};
}

Status SocketClient::on_publish(const Publish& publish) {
  const bool again = publish.qos == 2 && !received2_.insert(publish.id).second;
  if (publish.qos == 2 && !options_.manual_acknowledge) {
    encode(Ack{PacketType::pubrec, publish.id, Reason::success, {}}, options_.version, out_);
  }
  if (again) return {};
  inbox_.push_back({message_of(publish), publish.id, publish.dup, publish.properties.subscription_ids});
  return {};
}

Status SocketClient::on_ack(const Ack& ack) {
  if (ack.type == PacketType::pubrel) {
    received2_.erase(ack.id);
    encode(Ack{PacketType::pubcomp, ack.id, Reason::success, {}}, options_.version, out_);
    return {};
  }
  if (is_error(ack.reason)) {
    settle(ack.id, refused("the broker refuses the message", ack.reason, ack.properties));
  } else if (ack.type == PacketType::pubrec) {
    encode(Ack{PacketType::pubrel, ack.id, Reason::success, {}}, options_.version, out_);
  } else {
    settle(ack.id, {});
  }
  return {};
}

void SocketClient::settle(uint16_t id, const Status& status) {
  const auto found = in_flight_.find(id);
  if (found == in_flight_.end()) return;
  const Acknowledged acknowledged = std::move(found->second);
  in_flight_.erase(found);
  if (acknowledged) acknowledged(status);
}

void SocketClient::fail_all(const Error& error) {
  const auto lost = std::move(in_flight_);
  in_flight_.clear();
  for (const auto& [id, acknowledged] : lost) {
    if (acknowledged) acknowledged(std::unexpected(error));
  }
}

uint16_t SocketClient::new_id() {
  do {
    ++last_id_;
  } while (last_id_ == 0 || in_flight_.contains(last_id_));
  return last_id_;
}

Status SocketClient::publish(const Message& message, Acknowledged acknowledged) {
  if (broken_) return std::unexpected(*broken_);
  if (!is_topic_name(message.topic)) {
    return fail(ErrorKind::invalid, cat("'", message.topic, "' is no topic that can be published to"));
  }
  const bool awaited = message.qos > 0;
  const Status room = run_until(deadline(), [&] { return !awaited || in_flight_.size() < max_in_flight_; });
  if (!room) return room.error().kind == ErrorKind::timeout ? timed_out("acknowledgement") : room;
  Publish packet;
  packet.qos = static_cast<uint8_t>(message.qos);
  packet.retain = message.retain;
  packet.topic = message.topic;
  packet.payload = message.payload;
  if (options_.version == Version::v5) fill(message, packet.properties);
  if (encoded_size(packet, options_.version) + 2 > server_max_packet_) {
    return fail(ErrorKind::invalid,
                cat("a message to '", message.topic, "' is larger than the broker takes"));
  }
  if (awaited) {
    packet.id = new_id();
    in_flight_.emplace(packet.id, std::move(acknowledged));
  }
  encode(packet, options_.version, out_);
  if (out_.size() > (64 << 10) || !awaited || in_flight_.size() == 1) {
    if (const Status stepped = step(std::chrono::steady_clock::now()); !stepped) return stepped;
  }
  if (out_.size() > (1 << 20)) {
    const Status drained = run_until(deadline(), [&] { return out_.size() < (256 << 10); });
    if (!drained) return drained.error().kind == ErrorKind::timeout ? timed_out("room to send") : drained;
  }
  if (!awaited && acknowledged) acknowledged({});
  return {};
}

Status SocketClient::flush() {
  size_t left = in_flight_.size() + 1;
  MonoTime until = deadline();
  const Status done = run_until(MonoTime::max(), [&] {
    if (in_flight_.size() < left) until = deadline();  // it goes on; that is all that is asked
    left = in_flight_.size();
    return (left == 0 && out_.empty()) || std::chrono::steady_clock::now() >= until;
  });
  if (!done) return done;
  return in_flight_.empty() ? Status{} : timed_out("acknowledgement");
}

Result<Reason> SocketClient::wait_answer(uint16_t id) {
  answer_.reset();
  const Status done = run_until(deadline(), [&] { return answer_ && answer_->id == id; });
  if (done) return answer_->reason;
  if (done.error().kind == ErrorKind::timeout) return forward(timed_out("SUBACK"));
  return forward(done);
}

Result<int> SocketClient::subscribe(const std::string& filter, int qos, const SubscribeOptions& options) {
  if (broken_) return std::unexpected(*broken_);
  Subscribe packet;
  packet.id = new_id();
  packet.entries.push_back({filter, static_cast<uint8_t>(qos), options.no_local, options.retain_as_published,
                            options.retain_handling});
  if (options.id != 0) packet.properties.subscription_ids = {options.id};
  encode(packet, options_.version, out_);
  const Result<Reason> reason = wait_answer(packet.id);
  if (!reason) return forward(reason);
  if (!is_error(*reason)) return static_cast<int>(*reason);
  return fail(ErrorKind::denied,
              cat("the broker refuses the subscription to '", filter, "': ", reason_text(*reason)));
}

Status SocketClient::unsubscribe(const std::string& filter) {
  if (broken_) return std::unexpected(*broken_);
  const Unsubscribe packet{new_id(), {filter}, {}};
  encode(packet, options_.version, out_);
  const Result<Reason> reason = wait_answer(packet.id);
  if (!reason) return forward(reason);
  return {};
}

Result<std::optional<ReceivedMessage>> SocketClient::receive(milliseconds wait) {
  if (inbox_.empty()) {
    const Status done = run_until(std::chrono::steady_clock::now() + wait, [&] { return !inbox_.empty(); });
    if (!done && done.error().kind == ErrorKind::timeout) return std::nullopt;
    if (!done && inbox_.empty()) return forward(done);
  }
  ReceivedMessage first = std::move(inbox_.front());
  inbox_.pop_front();
  if (first.message.qos == 1 && !options_.manual_acknowledge) {
    if (const Status acked = acknowledge(first); !acked) return forward(acked);
  }
  return first;
}

Status SocketClient::acknowledge(const ReceivedMessage& message) {
  if (broken_) return std::unexpected(*broken_);
  if (message.message.qos == 0) return {};
  const PacketType type = message.message.qos == 1 ? PacketType::puback : PacketType::pubrec;
  encode(Ack{type, message.packet_id, Reason::success, {}}, options_.version, out_);
  // A few at a time: the rest goes with the next call that waits.
  return inbox_.empty() || out_.size() > 1024 ? step(std::chrono::steady_clock::now()) : Status{};
}

Status SocketClient::ping() {
  if (broken_) return std::unexpected(*broken_);
  const uint64_t before = pongs_;
  encode(Ping{PacketType::pingreq}, options_.version, out_);
  const Status done = run_until(deadline(), [&] { return pongs_ > before; });
  return !done && done.error().kind == ErrorKind::timeout ? timed_out("answer to a ping") : done;
}

Status SocketClient::disconnect() {
  if (broken_) return std::unexpected(*broken_);
  encode(Disconnect{}, options_.version, out_);
  const MonoTime until = deadline();
  // That the broker closes when it has read this is what was asked for.
  while (!out_.empty() && !broken_ && std::chrono::steady_clock::now() < until) {
    if (!step(std::chrono::steady_clock::now() + milliseconds(20))) break;
  }
  const bool sent = out_.empty();
  broken_ = Error{ErrorKind::unavailable, "the client has disconnected"};
  fail_all(*broken_);
  pipe_.reset();
  return sent ? Status{} : timed_out("room to send");
}

}  // namespace

Result<std::unique_ptr<Client>> Client::connect(const ClientOptions& options) {
  auto client = std::make_unique<SocketClient>(options);
  const Status started = client->start();
  if (!started) return forward(started);
  return client;
}

}  // namespace oree::mqtt
