#include "platform/mqtt/client/client_pipe.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace oree::mqtt {
namespace {

constexpr size_t kScratch = 64 << 10;

int left_ms(MonoTime until) {
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000));
}

// Whether the socket got ready for `events` in time.
bool wait_for(int socket, short events, MonoTime until) {
  pollfd one{socket, events, 0};
  int result = 0;
  do {
    result = ::poll(&one, 1, left_ms(until));
  } while (result < 0 && errno == EINTR);
  return result > 0;
}

struct Addresses {
  addrinfo* list = nullptr;
  ~Addresses() {
    if (list != nullptr) freeaddrinfo(list);
  }
};

// 0, or the errno that says why not.
int connect_to(int socket, const addrinfo& address, MonoTime until) {
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(socket, POLLOUT, until)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

ClientPipe::~ClientPipe() {
  ::close(socket_);
}

Result<std::unique_ptr<ClientPipe>> ClientPipe::connect(const ClientOptions& options, MonoTime until) {
  const std::string where = cat("mqtt broker ", options.host, ":", options.port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  Addresses found;
  if (::getaddrinfo(options.host.c_str(), cat(options.port).c_str(), &hints, &found.list) != 0) {
    return fail(ErrorKind::unavailable, where + ": the name has no address");
  }
  int error = 0;
  for (const addrinfo* address = found.list; address != nullptr; address = address->ai_next) {
    const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail(ErrorKind::unavailable, where + ": no socket");
    auto pipe = std::make_unique<ClientPipe>(socket);
    error = connect_to(socket, *address, until);
    if (error != 0) continue;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const Status shaken = pipe->shake_hands(options, until);
    if (!shaken) return forward(shaken, where);
    return pipe;
  }
  const ErrorKind kind = error == ETIMEDOUT ? ErrorKind::timeout : ErrorKind::unavailable;
  return fail(kind, where + ": " + std::generic_category().message(error));
}

Status ClientPipe::shake_hands(const ClientOptions& options, MonoTime until) {
  if (!options.tls) return {};
  auto context = TlsContext::client(*options.tls);
  if (!context) return forward(context);
  tls_ = std::make_unique<TlsSession>(std::move(*context), socket_);
  tls_->act_as_client(options.host);
  while (true) {
    const TlsState state = tls_->handshake();
    if (state == TlsState::done) return {};
    if (state == TlsState::closed) return fail(ErrorKind::denied, "TLS: " + tls_->why());
    const short events = state == TlsState::want_write ? POLLOUT : POLLIN;
    if (!wait_for(socket_, events, until)) return fail(ErrorKind::timeout, "TLS: no answer in time");
  }
}

Status ClientPipe::step(ByteBuffer& in, ByteBuffer& out, MonoTime until) {
  if (!out.empty()) {
    if (const Status written = write(out); !written) return written;
  }
  short events = POLLIN;
  if (!out.empty() || tls_wants_write_) events |= POLLOUT;
  const size_t before = in.size();
  if (tls_) {  // it may hold bytes that the kernel does not show any more
    if (const Status got = read(in); !got || in.size() > before) return got;
  }
  pollfd one{socket_, events, 0};
  const int ready = ::poll(&one, 1, left_ms(until));
  if (ready <= 0) return {};
  if ((one.revents & POLLOUT) != 0 && !out.empty()) {
    if (const Status written = write(out); !written) return written;
  }
  return (one.revents & (POLLIN | POLLHUP | POLLERR)) != 0 ? read(in) : Status{};
}

Status ClientPipe::read(ByteBuffer& in) {
  std::array<std::byte, kScratch> scratch;
  size_t count = 0;
  bool closed = false;
  if (tls_) {
    closed = tls_->read(scratch, count) == TlsState::closed;
  } else {
    const ssize_t got = ::recv(socket_, scratch.data(), scratch.size(), 0);
    closed = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (got > 0) count = static_cast<size_t>(got);
  }
  in.insert(in.end(), scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(count));
  if (closed) return fail(ErrorKind::unavailable, "the broker closed the connection");
  return {};
}

Status ClientPipe::write(ByteBuffer& out) {
  size_t sent = 0;
  tls_wants_write_ = false;
  while (sent < out.size()) {
    const ByteView left = ByteView(out).subspan(sent);
    size_t count = 0;
    bool closed = false;
    if (tls_) {
      const TlsState state = tls_->write(left, count);
      closed = state == TlsState::closed;
      tls_wants_write_ = state == TlsState::want_write;
    } else {
      const ssize_t done = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
      closed = done < 0 && errno != EAGAIN && errno != EINTR;
      if (done > 0) count = static_cast<size_t>(done);
    }
    if (closed) return fail(ErrorKind::unavailable, "the broker closed the connection");
    if (count == 0) break;
    sent += count;
  }
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(sent));
  return {};
}

}  // namespace oree::mqtt
