// Names to addresses within a deadline. getaddrinfo knows none, so each lookup has a thread, and one that is
// too late is left to end by itself. Thread-safe.
#pragma once

#include <sys/socket.h>

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace oree::http {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

class Resolver {
 public:
  // Never empty. `timeout`, or `unavailable` when the name is unknown. Numeric addresses need no thread.
  Result<std::vector<Address>> resolve(const std::string& host, uint16_t port, MonoTime deadline);

 private:
  struct Answer;
  struct Lookup {
    std::shared_ptr<Answer> answer;
    std::jthread thread;
  };
  std::shared_ptr<Answer> start_lookup(const std::string& host, uint16_t port);

  std::mutex mutex_;
  std::list<Lookup> lookups_;  // under way; ended ones go at the next call
};

}  // namespace oree::http
