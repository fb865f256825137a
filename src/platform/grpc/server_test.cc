#include "platform/grpc/server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>

#include "platform/grpc/testing/h2_client.h"

namespace oree::grpc {
namespace {

using testing::Answer;
using testing::framed;
using testing::H2Client;

// A handler's Rpcs, until the test finishes them.
class Kept {
 public:
  void keep(Rpc& rpc) {
    const std::lock_guard lock(mutex_);
    rpcs_.push_back(&rpc);
    changed_.notify_all();
  }
  Rpc& wait() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(10), [this] { return !rpcs_.empty(); }));
    Rpc& rpc = *rpcs_.front();
    rpcs_.pop_front();
    return rpc;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Rpc*> rpcs_;
};

bool eventually(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// Says everything back; keeps count.
class Echo final : public Conversation {
 public:
  struct Seen {
    std::atomic<int> heard = 0, gone = 0, open = 0;
    std::atomic<bool> answers = true;
  };
  Echo(Rpc& rpc, Seen& seen) : rpc_(rpc), seen_(seen) { ++seen_.open; }
  ~Echo() override { --seen_.open; }
  void hear(std::string message) override {
    ++seen_.heard;
    if (!seen_.answers) return;
    rpc_.send(message);
    rpc_.answered();
  }
  void half_closed() override { rpc_.finish(Code::ok, {}); }
  void gone() override {
    ++seen_.gone;
    rpc_.finish(Code::cancelled, {});
  }

 private:
  Rpc& rpc_;
  Seen& seen_;
};

struct Fixture {
  NullLog log;
  Kept kept;
  Echo::Seen seen;
  ServerOptions options;
  std::unique_ptr<Server> server;

  Server& start() {
    Methods methods;
    methods.add_unary("/test/Echo", [](Rpc& rpc) {
      rpc.reply() += as_text(rpc.message());
      rpc.finish();
    });
    methods.add_unary("/test/Fail", [](Rpc& rpc) { rpc.finish(Code::not_found, "there is no 100 % é\n"); });
    methods.add_unary("/test/Later", [this](Rpc& rpc) { kept.keep(rpc); });
    methods.add_unary("/test/Metadata", [](Rpc& rpc) {
      rpc.reply() += rpc.metadata("x-one");
      rpc.reply() += rpc.metadata("x-none");
      rpc.finish();
    });
    methods.add_streaming("/test/Talk", [this](Rpc& rpc) { return std::make_unique<Echo>(rpc, seen); });
    auto started = Server::start(options, std::move(methods), log);
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().what));
    server = *std::move(started);
    return *server;
  }
  uint16_t port() const { return server->port(); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "A unary call is answered with its message and an OK") {
  start();
  H2Client client(port());
  const Answer answer = client.call("/test/Echo", framed("hello"));
  CHECK(answer.field(":status") == "200");
  CHECK(answer.field("content-type") == "application/grpc");
  CHECK(answer.status() == "0");
  CHECK(answer.messages() == std::vector<std::string>{"hello"});
  CHECK(client.call("/test/Echo", framed("")).messages() == std::vector<std::string>{""});
}

TEST_CASE_FIXTURE(Fixture, "Errors come without a body, their sentence percent-encoded") {
  start();
  H2Client client(port());
  const Answer answer = client.call("/test/Fail", framed("x"));
  CHECK(answer.status() == "5");
  CHECK(answer.field("grpc-message") == "there is no 100 %25 %C3%A9%0A");
  CHECK(answer.body.empty());
  CHECK(client.call("/test/Unknown", framed("x")).status() == "12");
}

TEST_CASE_FIXTURE(Fixture, "What is no gRPC is refused in HTTP's terms") {
  start();
  H2Client client(port());
  CHECK(client.call("/test/Echo", "x", {{"content-type", "application/json"}}).field(":status") == "415");
  CHECK(client.call("/test/Echo", "", {{":method", "PUT"}}).field(":status") == "405");
}

TEST_CASE_FIXTURE(Fixture, "Requests that hold no message, half of one, or two are refused") {
  start();
  H2Client client(port());
  CHECK(client.call("/test/Echo", "").status() == "13");
  CHECK(client.call("/test/Echo", framed("hello").substr(0, 7)).status() == "13");
  CHECK(client.call("/test/Echo", framed("a") + framed("b")).status() == "12");
  CHECK(client.call("/test/Echo", framed("x"), {{"grpc-timeout", "soon"}}).status() == "3");
  const Answer answer = client.call("/test/Echo", framed("x"), {{"grpc-encoding", "br"}});
  CHECK(answer.status() == "12");
  CHECK(answer.field("grpc-accept-encoding") == "identity,deflate,gzip");
}

