// Tells pages that something changed, at most every half second; they ask for what they show. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/http/message.h"

namespace oree::hub {

class Feed {
 public:
  void join(std::shared_ptr<http::EventStream> listener) {
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [](const auto& one) { return !one->open(); });
    listeners_.push_back(std::move(listener));
  }
  void tell(std::string_view event, const std::string& json) {
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [&](const auto& one) { return !one->send(event, "", json); });
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<http::EventStream>> listeners_;
};

}  // namespace oree::hub
