#include "platform/grpc/loop.h"

#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/text.h"

namespace oree::grpc {
namespace {

constexpr size_t kRoom = 256 << 10;
constexpr size_t kKeptBytes = 8 << 20;    // buffers of calls that are over, per loop
constexpr size_t kAlwaysKept = 64 << 10;  // of one of them
constexpr std::chrono::seconds kSweepEvery{1};
constexpr size_t kEvents = 64;
constexpr size_t kWorthTrimming = 1000;  // connections

thread_local const Loop* current = nullptr;

std::unexpected<Error> no_descriptor() {
  return fail(ErrorKind::unavailable, "gRPC: the system gives no more file descriptors; raise `ulimit -n`");
}

bool add_to(const Handle& epoll, const Handle& what, void* tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = tag;
  return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, what.get(), &event) == 0;
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::start(Engine& engine, Handle listener, TlsWatch watch) {
  Handle epoll(::epoll_create1(EPOLL_CLOEXEC));
  Handle wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll || !wake) return no_descriptor();
  std::unique_ptr<Loop> loop(
      new Loop(engine, std::move(listener), std::move(watch), std::move(epoll), std::move(wake)));
  if (!add_to(loop->epoll_, loop->listener_, &loop->listener_) ||
      !add_to(loop->epoll_, loop->wake_, &loop->wake_)) {
    return no_descriptor();
  }
  loop->thread_ = std::thread([raw = loop.get()] { raw->run(); });
  return loop;
}

Loop::Loop(Engine& engine, Handle listener, TlsWatch watch, Handle epoll, Handle wake)
    : engine_(engine),
      listener_(std::move(listener)),
      watch_(std::move(watch)),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      in_(kRoom) {}

Loop::~Loop() {
  stop();
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_wanted_ = true;
    ::eventfd_write(wake_.get(), 1);
  }
  thread_.join();
}

bool Loop::on_thread() const {
  return current == this;
}

void Loop::look_at(Rpc& rpc) {
  if (on_thread()) return ready_.push_back(&rpc);
  const std::lock_guard lock(mutex_);
  inbox_.push_back(&rpc);
  if (inbox_.size() == 1) ::eventfd_write(wake_.get(), 1);
}

// ---- the thread

int Loop::wait_ms() const {
  MonoTime next = MonoTime::max();
  if (!connections_.empty() || stopping_) next = swept_ + kSweepEvery;
  if (const Rpc* first = deadlines_.first()) next = std::min(next, *first->deadline());
  if (next == MonoTime::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(next - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

void Loop::run() {
  current = this;
  ::pthread_setname_np(::pthread_self(), "oree-grpc");
  sigset_t broken_pipes;  // OpenSSL writes with write(): the error is enough
  sigemptyset(&broken_pipes);
  sigaddset(&broken_pipes, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipes, nullptr);
  std::array<epoll_event, kEvents> events;
  while (!stopped()) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
    now_ = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.data.ptr == &listener_) {
        accept_all();
      } else if (event.data.ptr != &wake_) {
        auto& connection = *static_cast<Connection*>(event.data.ptr);
        if (connection.closed) continue;
        bool goes_on = true;
        if ((event.events & EPOLLOUT) != 0) goes_on = connection.writable();
        if (goes_on && (event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) goes_on = connection.receive();
        if (!goes_on) close(connection);
      }
      look_at_all();
    }
    look_at_all();
    expire();
    if (now_ - swept_ >= kSweepEvery) sweep();
    if (stopping_ && now_ >= stop_by_) {
      while (!connections_.empty()) close(*connections_.back());
      look_at_all();
    }
    closed_.clear();
    heap_blocks_.store(pool_.taken_from_heap(), std::memory_order_relaxed);
  }
}

// Calls that something has happened to, then the connections that have something to say now.
void Loop::look_at_all() {
  {
    const std::lock_guard lock(mutex_);
    if (!inbox_.empty()) {
      ready_.insert(ready_.end(), inbox_.begin(), inbox_.end());
      inbox_.clear();
      eventfd_t ignored = 0;
      ::eventfd_read(wake_.get(), &ignored);
    }
    if (stop_wanted_ && !stopping_) begin_stop();
  }
  while (!ready_.empty() || !dirty_.empty()) {
    working_.swap(ready_);
    for (Rpc* rpc : working_) {
      bool done = false;
      {
        const std::lock_guard lock(rpc->mutex_);
        rpc->queued_ = false;
        done = rpc->done_;
      }
      if (rpc->connection_ != nullptr) {
        rpc->connection_->advance(*rpc);
      } else if (done) {
        give_back(*rpc);
      }
    }
    working_.clear();
    flush_all();
  }
}

void Loop::flush_all() {
  while (!dirty_.empty()) {
    Connection& connection = *dirty_.back();
    dirty_.pop_back();
    connection.dirty = false;
    if (!connection.flush()) close(connection);
  }
}

void Loop::mark_dirty(Connection& connection) {
  if (connection.dirty || connection.closed) return;
  connection.dirty = true;
  dirty_.push_back(&connection);
}

void Loop::watch(Connection& connection, bool for_writing) {
  if (connection.watched_for_writing == for_writing) return;
  connection.watched_for_writing = for_writing;
  epoll_event event{};
  event.events = EPOLLIN | (for_writing ? EPOLLOUT : 0u);
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket(), &event);
}