TEST_CASE_FIXTURE(Fixture, "Metadata is found by name, and bounded") {
  options.max_metadata_bytes = 4096;
  start();
  H2Client client(port());
  CHECK(client.call("/test/Metadata", framed(""), {{"x-one", "1"}, {"x-two", "2"}}).messages() ==
        std::vector<std::string>{"1"});
  CHECK(client.call("/test/Metadata", framed(""), {{"x-one", std::string(5000, 'x')}}).status() == "8");
  CHECK(client.call("/test/Echo", framed("still here")).status() == "0");
}

TEST_CASE_FIXTURE(Fixture, "Another thread may answer later") {
  start();
  H2Client client(port());
  const int32_t first = client.begin("/test/Later", framed("one"));
  Rpc& rpc = kept.wait();
  CHECK(client.call("/test/Echo", framed("meanwhile")).status() == "0");
  CHECK(as_text(rpc.message()) == "one");
  rpc.reply() += "late";
  rpc.finish();
  CHECK(client.answer(first).messages() == std::vector<std::string>{"late"});
}

TEST_CASE_FIXTURE(Fixture, "A call ends at its deadline, and its method may still finish it") {
  start();
  H2Client client(port());
  const Answer answer = client.call("/test/Later", framed("slow"), {{"grpc-timeout", "20m"}});
  CHECK(answer.status() == "4");
  Rpc& rpc = kept.wait();
  CHECK(rpc.gone());
  CHECK(as_text(rpc.message()) == "slow");  // lent until the method is done
  rpc.reply() += "too late";
  rpc.finish();
  CHECK(client.call("/test/Echo", framed("x"), {{"grpc-timeout", "10S"}}).status() == "0");
}

TEST_CASE_FIXTURE(Fixture, "A cancelled call is gone, and so is one whose client went") {
  start();
  auto client = std::make_unique<H2Client>(port());
  const int32_t stream = client->begin("/test/Later", framed("cancel me"));
  Rpc& cancelled = kept.wait();
  CHECK_FALSE(cancelled.gone());
  client->reset(stream);
  CHECK(eventually([&] { return cancelled.gone(); }));
  CHECK(as_text(cancelled.message()) == "cancel me");
  cancelled.finish();
  CHECK(client->call("/test/Echo", framed("x")).status() == "0");
  client->begin("/test/Later", framed("leave me"));
  Rpc& left = kept.wait();
  client.reset();
  CHECK(eventually([&] { return left.gone(); }));
  left.finish(Code::internal, "nobody hears this");
}

