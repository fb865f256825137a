#include "nodes/edge/telemetry/router.h"

#include <random>

#include "base/background.h"
#include "base/text.h"
#include "services/routes/from_mqtt.h"

namespace oree::edge {
namespace {

constexpr std::string_view kKeep = "routes";
constexpr size_t kBatch = 1'000;
constexpr milliseconds kPatience{250};
constexpr std::chrono::seconds kRetry{1};
// What a route sends back into the broker carries this property and is not routed again: it would go round
// for ever.
constexpr std::string_view kRouted = "oree-routed";

bool was_routed(const mqtt::Message& message) {
  for (const auto& [name, value] : message.user_properties) {
    if (name == kRouted) return true;
  }
  return false;
}

// Where a module's input stands among the topics: "/modules/filter/inputs/in" is
// devices/…/modules/filter/inputs/in.
std::string topic_of(const routes::Sink& sink, const mqtt::Message& message) {
  if (sink.kind == routes::Sink::Kind::topic) return sink.name;
  return cat("devices/", message.sender.empty() ? "station" : message.sender, sink.name);
}

}  // namespace

Result<std::unique_ptr<Router>> Router::start(const WaysSetting& ways, const files::Path& folder,
                                              World world) {
  std::unique_ptr<Router> self(new Router(ways, std::move(world)));
  auto table = routes::RouteTable::parse(ways.routes);
  if (!table) return forward(table);
  auto forwarder = routes::Forwarder::open(
      folder, std::move(*table), ways.forward, self->world_.disk, self->world_.log,
      [random = std::mt19937_64(std::random_device{}())]() mutable { return random(); });
  if (!forwarder) return forward(forwarder);
  self->forwarder_ = std::move(*forwarder);
  std::vector<std::pair<routes::Sink, std::unique_ptr<routes::Endpoint>>> endpoints;
  for (const auto& sink : self->forwarder_->sinks()) {
    auto endpoint = self->endpoint_for(sink);
    if (endpoint)
      endpoints.emplace_back(sink, std::move(endpoint));
    else
      self->world_.log.warning(
          cat("messages for ", sink.text(), " are kept until the station file says where it is"));
  }
  self->pump_ = std::make_unique<routes::Pump>(*self->forwarder_, self->time_, std::move(endpoints));
  self->thread_ = std::jthread([raw = self.get()] { raw->run(); });
  return self;
}

Router::~Router() {
  stop();
}

void Router::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    awake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  if (pump_) pump_->stop();
  if (forwarder_) (void)forwarder_->sync();
}

void Router::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  awake_.notify_one();
}

std::unique_ptr<routes::Endpoint> Router::endpoint_for(const routes::Sink& sink) {
  using Kind = routes::Sink::Kind;
  if (sink.kind == Kind::topic || sink.kind == Kind::input) return into_the_broker();
  if (sink.kind == Kind::table) return into_a_table();
  if (sink.kind != Kind::upstream || !ways_.upstream) return nullptr;
  if (ways_.upstream->mqtt) return routes::mqtt_upstream(*ways_.upstream->mqtt);
  return routes::http_upstream(*ways_.upstream->http);
}

std::unique_ptr<routes::Endpoint> Router::into_the_broker() {
  return std::make_unique<routes::CallbackEndpoint>([this](const routes::Batch& batch) -> Status {
    for (const auto& outgoing : batch.messages) {
      auto message = mqtt::parse_message(outgoing.message);
      if (!message) continue;  // counted as delivered: it can never be
      message->topic = topic_of(batch.sink, *message);
      message->retain = false;
      message->qos = 1;
      message->user_properties.emplace_back(kRouted, outgoing.id);
      if (const auto done = world_.broker.publish(*message); !done) return forward(done);
    }
    return {};
  });
}

std::unique_ptr<routes::Endpoint> Router::into_a_table() {
  return std::make_unique<routes::CallbackEndpoint>([this](const routes::Batch& batch) -> Status {
    std::vector<RoutedRow> rows;
    for (const auto& outgoing : batch.messages) {
      const auto message = mqtt::parse_message(outgoing.message);
      if (!message) continue;  // as above
      rows.push_back(
          {outgoing.id, message->topic, message->received, std::string(as_text(message->payload))});
    }
    return rows.empty() ? Status() : world_.keep_rows(batch.sink.name, rows);
  });
}

void Router::run() {
  stay_in_background();
  milliseconds wait{0};
  while (true) {
    {
      std::unique_lock lock(mutex_);
      awake_.wait_for(lock, wait, [&] { return woken_ || stopping_; });
      if (stopping_) return;
      woken_ = false;
    }
    const auto took = take_batch();
    if (!took) {
      world_.log.warning(cat("messages wait to be routed: ", took.error().what));
      reader_.reset();
    }
    wait = !took ? kRetry : *took ? milliseconds(0) : kPatience;
  }
}

Result<bool> Router::take_batch() {
  if (!reader_) reader_ = world_.broker.messages().reader(world_.broker.kept(std::string(kKeep)));
  stream::Position last = 0;
  for (size_t i = 0; i < kBatch; ++i) {
    const auto entry = reader_->next();
    if (!entry) continue;  // the intake has said so
    if (entry->position == 0) break;
    const auto message = mqtt::parse_message(entry->bytes);
    if (message && !was_routed(*message)) {
      const auto routed = routes::routed(*message);
      const auto queued =
          forwarder_->accept(routed, cat(world_.station, "-", entry->position), entry->bytes, time_.now());
      if (!queued) return forward(queued);
    }
    last = entry->position;
  }
  if (last == 0) return false;
  if (auto flushed = forwarder_->flush(); !flushed) return forward(flushed);
  world_.broker.keep(std::string(kKeep), last + 1);
  return true;
}

json::Array Router::routes_json() const {
  json::Array out;
  for (const auto& route : ways_.routes)
    out.push_back(json::Object{{"name", route.name}, {"text", route.text}, {"priority", route.priority}});
  return out;
}

json::Array Router::queues_json() const {
  json::Array out;
  for (const auto& queue : forwarder_->stats().queues) {
    const microseconds due = forwarder_->due(queue.sink);
    out.push_back(json::Object{{"endpoint", queue.sink.text()},
                               {"priority", queue.priority},
                               {"length", queue.waiting},
                               {"bytes", queue.bytes},
                               {"oldest", json::Value()},
                               {"sent", queue.delivered},
                               {"expired", queue.expired},
                               {"refused", queue.refused},
                               {"state", due > time_.now() ? "waiting" : "connected"}});
  }
  return out;
}

}  // namespace oree::edge