// ---- connections

void Loop::accept_all() {
  for (;;) {
    Handle socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;  // none left; or no descriptor, and the sweep tries again
    }
    if (engine_.connections.load(std::memory_order_relaxed) >= engine_.options.max_connections) continue;
    admit(std::move(socket));
  }
}

void Loop::admit(Handle socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::unique_ptr<TlsSocket> tls;
  if (auto context = watch_.current(now_, engine_.log)) {
    tls = std::make_unique<TlsSocket>(std::move(context), socket.get());
  }
  auto connection = std::make_unique<Connection>(*this, std::move(socket), std::move(tls));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = connection.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection->socket(), &event) != 0) return;
  engine_.connections.fetch_add(1, std::memory_order_relaxed);
  if (connections_.empty()) swept_ = now_;
  connection->place = connections_.size();
  connections_.push_back(std::move(connection));
}

void Loop::close(Connection& connection) {
  connection.closed = true;
  if (connection.dirty) std::erase(dirty_, &connection);
  const size_t place = connection.place;
  closed_.push_back(std::move(connections_[place]));
  if (place + 1 != connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
  ++closed_since_trim_;
  engine_.connections.fetch_sub(1, std::memory_order_relaxed);
  connection.end();
}

void Loop::expire() {
  while (Rpc* first = deadlines_.first()) {
    if (*first->deadline() > now_) break;
    deadlines_.remove(*first);
    if (first->connection_ == nullptr) continue;
    first->connection_->time_is_over(*first);
    look_at_all();
  }
}

void Loop::sweep() {
  swept_ = now_;
  if (closed_since_trim_ >= kWorthTrimming) {  // the memory of a crowd that has gone
    closed_since_trim_ = 0;
    ::malloc_trim(0);
  }
  for (size_t i = connections_.size(); i-- > 0;) {
    if (!connections_[i]->look_after(now_)) close(*connections_[i]);
  }
  if (listener_) accept_all();
  look_at_all();
}

// ---- the end

void Loop::begin_stop() {
  stopping_ = true;
  stop_by_ = now_ + engine_.options.stop_timeout;
  listener_.reset();
  for (const auto& connection : connections_) connection->go_away();
}

// Even calls that nobody waits for: their methods still hold what the calls lend.
bool Loop::stopped() const {
  return stopping_ && connections_.empty() && running_ == 0;
}

// ---- calls

Rpc& Loop::take_rpc() {
  ++running_;
  engine_.calls.fetch_add(1, std::memory_order_relaxed);
  if (free_rpcs_.empty()) return *rpcs_.emplace_back(new Rpc(*this));
  Rpc& rpc = *free_rpcs_.back();
  free_rpcs_.pop_back();
  kept_bytes_ -= rpc.kept_bytes();
  return rpc;
}

void Loop::detached(Rpc& rpc) {
  deadlines_.remove(rpc);
  rpc.connection_ = nullptr;
  rpc.gone_.store(true, std::memory_order_relaxed);
  bool over = false;
  {
    const std::lock_guard lock(rpc.mutex_);
    rpc.done_ = rpc.done_ || !rpc.started_;
    over = rpc.done_ && !rpc.queued_;  // queued: look_at_all() gives it back
  }
  if (over) give_back(rpc);
}

void Loop::give_back(Rpc& rpc) {
  engine_.message_memory.fetch_sub(rpc.charged_, std::memory_order_relaxed);
  rpc.charged_ = 0;
  rpc.clear();
  if (const size_t bytes = rpc.kept_bytes(); bytes > kAlwaysKept && kept_bytes_ + bytes > kKeptBytes) {
    rpc.give_memory_back();
  }
  kept_bytes_ += rpc.kept_bytes();
  free_rpcs_.push_back(&rpc);
  --running_;
}

}  // namespace oree::grpc
