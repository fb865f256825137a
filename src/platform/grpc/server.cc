#include "platform/grpc/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/grpc/engine.h"
#include "platform/grpc/loop.h"
#include "platform/grpc/transport/handle.h"

namespace oree::grpc {
namespace {

constexpr int kBacklog = 4096;

struct Place {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<Place> resolve(const ServerOptions& options) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = cat(options.port);
  const int error = ::getaddrinfo(options.address.c_str(), port.c_str(), &wanted, &found);
  if (error != 0) {
    return fail(ErrorKind::invalid,
                cat("gRPC: no address to listen at: '", options.address, "': ", ::gai_strerror(error)));
  }
  Place place;
  std::memcpy(&place.storage, found->ai_addr, found->ai_addrlen);
  place.length = found->ai_addrlen;
  ::freeaddrinfo(found);
  return place;
}

std::unexpected<Error> cannot_listen(const ServerOptions& options) {
  return fail(ErrorKind::unavailable, cat("gRPC: cannot listen at ", options.address, ":", options.port, ": ",
                                          std::strerror(errno), "; choose another address or port"));
}

Result<Handle> listen_at(Place& place, const ServerOptions& options) {
  Handle socket(::socket(place.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return cannot_listen(options);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options.threads > 1) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(socket.get(), place.get(), place.length) != 0 || ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(options);
  }
  // The next thread's socket goes to the port that this one got.
  place.length = sizeof place.storage;
  ::getsockname(socket.get(), place.get(), &place.length);
  return socket;
}

uint16_t port_of(const Place& place) {
  if (place.storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(place.storage).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(place.storage).sin_port);
}

class EpollServer final : public Server {
 public:
  EpollServer(const ServerOptions& options, Methods methods, Log& log)
      : engine_(options, std::move(methods), log) {}
  ~EpollServer() override { stop(); }

  Status listen() {
    auto place = resolve(engine_.options);
    if (!place) return forward(place);
    auto watch = TlsWatch::start(engine_.options.tls);
    if (!watch) return forward(watch);
    for (unsigned i = 0; i < std::max(1u, engine_.options.threads); ++i) {
      auto socket = listen_at(*place, engine_.options);
      if (!socket) return forward(socket);
      auto loop = Loop::start(engine_, *std::move(socket), *watch);
      if (!loop) return forward(loop);
      loops_.push_back(*std::move(loop));
    }
    port_ = port_of(*place);
    return {};
  }

  uint16_t port() const override { return port_; }

  ServerStats stats() const override {
    ServerStats stats{engine_.connections.load(), engine_.calls.load(), 0};
    for (const auto& loop : loops_) stats.heap_blocks += loop->heap_blocks();
    return stats;
  }

  void stop() override {
    for (const auto& loop : loops_) loop->stop();
  }

 private:
  Engine engine_;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Methods methods, Log& log) {
  auto server = std::make_unique<EpollServer>(options, std::move(methods), log);
  if (Status listening = server->listen(); !listening) return forward(listening);
  return server;
}

}  // namespace oree::grpc
