// The thread that serves every client: waits with epoll, reads what came, lets the engine decode all of it,
// and writes once per connection and turn. Others hand it work through call().
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "services/broker/engine/engine.h"
#include "services/broker/shell/listener.h"
#include "services/broker/shell/pace.h"
#include "services/broker/shell/socket.h"

namespace oree::broker {

class Loop {
 public:
  Loop(Limits limits, const Clock& clock, Log& log);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Status prepare();  // epoll and the descriptor that wakes it
  void run(std::unique_ptr<Engine> engine, std::vector<std::unique_ptr<Listener>> listeners);
  void stop();

  // From any thread. Work runs on the loop's thread, in order; after stop() it is dropped.
  void call(std::function<void(Engine&, Now)> work);
  bool on_loop_thread() const { return std::this_thread::get_id() == thread_.get_id(); }
  void messages_durable(stream::Position position);
  void sessions_durable(stream::Position position);
  Stats stats() const;

 private:
  void loop(const std::stop_token& stop);
  void turn(int timeout_ms);
  void gather(MonoTime until);
  void answer();
  void serve_event(uint64_t key, uint32_t events);
  void accept_all(Listener& listener);
  void add(int fd, Peer peer, const Listener& listener);
  void open(Socket& socket);
  void read_from(Socket& socket);
  void feed(Socket& socket, ByteView bytes);
  void fail_socket(Socket& socket);
  void flush_touched();
  void flush(Socket& socket);
  void linger(Socket& socket);
  void watch(Socket& socket);
  void close(Socket& socket);
  void run_calls();
  void take_durable();
  void resume();
  void tick();
  void finish();
  Socket* socket_of(ConnectionId id);
  Now now() const { return {clock_.wall(), clock_.mono()}; }

  const Limits limits_;
  const Clock& clock_;
  Log& log_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> woken_ = false;
  std::atomic<stream::Position> messages_durable_ = 0;
  std::atomic<stream::Position> sessions_durable_ = 0;
  stream::Position messages_seen_ = 0;
  stream::Position sessions_seen_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<Socket>> sockets_;  // by key
  std::unordered_map<ConnectionId, Socket*> by_connection_;
  uint64_t serial_ = 0;
  size_t partial_bytes_ = 0;
  ByteBuffer scratch_;
  ByteBuffer input_;
  MonoTime next_tick_{};
  MonoTime next_sweep_{};
  uint64_t traffic_ = 0;
  Pace pace_;
  mutable std::mutex mutex_;
  std::vector<std::function<void(Engine&, Now)>> calls_;
  bool stopped_ = false;
  Stats stats_;
  std::jthread thread_;
};

}  // namespace oree::broker
