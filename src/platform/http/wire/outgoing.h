// Bytes on their way out of a socket: a head, then a body that is sent from where it lies.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace oree::http {

// Owns what it sends or keeps it alive.
struct Outgoing {
  std::string head;
  std::string body;
  ByteView borrowed;  // instead of `body` when not empty
  std::shared_ptr<const void> keep;
  size_t sent = 0;  // of head and body together
  bool close = false;

  std::string_view payload() const { return borrowed.empty() ? std::string_view{body} : as_text(borrowed); }
  bool complete() const { return sent == head.size() + payload().size(); }
};

enum class Sent { all, some, failed };

// As much as the socket takes now; never waits. Any thread, one at a time.
Sent send_some(int socket, Outgoing& out);

}  // namespace oree::http
