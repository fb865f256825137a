#include "platform/http/tcp_stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace oree::http {
namespace {

constexpr size_t kWire = 32 << 10;
constexpr size_t kPiece = 64 << 10;  // encrypted and sent at a time

std::string errno_text(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// Rounded up, so that a wait never ends before its deadline only to start again with 0 ms.
int milliseconds_until(MonoTime deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30));
}

}  // namespace

TcpStream::TcpStream(TcpStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      where_(std::move(other.where_)),
      interrupt_(other.interrupt_),
      tls_(std::move(other.tls_)) {}

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(where_, other.where_);
  std::swap(interrupt_, other.interrupt_);
  std::swap(tls_, other.tls_);
  return *this;
}

TcpStream::~TcpStream() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::unexpected<Error> TcpStream::failed(std::string_view doing) const {
  return fail(ErrorKind::unavailable, cat(where_, ": ", doing, ": ", errno_text(errno)));
}

Status TcpStream::wait(short events, std::string_view doing, MonoTime deadline) const {
  pollfd poll_for[] = {
      {.fd = descriptor_, .events = events, .revents = 0},
      {.fd = interrupt_ != nullptr ? interrupt_->descriptor() : -1, .events = POLLIN, .revents = 0}};
  for (;;) {
    // Looked at first: a peer that trickles is always ready.
    const int left = milliseconds_until(deadline);
    const int ready = left == 0 ? 0 : ::poll(poll_for, std::size(poll_for), left);
    if (ready > 0 && poll_for[1].revents != 0) {
      return fail(ErrorKind::unavailable, cat(where_, ": ", doing, ": interrupted"));
    }
    if (ready > 0) return {};
    if (ready == 0) return fail(ErrorKind::timeout, cat(where_, ": ", doing, " took too long"));
    if (errno != EINTR) return failed(doing);
  }
}

Result<TcpStream> TcpStream::connect(const std::vector<Address>& addresses, std::string where,
                                     MonoTime deadline, const Interrupt* interrupt) {
  Result<TcpStream> last = fail(ErrorKind::unavailable, cat(where, ": no address to connect to"));
  for (const Address& address : addresses) {
    TcpStream stream(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                     where);
    if (stream.descriptor_ < 0) {
      last = stream.failed("socket");
      continue;
    }
    stream.interrupt_ = interrupt;
    const int on = 1;
    ::setsockopt(stream.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(stream.descriptor_, target, address.length) == 0) return stream;
    if (errno != EINPROGRESS) {
      last = stream.failed("connect");
      continue;
    }
    if (auto waited = stream.wait(POLLOUT, "connect", deadline); !waited) return forward(waited);
    socklen_t size = sizeof errno;
    int error = 0;
    ::getsockopt(stream.descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return stream;
    errno = error;
    last = stream.failed("connect");
  }
  return last;
}

Status TcpStream::send_wire(std::string_view bytes, MonoTime deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto waited = wait(POLLOUT, "send", deadline); !waited) return waited;
    } else if (errno != EINTR) {
      return failed("send");
    }
  }
  return {};
}

Result<size_t> TcpStream::receive_wire(std::span<char> room, MonoTime deadline) {
  for (;;) {
    if (auto waited = wait(POLLIN, "receive", deadline); !waited) return forward(waited);
    const ssize_t count = ::recv(descriptor_, room.data(), room.size(), 0);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return failed("receive");
  }
}

Status TcpStream::start_tls(std::shared_ptr<const TlsContext> context, const std::string& host,
                            MonoTime deadline) {
  tls_ = std::make_unique<TlsLayer>(std::move(context), host);
  std::vector<char> room(kWire);
  for (;;) {
    const auto done = tls_->shake_hands();
    // Also what tells the peer why not.
    const auto sent = send_wire(tls_->take_wire(), deadline);
    if (!done) return forward(done, where_);
    if (!sent) return sent;
    if (*done) return {};
    const auto count = receive_wire(room, deadline);
    if (!count) return forward(count);
    if (*count == 0) return fail(ErrorKind::unavailable, cat(where_, ": closed during the TLS handshake"));
    tls_->feed({room.data(), *count});
  }
}

Status TcpStream::send(std::string_view bytes, MonoTime deadline) {
  if (!tls_) return send_wire(bytes, deadline);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    if (auto written = tls_->write(piece); !written) return forward(written, where_);
    if (auto sent = send_wire(tls_->take_wire(), deadline); !sent) return sent;
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<size_t> TcpStream::receive(std::span<char> room, MonoTime deadline) {
  if (!tls_) return receive_wire(room, deadline);
  std::vector<char> wire(kWire);
  for (;;) {
    const auto count = tls_->read(room);
    if (!count) return forward(count, where_);
    if (*count) return **count;
    const auto came = receive_wire(wire, deadline);
    if (!came) return came;
    // Without a goodbye the end may be a cut; whoever knows the length will see.
    if (*came == 0) return size_t{0};
    tls_->feed({wire.data(), *came});
  }
}

bool TcpStream::quiet() {
  pollfd poll_for{.fd = descriptor_, .events = POLLIN, .revents = 0};
  if (::poll(&poll_for, 1, 0) == 0) return true;
  if (!tls_) return false;
  // A session ticket is no answer.
  std::vector<char> wire(kWire);
  const ssize_t count = ::recv(descriptor_, wire.data(), wire.size(), 0);
  if (count <= 0) return false;
  tls_->feed({wire.data(), static_cast<size_t>(count)});
  char one = 0;
  const auto read = tls_->read({&one, 1});
  return read && !*read;
}

}  // namespace oree::http
