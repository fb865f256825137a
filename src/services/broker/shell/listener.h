// Listening sockets, made from settings.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "platform/mqtt/tls.h"
#include "services/broker/access/access.h"
#include "services/broker/settings.h"

namespace oree::broker {

struct Listener {
  ~Listener();
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd = -1;
  uint16_t port = 0;
  Transport transport = Transport::tcp;
  std::shared_ptr<const mqtt::TlsContext> tls;
};

Result<std::unique_ptr<Listener>> listen_on(const ListenerSettings& settings);
// The next connection, non-blocking; -1 when there is none, or the process has no descriptors left.
int accept_one(const Listener& listener, Peer& peer);

}  // namespace oree::broker
