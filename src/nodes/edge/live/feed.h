// Every verdict as it falls, to whoever listens: the newest 20 are kept for those who come later.
// Thread-safe. Slow listeners lose frames (platform/http says how), never hold up the line.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/http/message.h"

namespace oree::edge {

class Feed {
 public:
  void publish_item(const std::string& id, const std::string& json);
  // What is not kept for late comers: "station", "machine", "anomaly", "alert", "messages".
  void publish(std::string_view event, const std::string& json);
  // Sends what is kept after `last_id` (all of it when unknown), then joins.
  void join(std::shared_ptr<http::EventStream> listener, const std::string& last_id);
  size_t listeners() const;

 private:
  struct Kept {
    std::string id;
    std::string json;
  };
  static constexpr size_t kKept = 20;
  void send(std::string_view event, std::string_view id, std::string_view data);

  mutable std::mutex mutex_;
  std::deque<Kept> kept_;
  std::vector<std::shared_ptr<http::EventStream>> listeners_;
};

}  // namespace oree::edge
