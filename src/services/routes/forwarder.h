// Store and forward: a durable queue for each pair of endpoint and priority, emptied in order when the way is
// open, for as long as it takes.
//
// The router calls accept() for each message and flush() before it forgets it; whoever serves an endpoint
// asks next_batch(), sends it, and says delivered() or failed(). A batch holds one priority, the most urgent
// that waits; after each the most urgent is asked again. What was not delivered is given again, in the same
// order and with the same ids, also after a restart: at least once, and a receiver that remembers ids sees
// each once. Time to live is taken at accept(); what is too old is dropped when it comes to the front, and
// counted. While an endpoint fails it is left alone for a time that doubles from back_off_first to
// back_off_most, with jitter.
//
// No thread, no clock of its own, no network: time comes with each call, so that days pass in seconds in a
// test. pump.h is the thread. `now` is a duration since an arbitrary beginning that must go on across
// restarts and never jumps (SteadyWall in pump.h). Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "base/log.h"
#include "core/stream/stream.h"
#include "services/routes/route_table.h"

namespace oree::routes {

struct ForwarderOptions {
  uint64_t max_bytes = 2'000'000'000;  // of each endpoint on disk, shared evenly by its priorities
  uint64_t segment_bytes = 4 << 20;    // at most a quarter of a priority's share
  uint64_t min_free = 100'000'000;
  size_t batch = 10;                 // messages
  uint64_t batch_bytes = 256 << 10;  // and bytes, unless one message alone is larger
  microseconds back_off_first = std::chrono::seconds(1);
  microseconds back_off_most = std::chrono::seconds(60);
};

struct Outgoing {
  std::string id;  // the same whenever this message is sent
  ByteBuffer message;
  microseconds accepted{};  // the `now` of accept()
};
struct Batch {
  Sink sink;
  uint32_t priority = 0;
  std::vector<Outgoing> messages;  // never empty
};

struct QueueStats {
  Sink sink;
  uint32_t priority = 0;
  uint64_t waiting = 0;  // expired ones that have not come to the front included
  uint64_t bytes = 0;    // on disk
  uint64_t accepted = 0, delivered = 0, expired = 0, refused = 0, failures = 0, lost = 0;  // since open()
};
struct ForwarderStats {
  std::vector<QueueStats> queues;
  uint64_t no_route = 0;
  uint64_t body_not_declared = 0;  // of them, by messages that do not say that they are JSON
};

class Lane;

class Forwarder {
 public:
  // Opens the queues that `table` can name, and those an earlier table left behind with something in them.
  // `random` gives numbers for the jitter.
  static Result<std::unique_ptr<Forwarder>> open(const files::Path& folder, RouteTable table,
                                                 ForwarderOptions options, files::Disk& disk, Log& log,
                                                 std::function<uint64_t()> random);
  ~Forwarder();

  // Puts a copy into every queue the routes name; `id` must be unique and the same when the message is
  // accepted again. Durable only after flush(). `full`: at least one queue refused it; accept the same
  // message again later, which may double it elsewhere, under the same id. How many copies were queued; 0 was
  // counted as dropped.
  Result<size_t> accept(const RoutedMessage& message, std::string_view id, ByteView bytes, microseconds now);
  Status flush();

  // Nothing: nothing waits, somebody is sending already, or it is too early (due() says until when).
  Result<std::optional<Batch>> next_batch(const Sink& sink, microseconds now);
  // The first `count` messages of the last batch arrived.
  void delivered(const Sink& sink, size_t count, microseconds now);
  // The rest did not. `invalid`: the first of them never will and is dropped, counted as refused.
  void failed(const Sink& sink, const Error& why, microseconds now);
  // When next_batch() is worth asking again after a failure; 0: now.
  microseconds due(const Sink& sink) const;

  // Drops what is too old at the front of every queue. Every minute or so; accept() does it when there is no
  // room.
  void expire(microseconds now);
  // Makes durable what was delivered, so that a crash repeats no more than what came after. Every second or
  // so.
  Status sync();

  std::vector<Sink> sinks() const;
  ForwarderStats stats() const;
  // Called when something new is durable for that sink, on any thread. Must not call back. Empty: no more;
  // when this returns, the earlier one is not running and will not be called.
  void on_arrival(std::function<void(const Sink&)> tell);

 private:
  struct Line;  // the queues of one endpoint
  Forwarder(RouteTable table, ForwarderOptions options, Log& log, std::function<uint64_t()> random);
  Status add_lane(const files::Path& folder, const Sink& sink, uint32_t priority, uint64_t max_bytes,
                  files::Disk& disk);
  Status open_lanes(const files::Path& folder, files::Disk& disk);
  Line* line(const Sink& sink) const;

  const RouteTable table_;
  const ForwarderOptions options_;
  Log& log_;
  std::function<uint64_t()> random_;  // guarded by random_mutex_
  std::mutex random_mutex_;
  std::map<Sink, std::unique_ptr<Line>> lines_;  // fixed after open()
  std::atomic<uint64_t> no_route_{0};
  std::atomic<uint64_t> body_not_declared_{0};
  std::mutex tell_mutex_;
  std::function<void(const Sink&)> tell_;
};

}  // namespace oree::routes
