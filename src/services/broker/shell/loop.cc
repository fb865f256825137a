#include "services/broker/shell/loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace oree::broker {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr uint64_t kBusy = 1'500;  // messages in a tick
constexpr size_t kScratch = 128 << 10;
constexpr uint64_t kWakeKey = ~uint64_t{0};
constexpr uint64_t kListenerKeys = uint64_t{1} << 62;

}  // namespace

Loop::Loop(Limits limits, const Clock& clock, Log& log)
    : limits_(limits), clock_(clock), log_(log), scratch_(kScratch) {}

Loop::~Loop() {
  stop();
  if (epoll_ >= 0) ::close(epoll_);
  if (wake_ >= 0) ::close(wake_);
}

Status Loop::prepare() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_ < 0 || wake_ < 0) {
    return fail(ErrorKind::unavailable, "mqtt: no epoll: " + std::generic_category().message(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeKey;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  return {};
}

void Loop::run(std::unique_ptr<Engine> engine, std::vector<std::unique_ptr<Listener>> listeners) {
  engine_ = std::move(engine);
  listeners_ = std::move(listeners);
  for (size_t i = 0; i < listeners_.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kListenerKeys + i;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listeners_[i]->fd, &event);
  }
  stats_ = engine_->stats();
  thread_ = std::jthread([this](const std::stop_token& stop_token) { loop(stop_token); });
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  call([](Engine&, Now) {});
  thread_.join();
}

void Loop::call(std::function<void(Engine&, Now)> work) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    calls_.push_back(std::move(work));
  }
  if (!woken_.exchange(true)) ::eventfd_write(wake_, 1);
}

void Loop::messages_durable(stream::Position position) {
  messages_durable_.store(position);
  if (!woken_.exchange(true)) ::eventfd_write(wake_, 1);
}

void Loop::sessions_durable(stream::Position position) {
  sessions_durable_.store(position);
  if (!woken_.exchange(true)) ::eventfd_write(wake_, 1);
}

Stats Loop::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

void Loop::loop(const std::stop_token& stop_token) {
  next_tick_ = clock_.mono();
  while (!stop_token.stop_requested()) {
    const MonoTime begin = clock_.mono();
    const auto left = std::chrono::ceil<milliseconds>(next_tick_ - begin).count();
    turn(engine_->has_work() ? 0 : static_cast<int>(std::clamp<int64_t>(left, 0, kTick.count())));
    const microseconds wait = pace_.turn(begin, engine_->traffic());
    if (!engine_->has_work()) gather(begin + wait);
  }
  finish();
}

// Lets what clients send pile up; what became durable is acknowledged meanwhile.
void Loop::gather(MonoTime until) {
  for (auto left = until - clock_.mono(); left.count() > 0; left = until - clock_.mono()) {
    pollfd one{wake_, POLLIN, 0};
    const auto nanoseconds = std::chrono::nanoseconds(left).count();
    const timespec wait{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    if (::ppoll(&one, 1, &wait, nullptr) <= 0) return;
    serve_event(kWakeKey, EPOLLIN);
    answer();
  }
}

void Loop::turn(int timeout_ms) {
  std::array<epoll_event, 512> events{};
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    serve_event(event.data.u64, event.events);
  }
  engine_->turn_done();
  answer();
}

// What does not come from clients' sockets.
void Loop::answer() {
  take_durable();
  run_calls();
  if (engine_->has_work()) engine_->work(now());
  if (clock_.mono() >= next_tick_) tick();
  resume();
  engine_->turn_done();
  flush_touched();
}

void Loop::serve_event(uint64_t key, uint32_t events) {
  if (key == kWakeKey) {
    uint64_t ignored = 0;
    ::eventfd_read(wake_, &ignored);
    woken_.store(false);
    return;
  }
  if (key >= kListenerKeys) return accept_all(*listeners_[key - kListenerKeys]);
  const auto found = sockets_.find(key);
  if (found == sockets_.end()) return;
  Socket& socket = *found->second;
  if (socket.shaking) {
    if (socket.shake_hands()) open(socket);
    if (socket.failed) return close(socket);
    if (socket.shaking) return watch(socket);
  }
  if ((events & EPOLLOUT) != 0) flush(socket);
  if (sockets_.contains(key) && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_from(socket);
}

void Loop::take_durable() {
  const stream::Position messages = messages_durable_.load();
  if (messages > messages_seen_) {
    messages_seen_ = messages;
    engine_->messages_durable(messages, now());
  }
  const stream::Position sessions = sessions_durable_.load();
  if (sessions > sessions_seen_) {
    sessions_seen_ = sessions;
    engine_->sessions_durable(sessions, now());
  }
}

void Loop::run_calls() {
  std::vector<std::function<void(Engine&, Now)>> calls;
  {
    const std::scoped_lock lock(mutex_);
    calls.swap(calls_);
  }
  for (const auto& work : calls) work(*engine_, now());
}

// Connections whose input was held back: what they sent meanwhile is looked at again.
void Loop::resume() {
  for (auto ids = engine_->take_resumed(); !ids.empty(); ids = engine_->take_resumed()) {
    for (const ConnectionId id : ids) {
      Socket* socket = socket_of(id);
      if (socket == nullptr) continue;
      const ByteBuffer held = std::move(socket->partial);
      partial_bytes_ -= held.size();
      socket->partial = {};
      feed(*socket, held);
      watch(*socket);
    }
  }
}

void Loop::tick() {
  const Now at = now();
  engine_->tick(at);
  next_tick_ = at.mono + kTick;
  pace_.load(engine_->traffic() - traffic_ > kBusy);
  traffic_ = engine_->traffic();
  if (at.mono < next_sweep_) return;
  next_sweep_ = at.mono + std::chrono::seconds(1);
  std::vector<Socket*> late;
  for (const auto& [key, socket] : sockets_) {
    const auto age = at.mono - socket->since;
    const bool waits =
        socket->shaking || socket->lingering || (socket->websocket && !socket->websocket->is_open());
    if (waits && age > (socket->lingering ? std::chrono::seconds(2) : limits_.connect_timeout)) {
      late.push_back(socket.get());
    } else if (!waits && !socket->partial.empty() && age > limits_.packet_timeout &&
               engine_->wants_input(socket->id)) {
      late.push_back(socket.get());
    }
  }
  for (Socket* socket : late) close(*socket);
  const Stats fresh = engine_->stats();
  const std::scoped_lock lock(mutex_);
  stats_ = fresh;
}

void Loop::finish() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  run_calls();
  engine_->shut_down(now());
  flush_touched();
  sockets_.clear();
  by_connection_.clear();
  listeners_.clear();
  engine_.reset();
}

}  // namespace oree::broker
