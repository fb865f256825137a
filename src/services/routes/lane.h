// One queue: the messages of one endpoint and priority. Private to this room; guarded by its endpoint's
// mutex.
//
// Entry, little-endian: u8 version 1 · i64 accepted and i64 expiry in µs, the largest number for never · u16
// length and id · the message.
#pragma once

#include <deque>

#include "services/routes/forwarder.h"

namespace oree::routes {

struct LaneEntry {
  microseconds accepted{};
  microseconds expires{};
  std::string_view id;
  ByteView message;
};
ByteBuffer print_lane_head(microseconds accepted, microseconds expires, std::string_view id);
std::optional<LaneEntry> parse_lane_entry(ByteView bytes);

class Lane {
 public:
  Lane(std::unique_ptr<stream::Stream> stream, QueueStats stats);

  Status accept(std::string_view id, ByteView message, microseconds now, std::chrono::seconds ttl);
  Status flush();
  Status sync() { return stream_->sync_trim(); }

  // Up to the limits, from the front; what is too old is left out. Empty: nothing durable waits.
  Result<std::vector<Outgoing>> take(const ForwarderOptions& options, microseconds now);
  void delivered(size_t count);
  void give_back();  // what take() gave and was not delivered is to be given again
  void refuse_first();
  void expire(microseconds now);
  bool is_sending() const { return taken_ > 0; }
  QueueStats stats() const;

 private:
  struct Item {
    stream::Position position;
    microseconds expires;
    Outgoing message;
  };
  stream::Position front() const;
  bool load();
  void drop_expired(microseconds now);
  void pop();
  void trim();

  std::unique_ptr<stream::Stream> stream_;
  std::unique_ptr<stream::Reader> reader_;
  std::deque<Item> window_;  // read, not yet delivered
  stream::Position next_;    // to be read into the window
  size_t taken_ = 0;         // of the window, on their way
  stream::Position newest_ = 0;
  std::optional<Error> trouble_;  // why load() stopped, if not for want of messages
  QueueStats stats_;
};

}  // namespace oree::routes
