// A client for tests that says exactly what it is told, byte for byte, over a loopback socket. Everything
// ends after ten seconds; only a broken server makes a test wait for that.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <functional>
#include <string>
#include <thread>

#include "platform/http/tcp_stream.h"
#include "platform/http/wire/reader.h"

namespace oree::http::testing {

inline MonoTime soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(10);
}

// Waits, without sleeping, for what another thread is about to do.
inline bool eventually(const std::function<bool()>& happened) {
  const MonoTime end = soon();
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

class RawClient {
 public:
  explicit RawClient(uint16_t port) : stream_(connect(port)) {}

  bool connected() const { return stream_.has_value(); }
  bool send(std::string_view bytes) { return stream_ && stream_->send(bytes, soon()); }

  // The next answer; status 0 when the connection ended or what came is no HTTP.
  Response answer(bool head_only = false) {
    ResponseReader reader({.max_header_bytes = 64 << 10, .max_body_bytes = 256 << 20}, head_only);
    for (;;) {
      unread_.erase(0, reader.feed(unread_));
      if (reader.state() == ReadState::done) return std::move(reader.response());
      Response none;
      none.status = 0;
      if (reader.state() == ReadState::refused) return none;
      if (!receive()) {
        reader.feed_end();
        return reader.state() == ReadState::done ? std::move(reader.response()) : none;
      }
    }
  }

  // Everything up to and including `end`, "" when the connection ends before.
  std::string read_until(std::string_view end) {
    for (;;) {
      if (const size_t found = unread_.find(end); found != std::string::npos) {
        std::string text = unread_.substr(0, found + end.size());
        unread_.erase(0, text.size());
        return text;
      }
      if (!receive()) return {};
    }
  }

  // The server has closed, and nothing but what was read has come.
  bool closed() { return unread_.empty() && !receive(); }
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(unread_, {});
  }
  // The client goes.
  void close() { stream_ = fail(ErrorKind::unavailable, "closed"); }

 private:
  static Result<TcpStream> connect(uint16_t port) {
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_port = htons(port);
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Address address;
    address.length = sizeof loopback;
    std::memcpy(&address.storage, &loopback, sizeof loopback);
    return TcpStream::connect({address}, "test server", soon());
  }

  bool receive() {
    std::string room(64 << 10, '\0');
    const auto count = stream_ ? stream_->receive(room, soon()) : Result<size_t>(0);
    if (!count || *count == 0) return false;
    unread_.append(room, 0, *count);
    return true;
  }

  Result<TcpStream> stream_;
  std::string unread_;
};

}  // namespace oree::http::testing
