// Short-lived tokens with which stations fetch files. In memory: after a restart a station syncs again and
// has a new one. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace oree::hub {

class Access {
 public:
  Access(const Clock& clock, milliseconds length) : clock_(clock), length_(length) {}
  struct Token {
    std::string text;
    int64_t for_s = 0;
  };
  Token token_of(const std::string& device);  // the same for the first half of its life
  bool is_good(std::string_view text) const;
  void forget(const std::string& device);

 private:
  struct Given {
    std::string device;
    MonoTime until;
  };
  const Clock& clock_;
  const milliseconds length_;
  mutable std::mutex mutex_;
  std::map<std::string, Given, std::less<>> tokens_;
  std::map<std::string, std::string> newest_;  // by device
};

}  // namespace oree::hub
