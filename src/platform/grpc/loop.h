// One I/O thread: an epoll with a listener, its connections and their calls.
//
// Everything of a connection happens here. The one door for other threads is look_at(): a call that has
// something to send is put into the inbox, and the loop woken.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/grpc/connection.h"
#include "platform/grpc/deadlines.h"
#include "platform/grpc/engine.h"
#include "platform/grpc/transport/block_pool.h"
#include "platform/grpc/transport/handle.h"

namespace oree::grpc {

class Loop {
 public:
  // Takes the listening socket, which must not block.
  static Result<std::unique_ptr<Loop>> start(Engine& engine, Handle listener, TlsWatch watch);
  ~Loop();  // stop()s

  void stop();  // from outside; returns when every call is over
  size_t heap_blocks() const { return heap_blocks_.load(std::memory_order_relaxed); }

  // ---- of calls
  void look_at(Rpc& rpc);  // any thread; its mutex is held

  // ---- of connections, on the loop's thread
  Engine& engine() { return engine_; }
  BlockPool& pool() { return pool_; }
  MonoTime now() const { return now_; }
  std::span<char> room() { return in_; }
  std::string& out() { return out_; }
  Rpc& take_rpc();
  void detached(Rpc& rpc);  // its stream is closed: it goes back when its method is done, too
  void set_deadline(Rpc& rpc) { deadlines_.add(rpc); }
  void drop_deadline(Rpc& rpc) { deadlines_.remove(rpc); }
  void mark_dirty(Connection& connection);
  void watch(Connection& connection, bool for_writing);

 private:
  Loop(Engine& engine, Handle listener, TlsWatch watch, Handle epoll, Handle wake);
  void run();
  int wait_ms() const;
  void accept_all();
  void admit(Handle socket);
  void look_at_all();
  void flush_all();
  void expire();
  void sweep();
  void begin_stop();
  bool stopped() const;
  void close(Connection& connection);
  void give_back(Rpc& rpc);
  bool on_thread() const;

  Engine& engine_;
  Handle listener_;
  TlsWatch watch_;
  Handle epoll_, wake_;
  BlockPool pool_;
  std::vector<char> in_;
  std::string out_;
  MonoTime now_{};
  MonoTime swept_{};
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> closed_;  // until the events at hand are dealt with
  size_t closed_since_trim_ = 0;
  std::vector<Connection*> dirty_;
  DeadlineHeap deadlines_;
  std::deque<std::unique_ptr<Rpc>> rpcs_;  // all there ever were: addresses stay good
  std::vector<Rpc*> free_rpcs_;
  size_t kept_bytes_ = 0;  // of buffers in free_rpcs_
  size_t running_ = 0;     // rpcs that are not free
  std::vector<Rpc*> ready_, working_;
  bool stopping_ = false;
  MonoTime stop_by_{};
  std::atomic<size_t> heap_blocks_ = 0;

  std::mutex mutex_;  // for what follows
  std::vector<Rpc*> inbox_;
  bool stop_wanted_ = false;

  std::thread thread_;
};

}  // namespace oree::grpc
