#include "platform/http/server.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "platform/http/connection.h"
#include "platform/http/tls/certificate_watch.h"

namespace oree::http {
namespace {

constexpr milliseconds kHeartbeatEvery{15'000};
constexpr milliseconds kLinger{2'000};
constexpr milliseconds kWarm{1'000};
constexpr milliseconds kNever = std::chrono::hours(24 * 365);
constexpr milliseconds kAcceptPause{100};
// After the handlers are done, so long may answers still be on their way out.
constexpr milliseconds kDrain{2'000};
constexpr size_t kMaxSpare = 64;
constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// In the order of Phase.
std::array<DeadlineQueue, kPhases> make_queues(const ServerOptions& options) {
  return {DeadlineQueue(options.idle_timeout),
          DeadlineQueue(std::min(kWarm, options.idle_timeout / 2)),
          DeadlineQueue(options.header_timeout),
          DeadlineQueue(options.body_timeout),
          DeadlineQueue(kNever),
          DeadlineQueue(kNever),
          DeadlineQueue(options.body_timeout),
          DeadlineQueue(kHeartbeatEvery),
          DeadlineQueue(std::min(kLinger, options.body_timeout))};
}

// A deadline is noticed at most a quarter of itself late.
milliseconds sweep_every(const ServerOptions& options) {
  const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, milliseconds{5}, milliseconds{250});
}

// One descriptor for each connection and some for everybody else. Best effort.
void raise_descriptor_limit(size_t connections, Log& log) {
  rlimit limit{};
  const rlim_t wanted = connections + 256;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = std::min(wanted, hard);
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == wanted) return;
  log.warning(cat("the limit of ", hard, " open files is below the ", wanted, " that ", connections,
                  " connections need; raise LimitNOFILE"));
}

std::string peer_text(const tcp::endpoint& peer) {
  const auto& address = peer.address();
  if (address.is_v4()) return cat(address.to_v4().to_string(), ":", peer.port());
  if (address.to_v6().is_v4_mapped()) {
    return cat(asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string(), ":", peer.port());
  }
  return cat("[", address.to_string(), "]:", peer.port());
}

}  // namespace

Exchange::Exchange(const ReadLimits& limits)
    : reader(limits),
      capacity(std::max<size_t>(limits.max_header_bytes, 4096)),
      buffer(std::make_unique_for_overwrite<char[]>(capacity)) {}

void Exchange::reset() {
  reader.reset();
  route = nullptr;
  told_to_continue = false;
  std::string memory = std::move(out.head);
  memory.clear();
  out = {};
  out.head = std::move(memory);
}

Engine::Engine(const ServerOptions& server_options, const Router& routes, Log& server_log)
    : options(server_options),
      router(routes),
      log(server_log),
      limits{options.max_header_bytes, options.max_body_bytes},
      queues(make_queues(options)),
      work(options.workers, options.max_queue) {}

std::unique_ptr<Exchange> Engine::borrow_exchange() {
  if (spare.empty()) return std::make_unique<Exchange>(limits);
  auto exchange = std::move(spare.back());
  spare.pop_back();
  return exchange;
}

void Engine::give_back(std::unique_ptr<Exchange> exchange) {
  if (!exchange || spare.size() == kMaxSpare) return;
  exchange->reset();
  exchange->begin = exchange->end = 0;
  exchange->reader.request().body = {};
  spare.push_back(std::move(exchange));
}

namespace {

class BeastServer final : public Server {
 public:
  BeastServer(const ServerOptions& options, const Router& router, CertificateWatch certificate, Log& log)
      : engine_(options, router, log),
        sweep_every_(sweep_every(options)),
        certificate_(std::move(certificate)) {}
  ~BeastServer() override { stop(); }

  Status listen();
  void run();

  uint16_t port() const override { return port_; }
  ServerStats stats() const override;
  bool answers(milliseconds within) override;
  void stop() override;

 private:
  using Acceptor = asio::basic_socket_acceptor<tcp, IoExecutor>;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

  void accept();
  void on_accepted(const BoostError& error, Socket socket);
  void start_sweeping();
  void sweep();
  void stop_connections(bool now);
  void drain();

  Engine engine_;
  const milliseconds sweep_every_;
  CertificateWatch certificate_;
  uint16_t port_ = 0;
  Acceptor acceptor_{engine_.io};
  tcp::endpoint peer_;
  Timer accept_pause_{engine_.io};
  Timer sweep_timer_{engine_.io};
  bool sweeping_ = false;
  MonoTime drain_until_ = MonoTime::max();
  asio::executor_work_guard<IoExecutor> guard_{engine_.io.get_executor()};
  std::mutex stop_mutex_;
  bool stopped_ = false;
  std::jthread thread_;
};

Status BeastServer::listen() {
  const ServerOptions& options = engine_.options;
  BoostError error;
  const std::string address = options.address == "localhost" ? "127.0.0.1" : options.address;
  const tcp::endpoint endpoint(asio::ip::make_address(address, error), options.port);
  if (error) return fail(ErrorKind::invalid, cat("listen address '", options.address, "' is no IP address"));
  const auto refuse = [&] {
    const bool taken = error == asio::error::address_in_use;
    return fail(
        error == asio::error::access_denied ? ErrorKind::denied : ErrorKind::unavailable,
        cat("cannot listen on ", options.address, " port ", options.port, ": ", error.message(),
            taken ? "; stop the program that has it, or choose another port (0 takes any free one)" : ""));
  };
  acceptor_.open(endpoint.protocol(), error);
  if (error) return refuse();
  acceptor_.set_option(Acceptor::reuse_address(true), error);
  acceptor_.bind(endpoint, error);
  if (error) return refuse();
  acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return refuse();
  port_ = acceptor_.local_endpoint(error).port();
  raise_descriptor_limit(options.max_connections, engine_.log);
  return {};
}

void BeastServer::run() {
  accept();
  thread_ = std::jthread([this] { engine_.io.run(); });
}

void BeastServer::accept() {
  acceptor_.async_accept(
      peer_, [this](const BoostError& error, Socket socket) { on_accepted(error, std::move(socket)); });
}

void BeastServer::on_accepted(const BoostError& error, Socket socket) {
  if (!acceptor_.is_open()) return;
  // Out of descriptors, most likely: what is waiting would fail again at once.
  if (error && error != asio::error::connection_aborted) {
    engine_.log.warning(cat("cannot accept a connection: ", error.message(), "; trying again soon"));
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const BoostError& cancelled) {
      if (!cancelled && acceptor_.is_open()) accept();
    });
    return;
  }
  if (!error && engine_.connections >= engine_.options.max_connections) {
    if (engine_.options.tls.certificate.empty())
      ::send(socket.native_handle(), kTooManyConnections.data(), kTooManyConnections.size(),
             MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (!error) {
    BoostError ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto tls = certificate_.current(std::chrono::steady_clock::now(), engine_.log);
    std::make_shared<Connection>(engine_, std::move(socket), peer_text(peer_), std::move(tls))->start();
    start_sweeping();
  }
  accept();
}

void BeastServer::start_sweeping() {
  if (sweeping_) return;
  sweeping_ = true;
  sweep_timer_.expires_after(engine_.stopping ? milliseconds{5} : sweep_every_);
  sweep_timer_.async_wait([this](const BoostError&) {
    sweeping_ = false;
    sweep();
  });
}

// Nothing runs when there are no connections.
void BeastServer::sweep() {
  const MonoTime now = std::chrono::steady_clock::now();
  for (auto& queue : engine_.queues) {
    while (Deadline* deadline = queue.overdue(now)) static_cast<Connection*>(deadline)->overdue();
  }
  if (engine_.stopping && now >= drain_until_) stop_connections(true);
  if (!std::ranges::all_of(engine_.queues, &DeadlineQueue::empty)) start_sweeping();
}

void BeastServer::stop_connections(bool now) {
  for (size_t phase = 0; phase < kPhases; ++phase) {
    const bool answering =
        phase == static_cast<size_t>(Phase::busy) || phase == static_cast<size_t>(Phase::writing);
    if (answering && !now) continue;
    while (Deadline* deadline = engine_.queues[phase].front()) static_cast<Connection*>(deadline)->stop(now);
  }
}

// The handlers are done: once the last answers are out, io.run() has nothing left and returns.
void BeastServer::drain() {
  drain_until_ = std::chrono::steady_clock::now() + kDrain;
  guard_.reset();
  accept_pause_.cancel();
  sweep_timer_.cancel();
}

void BeastServer::stop() {
  const std::lock_guard lock(stop_mutex_);
  if (std::exchange(stopped_, true) || !thread_.joinable()) return;
  engine_.stopping = true;
  asio::post(engine_.io, [this] {
    BoostError ignored;
    acceptor_.close(ignored);
    stop_connections(false);
  });
  // Those that waited run here, see that the server stops, and answer so.
  for (auto& job : engine_.work.stop()) job();
  asio::post(engine_.io, [this] { drain(); });
  thread_.join();
}

bool BeastServer::answers(milliseconds within) {
  auto done = std::make_shared<std::promise<void>>();
  auto told = done->get_future();
  asio::post(engine_.io, [this, done = std::move(done)]() mutable {
    engine_.work.push_first([done = std::move(done)] { done->set_value(); });
  });
  // A promise that is dropped, because the server stops, is told too.
  return told.wait_for(within) == std::future_status::ready;
}

ServerStats BeastServer::stats() const {
  return {.connections = engine_.connections,
          .requests = engine_.requests,
          .rejected = engine_.rejected,
          .queued = engine_.work.depth(),
          .event_streams = engine_.event_streams};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, const Router& router, Log& log) {
  auto certificate = CertificateWatch::start(options.tls);
  if (!certificate) return forward(certificate);
  auto server = std::make_unique<BeastServer>(options, router, *std::move(certificate), log);
  if (auto listening = server->listen(); !listening) return forward(listening);
  server->run();
  return server;
}

}  // namespace oree::http
