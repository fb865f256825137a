// A small ERP of one's own, for mappings: takes any request, notes it, and answers what a test says.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <mutex>

#include "base/text.h"
#include "platform/http/server.h"

namespace oree::erp::testing {

class PlainDouble {
 public:
  using Answer = std::function<http::Response(const http::Request&)>;

  explicit PlainDouble(Answer answer) : answer_(std::move(answer)) {
    http::Router router;
    for (const char* method : {"GET", "POST", "PATCH", "PUT"}) {
      router.add({method, "/{rest...}", "erp", "Anything.", [this](const http::Request& request) {
                    const std::lock_guard lock(mutex_);
                    requests_.push_back(request);
                    return answer_(request);
                  }});
    }
    auto started = http::Server::start({}, router, log_);
    REQUIRE(started);
    server_ = *std::move(started);
  }

  std::string url() const { return cat("http://127.0.0.1:", server_->port()); }
  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  NullLog log_;
  mutable std::mutex mutex_;
  Answer answer_;
  std::vector<http::Request> requests_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace oree::erp::testing
