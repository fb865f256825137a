// The HTTP/1.1 server: one I/O thread, a pool of workers, everything bounded.
//
// Boost.Asio and Beast stay behind this header. Handlers run on workers (or on the I/O thread when marked
// inline) and may block. Connections that say nothing cost a socket and under 1 kB; they are closed after
// `idle_timeout`. A request's headers must be complete within `header_timeout` and its body keep coming
// (`body_timeout` without a byte ends it). When the workers' queue is full the answer is 503 with Retry-After
// and the depth. HEAD is served by GET's handler. Pipelined requests are answered in order. 400 malformed,
// 404, 405 with Allow, 408, 413, 431.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "platform/http/router.h"
#include "platform/http/tls/tls_layer.h"

namespace oree::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one, see Server::port()
  // With a certificate and key the server speaks https and nothing else; files that are replaced are read
  // anew within seconds. With a `ca` clients may show a certificate (Request::certificate).
  TlsFiles tls;
  unsigned workers = 2;
  size_t max_queue = 64;            // requests that wait for a worker
  size_t max_connections = 12'000;  // one more gets 503 and is closed
  uint64_t max_header_bytes = 16 << 10;
  uint64_t max_body_bytes = 64 << 20;
  uint64_t max_body_memory = 512 << 20;  // bodies of all requests together; beyond it 503
  milliseconds header_timeout{10'000};
  milliseconds body_timeout{10'000};
  milliseconds idle_timeout{75'000};
  size_t event_queue = 256;  // frames per event stream
  // Body of an error the server makes itself (404, 413, …); default is {"error": what}.
  std::function<Response(int status, std::string_view what, const Request& request)> error_page;
};

struct ServerStats {
  uint64_t connections = 0;  // open now
  uint64_t requests = 0;
  uint64_t rejected = 0;  // by a full queue
  uint64_t queued = 0;    // now
  uint64_t event_streams = 0;
};

class Server {
 public:
  // Binds and starts. `not_found` and `invalid` when `tls` names files that are not there or cannot be used;
  // `unavailable` when the address is taken (names it and says how to choose another).
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, const Router& router, Log& log);
  virtual ~Server() = default;  // stop()s

  virtual uint16_t port() const = 0;
  virtual ServerStats stats() const = 0;
  // Whether the I/O thread and then a worker do something for the caller within this time, ahead of the
  // requests that wait: false when one of them, or every worker, hangs. Never from a handler.
  virtual bool answers(milliseconds within) = 0;
  // No new connections; running handlers finish and are answered, waiting requests get 503, streams are
  // closed. Idempotent; never from a handler.
  virtual void stop() = 0;
};

}  // namespace oree::http
