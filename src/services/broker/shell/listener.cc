#include "services/broker/shell/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/text.h"

namespace oree::broker {
namespace {

constexpr int kQueue = 1024;

std::unexpected<Error> cannot(const ListenerSettings& settings, std::string_view what, int code) {
  const ErrorKind kind = code == EADDRINUSE ? ErrorKind::conflict
                         : code == EACCES   ? ErrorKind::denied
                                            : ErrorKind::unavailable;
  return fail(kind, cat("mqtt listener ", settings.address, ":", settings.port, ": ", what, ": ",
                        std::generic_category().message(code)));
}

struct Addresses {
  addrinfo* list = nullptr;
  ~Addresses() {
    if (list != nullptr) freeaddrinfo(list);
  }
};

uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

void describe(const sockaddr_storage& address, Peer& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  uint16_t port = 0;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    port = ntohs(v4.sin_port);
    peer.loopback = ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    peer.address = cat(text.data(), ":", port);
    return;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  port = ntohs(v6.sin6_port);
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) != 0 && v6.sin6_addr.s6_addr[12] == 127;
  peer.loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0 || mapped;
  peer.address = cat("[", text.data(), "]:", port);
}

}  // namespace

Listener::~Listener() {
  if (fd >= 0) ::close(fd);
}

Result<std::unique_ptr<Listener>> listen_on(const ListenerSettings& settings) {
  auto listener = std::make_unique<Listener>();
  listener->transport = settings.transport;
  if (!settings.tls.certificate.empty()) {
    auto context =
        mqtt::TlsContext::server({settings.tls.certificate, settings.tls.key, settings.tls.client_ca,
                                  settings.tls.require_client_certificate});
    if (!context) return forward(context);
    listener->tls = std::move(*context);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  Addresses found;
  const std::string port = cat(settings.port);
  const char* const host = settings.address.empty() ? nullptr : settings.address.c_str();
  if (getaddrinfo(host, port.c_str(), &hints, &found.list) != 0) {
    return fail(ErrorKind::invalid,
                cat("mqtt listener: '", settings.address, "' is no address of this machine"));
  }
  listener->fd = ::socket(found.list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener->fd < 0) return cannot(settings, "no socket", errno);
  const int on = 1;
  setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener->fd, found.list->ai_addr, found.list->ai_addrlen) != 0) {
    return cannot(settings, "cannot be bound", errno);
  }
  if (::listen(listener->fd, kQueue) != 0) return cannot(settings, "cannot listen", errno);
  listener->port = port_of(listener->fd);
  return listener;
}

int accept_one(const Listener& listener, Peer& peer) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd =
      ::accept4(listener.fd, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  describe(address, peer);
  return fd;
}

}  // namespace oree::broker
