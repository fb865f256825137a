// A gRPC server over HTTP/2, without a schema: methods get the bytes of a message and answer with bytes.
//
// One I/O thread (or several) owns sockets and calls; nghttp2 does the framing and stays behind this header.
// In the open clients must speak HTTP/2 at once ("h2c with prior knowledge", as gRPC's do); with a
// certificate the server speaks TLS 1.2 and 1.3 with ALPN "h2". Everything is bounded by ServerOptions. A
// silent connection costs a socket and a few kB.
//
// What clients see: unknown methods UNIMPLEMENTED, deadlines (grpc-timeout) DEADLINE_EXCEEDED, too large
// messages RESOURCE_EXHAUSTED, gzip and deflate both ways (answers are compressed for clients that compress),
// grpc-message percent-encoded, GOAWAY on stop() and for clients that ping too often.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "platform/grpc/rpc.h"
#include "platform/grpc/transport/tls.h"

namespace oree::grpc {

struct Method {
  std::function<void(Rpc&)> unary;                                       // either this
  std::function<std::unique_ptr<Conversation>(Rpc&)> open_conversation;  // or this
};

// By path: "/package.Service/Method".
class Methods {
 public:
  void add_unary(std::string path, std::function<void(Rpc&)> method) {
    table_[std::move(path)] = {std::move(method), nullptr};
  }
  void add_streaming(std::string path, std::function<std::unique_ptr<Conversation>(Rpc&)> open) {
    table_[std::move(path)] = {nullptr, std::move(open)};
  }
  const Method* find(std::string_view path) const {
    const auto at = table_.find(path);
    return at == table_.end() ? nullptr : &at->second;
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, Method, Hash, std::equal_to<>> table_;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one, see Server::port()
  TlsFiles tls;       // files that are replaced are read anew within seconds
  unsigned threads = 1;
  size_t max_connections = 12'000;  // one more is closed at once
  uint32_t max_streams = 256;       // calls at a time on one connection
  size_t max_message_bytes = 64 << 20;
  size_t max_message_memory = 512 << 20;  // requests of all calls together; beyond it RESOURCE_EXHAUSTED
  uint32_t max_metadata_bytes = 16 << 10;
  size_t max_unanswered = 32;   // messages that one conversation is given before it answers
  size_t max_unsent = 1 << 20;  // bytes a client has not taken before its conversation pauses
  uint32_t stream_window = 1 << 20;
  uint32_t connection_window = 16 << 20;
  milliseconds handshake_timeout{10'000};  // until the client's first SETTINGS are there
  milliseconds stall_timeout{30'000};      // without a byte in the middle of something
  milliseconds keepalive_time{120'000};    // silence after which the server pings
  milliseconds keepalive_timeout{20'000};
  milliseconds min_ping_interval{1'000};  // more often, without a call between, is a strike
  unsigned max_ping_strikes = 5;
  milliseconds stop_timeout{30'000};  // for calls that run when stop() comes
};

struct ServerStats {
  uint64_t connections = 0;  // open now
  uint64_t calls = 0;        // begun since the start
  uint64_t heap_blocks = 0;  // that the transport ever took from the heap: stands still when warm
};

class Server {
 public:
  // Binds and starts. `invalid` or `not_found` when `tls` names files that cannot be used; `unavailable` when
  // the address is taken.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Methods methods, Log& log);
  virtual ~Server() = default;  // stop()s

  virtual uint16_t port() const = 0;
  virtual ServerStats stats() const = 0;
  // No new connections and calls; running calls end as they would. Returns when every method has finished.
  // Idempotent; never from a method.
  virtual void stop() = 0;
};

}  // namespace oree::grpc