TEST_CASE_FIXTURE(Fixture, "Large messages pass both ways through small windows") {
  options.stream_window = 64 << 10;
  options.connection_window = 64 << 10;
  start();
  H2Client client(port(), 64 << 10);
  std::string large;
  for (uint32_t i = 0; i < 300'000; ++i) large.append(reinterpret_cast<const char*>(&i), sizeof i);
  const int32_t stream = client.begin("/test/Echo", framed(large));
  CHECK(client.answer(stream).messages() == std::vector<std::string>{large});
}

TEST_CASE_FIXTURE(Fixture, "Messages larger than allowed are refused, also when they are small on the wire") {
  options.max_message_bytes = 100'000;
  start();
  H2Client client(port());
  CHECK(client.call("/test/Echo", framed(std::string(100'001, 'x'))).status() == "8");
  CHECK(
      client
          .call("/test/Echo", framed(std::string(100'001, 'x'), Encoding::gzip), {{"grpc-encoding", "gzip"}})
          .status() == "8");
  CHECK(client.call("/test/Echo", framed(std::string(100'000, 'x'))).status() == "0");
}

TEST_CASE_FIXTURE(Fixture, "All requests together have so much memory and no more") {
  options.max_message_memory = 300'000;
  start();
  H2Client client(port());
  const int32_t first = client.begin("/test/Later", framed(std::string(200'000, 'x')));
  CHECK(client.wait_for([&] { return client.unsaid(first) == 0; }));
  Rpc& rpc = kept.wait();
  CHECK(client.call("/test/Echo", framed(std::string(200'000, 'x'))).status() == "8");
  rpc.finish();
  CHECK(client.answer(first).status() == "0");
  CHECK(client.call("/test/Echo", framed(std::string(200'000, 'x'))).status() == "0");
}

TEST_CASE_FIXTURE(Fixture, "Who compresses is answered compressed, if it takes that") {
  start();
  H2Client client(port());
  const std::string text(10'000, 'z');
  for (const Encoding encoding : {Encoding::gzip, Encoding::deflate}) {
    const std::string name(name_of(encoding));
    const Answer answer = client.call("/test/Echo", framed(text, encoding),
                                      {{"grpc-encoding", name}, {"grpc-accept-encoding", "gzip,deflate"}});
    CHECK(answer.field("grpc-encoding") == name);
    CHECK(answer.body.size() < 1000);
    CHECK(answer.messages() == std::vector<std::string>{text});
  }
  const Answer plain = client.call("/test/Echo", framed(text, Encoding::gzip), {{"grpc-encoding", "gzip"}});
  CHECK(plain.field("grpc-encoding").empty());
  CHECK(plain.messages() == std::vector<std::string>{text});
}

TEST_CASE_FIXTURE(Fixture, "A conversation hears messages one by one until the client has said all") {
  start();
  H2Client client(port());
  const int32_t stream = client.begin("/test/Talk", framed("a"), {}, true);
  CHECK(client.wait_for([&] { return client.so_far(stream).messages().size() == 1; }));
  client.say(stream, framed("b") + framed("c"));
  CHECK(client.wait_for([&] { return client.so_far(stream).messages().size() == 3; }));
  CHECK_FALSE(client.so_far(stream).closed);
  client.finish(stream);
  CHECK(client.answer(stream).status() == "0");
  CHECK(client.answer(stream).messages() == std::vector<std::string>{"a", "b", "c"});
  CHECK(eventually([&] { return seen.open == 0; }));
  CHECK(seen.gone == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "A conversation that does not answer gets no more, and then the client cannot send") {
  options.max_unanswered = 3;
  options.stream_window = 64 << 10;
  seen.answers = false;
  start();
  H2Client client(port());
  std::string many;
  for (int i = 0; i < 100; ++i) many += framed(std::string(10'000, 'm'));
  const int32_t stream = client.begin("/test/Talk", many, {}, true);
  CHECK(client.call("/test/Echo", framed("others are not held up")).status() == "0");
  CHECK(eventually([&] { return seen.heard == 3; }));
  CHECK(client.call("/test/Echo", framed("still not")).status() == "0");
  CHECK(seen.heard == 3);
  CHECK(client.unsaid(stream) > many.size() / 2);
  client.reset(stream);
  CHECK(eventually([&] { return seen.gone == 1 && seen.open == 0; }));
}

TEST_CASE_FIXTURE(Fixture, "A client that does not read stops its own conversation, and nothing is lost") {
  options.max_unsent = 50'000;
  start();
  H2Client client(port(), 5000);  // its window for answers
  std::string many;
  for (int i = 0; i < 60; ++i) many += framed(std::string(10'000, static_cast<char>('a' + i % 26)));
  const int32_t stream = client.begin("/test/Talk", many);
  const Answer& answer = client.answer(stream);
  CHECK(answer.status() == "0");
  CHECK(answer.body == many);
}

TEST_CASE_FIXTURE(Fixture, "A conversation that ends before the client does ends the call") {
  start();
  H2Client client(port());
  const int32_t stream = client.begin("/test/Talk", framed("x"), {{"grpc-timeout", "50m"}}, true);
  CHECK(client.answer(stream).status() == "4");
  CHECK(eventually([&] { return seen.gone == 1 && seen.open == 0; }));
}

TEST_CASE_FIXTURE(Fixture, "Stopping lets running calls end and takes no new ones") {
  Server& running = start();
  H2Client client(port());
  const int32_t stream = client.begin("/test/Later", framed("x"));
  Rpc& rpc = kept.wait();
  std::thread stopping([&] { running.stop(); });
  CHECK(client.wait_for([&] { return client.goaway.has_value(); }));
  CHECK(*client.goaway == NGHTTP2_NO_ERROR);
  CHECK_FALSE(client.so_far(stream).closed);
  rpc.reply() += "the last word";
  rpc.finish();
  CHECK(client.answer(stream).messages() == std::vector<std::string>{"the last word"});
  CHECK(client.closed());
  stopping.join();
  CHECK_FALSE(H2Client(port()).connected());
  running.stop();
}

TEST_CASE_FIXTURE(Fixture, "A client that only pings is sent away, one that calls between is not") {
  options.max_ping_strikes = 3;
  start();
  H2Client busy(port());
  for (int i = 0; i < 20; ++i) {
    busy.ping();
    CHECK(busy.call("/test/Echo", framed("x")).status() == "0");
  }
  CHECK(busy.pongs == 20);
  H2Client idle(port());
  for (int i = 0; i < 20; ++i) idle.ping();
  CHECK(idle.wait_for([&] { return idle.goaway.has_value(); }));
  CHECK(*idle.goaway == NGHTTP2_ENHANCE_YOUR_CALM);
  CHECK(idle.closed());
}

TEST_CASE_FIXTURE(Fixture, "Who says nothing, or no HTTP/2, is not waited for") {
  options.handshake_timeout = milliseconds(1);
  start();
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  char byte = 0;
  CHECK(::recv(socket, &byte, 1, 0) == 0);  // closed by the server
  ::close(socket);
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(other, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  CHECK(::send(other, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
  char room[256];
  while (::recv(other, room, sizeof room, 0) > 0) {
  }
  ::close(other);
  CHECK(eventually([&] { return server->stats().connections == 0; }));
}

TEST_CASE_FIXTURE(Fixture, "More connections than allowed are closed at once") {
  options.max_connections = 1;
  start();
  H2Client first(port());
  CHECK(first.call("/test/Echo", framed("x")).status() == "0");
  H2Client second(port());
  CHECK(second.closed());
  CHECK(first.call("/test/Echo", framed("x")).status() == "0");
}

TEST_CASE_FIXTURE(Fixture, "More calls at a time than allowed are refused by HTTP/2 and may be tried again") {
  options.max_streams = 2;
  start();
  H2Client client(port());
  CHECK(client.call("/test/Echo", framed("x")).status() == "0");  // its settings are known now
  const int32_t one = client.begin("/test/Later", framed("1"));
  const int32_t two = client.begin("/test/Later", framed("2"));
  const int32_t three = client.begin("/test/Echo", framed("3"));  // waits within the client
  Rpc& first = kept.wait();
  Rpc& second = kept.wait();
  first.finish();
  CHECK(client.answer(one).status() == "0");
  CHECK(client.answer(three).status() == "0");
  second.finish();
  CHECK(client.answer(two).status() == "0");
}

TEST_CASE_FIXTURE(Fixture, "Many threads may finish many calls") {
  options.threads = 2;
  start();
  constexpr int kCalls = 200;
  std::vector<std::thread> clients, workers;
  std::atomic<int> fine = 0;
  for (int c = 0; c < 3; ++c) {
    clients.emplace_back([&] {
      H2Client client(port());
      std::vector<int32_t> streams;
      for (int i = 0; i < kCalls; ++i)
        streams.push_back(client.begin("/test/Later", framed(std::to_string(i))));
      for (int i = 0; i < kCalls; ++i) {
        if (client.answer(streams[static_cast<size_t>(i)]).messages() ==
            std::vector<std::string>{std::to_string(i)}) {
          ++fine;
        }
      }
    });
  }
  for (int w = 0; w < 3; ++w) {
    workers.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) {
        Rpc& rpc = kept.wait();
        rpc.reply() += as_text(rpc.message());
        rpc.finish();
      }
    });
  }
  for (std::thread& thread : clients) thread.join();
  for (std::thread& thread : workers) thread.join();
  CHECK(fine == 3 * kCalls);
}

TEST_CASE("An address that is taken, and files that are not there, are named") {
  Fixture first;
  first.start();
  ServerOptions options;
  options.port = first.port();
  const auto taken = Server::start(options, {}, first.log);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().kind == ErrorKind::unavailable);
  CHECK(taken.error().what.find(std::to_string(options.port)) != std::string::npos);
  options = {};
  options.tls.certificate = "absent.pem";
  options.tls.key = "absent.pem";
  const auto no_files = Server::start(options, {}, first.log);
  REQUIRE_FALSE(no_files.has_value());
  CHECK(no_files.error().what.find("absent.pem") != std::string::npos);
}

}  // namespace oree::grpc
