// What all connections of one server share. `options`, `router`, `log`, `work`, the atomics and posting to
// `io` are for every thread; the rest belongs to the I/O thread.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <vector>

#include "base/log.h"
#include "platform/http/deadlines.h"
#include "platform/http/server.h"
#include "platform/http/wire/reader.h"
#include "platform/http/wire/writer.h"
#include "platform/http/work_queue.h"

namespace oree::http {

namespace asio = boost::asio;
using asio::ip::tcp;
// The concrete executor, not any_io_executor: no type erasure on every operation.
using IoExecutor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, IoExecutor>;
using BoostError = boost::system::error_code;

// What a connection is doing, and so the queue in which it waits for its deadline.
enum class Phase : uint8_t {
  cold,       // silent, without a buffer; closed when overdue
  warm,       // between two requests, the buffer kept for a moment; becomes cold
  head,       // 408 when overdue
  body,       // 408 when overdue; every byte starts the time again
  busy,       // the handler has it; never overdue
  parked,     // the handler has returned and will answer later; never overdue
  writing,    // the socket is full; closed when overdue, every byte starts the time again
  streaming,  // server-sent events; overdue means that a heartbeat is due
  lingering,  // refused; what still comes is read over so that the answer is not lost; closed when overdue
};
constexpr size_t kPhases = 9;

// What a request needs while it is read and answered. Silent connections have none.
struct Exchange {
  explicit Exchange(const ReadLimits& limits);
  std::string_view unread() const { return {buffer.get() + begin, end - begin}; }
  void reset();  // for the next request; unread bytes stay

  RequestReader reader;
  size_t capacity;
  std::unique_ptr<char[]> buffer;
  size_t begin = 0;
  size_t end = 0;
  const Route* route = nullptr;
  bool told_to_continue = false;
  Outgoing out;
};

struct Engine {
  Engine(const ServerOptions& server_options, const Router& routes, Log& server_log);

  DeadlineQueue& queue(Phase phase) { return queues[static_cast<size_t>(phase)]; }
  std::unique_ptr<Exchange> borrow_exchange();
  void give_back(std::unique_ptr<Exchange> exchange);

  const ServerOptions options;
  const Router router;
  Log& log;
  const ReadLimits limits;
  std::atomic<bool> stopping = false;

  std::atomic<uint64_t> connections = 0;
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> rejected = 0;
  std::atomic<uint64_t> event_streams = 0;

  std::array<DeadlineQueue, kPhases> queues;
  std::vector<std::unique_ptr<Exchange>> spare;
  size_t warm = 0;          // connections in Phase::warm
  uint64_t body_bytes = 0;  // that all requests' bodies take now

  WorkQueue work;
  // Last, so that it goes first: the connections die with it and reach for the rest. UNSAFE_IO: sockets are
  // touched by one thread only, so the reactor needs no lock for each; posting stays safe.
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
};

}  // namespace oree::http
