#include "services/gateway/modbus_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace oree::gateway {
namespace {

using Time = std::chrono::steady_clock;

std::unexpected<Error> broken(const ModbusAddress& address, std::string_view what) {
  return fail(ErrorKind::unavailable, cat(address.host, ":", address.port, ": ", what));
}

}  // namespace

void ModbusClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  received_.clear();
}

Result<std::vector<uint16_t>> ModbusClient::ask(Request request, milliseconds deadline) {
  const auto until = Time::now() + deadline;
  request.transaction = ++transaction_;
  if (auto printed = print_request(request); !printed) return forward(printed);
  if (!is_connected()) {
    if (auto connected = connect(until); !connected) {
      close();
      return forward(connected);
    }
  }
  return exchange(request, until);
}

Result<std::vector<uint16_t>> ModbusClient::exchange(const Request& request, Instant until) {
  const auto bytes = print_request(request);
  if (auto sent = send(*bytes, until); !sent) {
    close();
    return forward(sent);
  }
  while (true) {
    auto frame = receive(until);
    if (!frame) {
      close();
      return forward(frame);
    }
    auto answer = parse_answer(*frame, request);
    if (!answer && answer.error().kind == ErrorKind::conflict) continue;
    const bool is_exception = frame->size() > 7 && std::to_integer<int>((*frame)[7]) >= 0x80;
    if (!answer && !is_exception) close();
    return answer;
  }
}

Status ModbusClient::connect(Instant until) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address_.host.c_str(), cat(address_.port).c_str(), &wanted, &found);
  if (failed != 0) return broken(address_, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Status status = broken(address_, "no address");
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    status = try_address(*one, until);
    if (status) return status;
    close();
  }
  return status;
}

Status ModbusClient::try_address(const addrinfo& address, Instant until) {
  socket_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return broken(address_, std::strerror(errno));
  const int on = 1;
  (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return broken(address_, std::strerror(errno));
  if (auto ready = wait(POLLOUT, until); !ready) return ready;
  int error = 0;
  socklen_t size = sizeof error;
  (void)::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return broken(address_, std::strerror(error));
  return {};
}

Status ModbusClient::wait(short events, Instant until) const {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until - Time::now());
    if (left <= milliseconds(0)) {
      return fail(ErrorKind::timeout, cat(address_.host, ":", address_.port, " did not answer in time"));
    }
    pollfd one{socket_, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return broken(address_, std::strerror(errno));
  }
}

Status ModbusClient::send(ByteView bytes, Instant until) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = wait(POLLOUT, until); !ready) return ready;
    } else if (errno != EINTR) {
      return broken(address_, std::strerror(errno));
    }
  }
  return {};
}

// The next whole frame.
Result<ByteBuffer> ModbusClient::receive(Instant until) {
  while (true) {
    const auto length = frame_length(received_);
    if (!length) return forward(length);
    if (*length) {
      const auto end = received_.begin() + static_cast<ptrdiff_t>(**length);
      ByteBuffer frame(received_.begin(), end);
      received_.erase(received_.begin(), end);
      return frame;
    }
    if (auto ready = wait(POLLIN, until); !ready) return forward(ready);
    std::byte buffer[kMaxFrame];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got > 0) {
      received_.insert(received_.end(), buffer, buffer + got);
    } else if (got == 0) {
      return broken(address_, "the device closed the connection");
    } else if (errno != EAGAIN && errno != EINTR) {
      return broken(address_, std::strerror(errno));
    }
  }
}

}  // namespace oree::gateway
