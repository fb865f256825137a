#include "services/broker/broker.h"

#include <future>

#include "services/broker/access/access_table.h"
#include "services/broker/engine/engine.h"
#include "services/broker/shell/loop.h"

namespace oree::broker {
namespace {

class LoopBroker final : public Broker {
 public:
  LoopBroker(BrokerOptions options, const Clock& clock, Log& log)
      : options_(std::move(options)), clock_(clock), log_(log), loop_(options_.settings.limits, clock, log) {}
  ~LoopBroker() override { LoopBroker::stop(); }

  Status start(files::Disk& disk) {
    if (const Status prepared = loop_.prepare(); !prepared) return prepared;
    auto access = AccessTable::create(options_.settings.access, [this](uint64_t connection, bool allowed) {
      loop_.call([=](Engine& engine, Now now) { engine.login_done(connection, allowed, now); });
    });
    if (!access) return forward(access);
    access_ = std::move(*access);
    std::vector<std::unique_ptr<Listener>> listeners;
    for (const ListenerSettings& settings : options_.settings.listeners) {
      auto listener = listen_on(settings);
      if (!listener) return forward(listener);
      ports_.push_back((*listener)->port);
      listeners.push_back(std::move(*listener));
    }
    if (const Status opened = open_streams(disk); !opened) return opened;
    auto engine = Engine::open({options_.settings, *messages_, *sessions_, *access_, log_},
                               {clock_.wall(), clock_.mono()});
    if (!engine) return forward(engine);
    loop_.run(std::move(*engine), std::move(listeners));
    return {};
  }

  void stop() override {
    loop_.stop();
    if (messages_) messages_->stop();
    if (sessions_) sessions_->stop();
  }

  uint16_t port(size_t listener) const override {
    return listener < ports_.size() ? ports_[listener] : uint16_t{0};
  }
  stream::Stream& messages() override { return *messages_; }

  Result<stream::Position> publish(const mqtt::Message& message) override {
    auto position =
        ask<Result<stream::Position>>([&](Engine& engine, Now now) { return engine.publish(message, now); },
                                      fail(ErrorKind::unavailable, "the broker has stopped"));
    if (!position || *position == 0) return position;
    const Status durable = messages_->wait_durable(*position);
    if (!durable) return forward(durable);
    return position;
  }

  void post(mqtt::Message message) override {
    loop_.call([this, kept = std::move(message)](Engine& engine, Now now) {
      const auto done = engine.publish(kept, now);
      if (!done) log_.warning("mqtt: '" + kept.topic + "' was not published: " + done.error().what);
    });
  }

  uint64_t subscribe(std::string filter, std::function<void(const mqtt::MessageView&)> callback) override {
    return ask<uint64_t>(
        [&](Engine& engine, Now) { return engine.subscribe(std::move(filter), std::move(callback)); }, 0);
  }
  void unsubscribe(uint64_t id) override {
    ask<bool>(
        [&](Engine& engine, Now) {
          engine.unsubscribe(id);
          return true;
        },
        false);
  }
  void keep(const std::string& name, stream::Position position) override {
    loop_.call([=](Engine& engine, Now) { engine.keep(name, position); });
  }
  void drop_keep(const std::string& name) override {
    loop_.call([=](Engine& engine, Now) { engine.drop_keep(name); });
  }
  stream::Position kept(const std::string& name) const override {
    return std::max<stream::Position>(
        1, ask<stream::Position>([&](Engine& engine, Now) { return engine.kept(name); }, 1));
  }
  Stats stats() const override { return loop_.stats(); }
  std::vector<ClientInfo> clients() const override {
    return ask<std::vector<ClientInfo>>([](Engine& engine, Now) { return engine.clients(); }, {});
  }

 private:
  // Waits for an answer from the loop; `otherwise` when it has stopped.
  template <class T, class Work>
  T ask(Work work, T otherwise) const {
    auto answer = std::make_shared<std::promise<T>>();
    std::future<T> got = answer->get_future();
    loop_.call([answer, &work](Engine& engine, Now now) { answer->set_value(work(engine, now)); });
    answer.reset();
    try {
      return got.get();
    } catch (const std::future_error&) {  // dropped unanswered
      return otherwise;
    }
  }

  Status open_streams(files::Disk& disk) {
    stream::Options options{.max_bytes = options_.max_message_bytes, .min_free = options_.min_free};
    options.segment_bytes = 8 << 20;  // two of them are in memory at any time
    options.gather_bytes = 256 << 10;
    options.on_durable = [this](stream::Position position) {
      loop_.messages_durable(position);
      if (options_.on_durable) options_.on_durable(position);
    };
    options.on_failure = [this](const Error& error) {
      log_.error("mqtt: messages cannot be stored: " + error.what);
    };
    auto messages = stream::Stream::open(options_.folder / "messages", options, disk, log_);
    if (!messages) return forward(messages);
    messages_ = std::move(*messages);
    options.max_bytes = options_.max_session_bytes;
    options.min_free = options_.min_free / 2;  // sessions can still be written when messages are refused
    options.segment_bytes = 4 << 20;
    options.on_durable = [this](stream::Position position) { loop_.sessions_durable(position); };
    options.on_failure = [this](const Error& error) {
      log_.error("mqtt: sessions cannot be stored: " + error.what);
    };
    auto sessions = stream::Stream::open(options_.folder / "sessions", options, disk, log_);
    if (!sessions) return forward(sessions);
    sessions_ = std::move(*sessions);
    return {};
  }

  const BrokerOptions options_;
  const Clock& clock_;
  Log& log_;
  mutable Loop loop_;
  std::unique_ptr<AccessTable> access_;
  std::unique_ptr<stream::Stream> messages_;
  std::unique_ptr<stream::Stream> sessions_;
  std::vector<uint16_t> ports_;
};

}  // namespace

Result<std::unique_ptr<Broker>> Broker::start(BrokerOptions options, files::Disk& disk, const Clock& clock,
                                              Log& log) {
  auto broker = std::make_unique<LoopBroker>(std::move(options), clock, log);
  const Status started = broker->start(disk);
  if (!started) return forward(started);
  return broker;
}

}  // namespace oree::broker
