// Takes the messages that the broker has made durable, and turns those that are readings into rows of the
// series store: exactly once, because the store remembers in the same commit how far the stream was read. A
// message that cannot be read is counted and logged, never in the way of the next.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "core/readings/reading_topics.h"
#include "core/readings/store.h"
#include "core/stream/stream.h"

namespace oree::edge {

class Intake {
 public:
  struct World {
    stream::Stream& messages;
    readings::SeriesStore& store;
    readings::ReadingTopics topics;
    Log& log;
    // Called on the intake's thread with what has just become durable, in order.
    std::function<void(const std::vector<readings::SensorReading>&)> on_readings;
    std::function<void()> on_start;  // there, too, once and ahead of everything
  };
  struct Stats {
    uint64_t readings = 0;
    uint64_t refused = 0;  // messages under a reading's topic that are no readings
    uint64_t position = 0;
  };

  explicit Intake(World world);
  ~Intake();
  Stats stats() const;
  // There may be something new; any thread.
  void wake();
  void stop();

 private:
  void run();
  // False: nothing was there.
  Result<bool> take_batch();
  void read_message(ByteView stored, std::vector<readings::SensorReading>& readings);
  Status store(const std::vector<readings::SensorReading>& found, stream::Position position);

  World world_;
  std::unique_ptr<stream::Reader> reader_;
  std::map<std::pair<std::string, std::string>, readings::SeriesId> ids_;
  std::atomic<uint64_t> readings_{0}, refused_{0}, position_{0};
  std::mutex mutex_;
  std::condition_variable awake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace oree::edge
