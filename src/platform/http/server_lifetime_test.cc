// Deadlines, limits, event streams and the end of a server.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <latch>

#include "platform/http/testing/server_fixture.h"

using namespace oree;
using namespace oree::http;
using namespace oree::http::testing;

TEST_CASE_FIXTURE(Fixture, "AThousandSilentConnectionsDisturbNobody") {
  start();
  std::vector<RawClient> silent;
  for (int i = 0; i < 1000; ++i) silent.push_back(connect());
  auto client = connect();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(client.send(http_get("/quick") + http_get("/work?n=1")));
    CHECK(client.answer().body == "quick");
    CHECK(client.answer().body == "work 1");
  }
  CHECK(eventually([&] { return server->stats().connections == 1001; }));
  // Each still works; more of them than may keep their buffers, and more than once.
  for (int round = 0; round < 2; ++round) {
    for (auto& one : silent) REQUIRE(one.send(http_get("/quick")));
    for (auto& one : silent) CHECK(one.answer().body == "quick");
  }
  silent.clear();
  CHECK(eventually([&] { return server->stats().connections == 1; }));
}

TEST_CASE_FIXTURE(Fixture, "AServerWhoseWorkersHangDoesNotAnswerItselfAndABusyOneDoes") {
  options.workers = 1;
  options.max_queue = 1;
  std::latch entered(1), leave(1);
  get("/hang", false, [&](const Request&) {
    entered.count_down();
    leave.wait();
    return text(200, "late");
  });
  auto client = connect();
  CHECK(server->answers(std::chrono::seconds(20)));
  REQUIRE(client.send(http_get("/hang")));
  entered.wait();
  auto waiting = connect();
  REQUIRE(waiting.send(http_get("/work?n=1")));
  REQUIRE(eventually([&] { return server->stats().queued == 1; }));
  CHECK_FALSE(server->answers(milliseconds(30)));
  leave.count_down();
  CHECK(server->answers(std::chrono::seconds(20)));
  CHECK(client.answer().body == "late");
  CHECK(waiting.answer().body == "work 1");
}

TEST_CASE_FIXTURE(Fixture, "AHeaderThatDoesNotEndInTimeGets408") {
  options.header_timeout = milliseconds(20);
  auto client = connect();
  REQUIRE(client.send("GET /quick HT"));
  CHECK(client.answer().status == 408);
  CHECK(client.closed());
}

TEST_CASE_FIXTURE(Fixture, "AByteNowAndThenDoesNotProlongAHeader") {
  options.header_timeout = milliseconds(40);
  auto client = connect();
  std::jthread dribble([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && client.send("a")) std::this_thread::yield();
  });
  CHECK((client.answer().status == 408 || client.answer().status == 431));
}

TEST_CASE_FIXTURE(Fixture, "ABodyThatStopsComingGets408") {
  options.body_timeout = milliseconds(20);
  for (const auto* length : {"Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 500000"}) {
    auto client = connect();
    REQUIRE(client.send(cat("POST /echo HTTP/1.1\r\nHost: h\r\n", length, "\r\n\r\n2")));
    CHECK(client.answer().status == 408);
  }
}

TEST_CASE_FIXTURE(Fixture, "SilentConnectionsAreClosedWithoutAWord") {
  options.idle_timeout = milliseconds(20);
  auto fresh = connect();
  auto used = connect();
  REQUIRE(used.send(http_get("/quick")));
  CHECK(used.answer().body == "quick");
  CHECK(used.closed());
  CHECK(fresh.closed());
}

TEST_CASE_FIXTURE(Fixture, "AConnectionThatGaveItsBufferBackStillAnswers") {
  options.idle_timeout = milliseconds(60);  // the buffer goes after 30
  auto client = connect();
  for (int i = 0; i < 4; ++i) {
    REQUIRE(client.send(http_get("/quick")));
    REQUIRE(client.answer().body == "quick");
    const auto pause = std::chrono::steady_clock::now() + milliseconds(45);
    while (std::chrono::steady_clock::now() < pause) std::this_thread::yield();
    // Closed here only if this test itself was held up.
    if (server->stats().connections == 0) client = connect();
  }
}

TEST_CASE_FIXTURE(Fixture, "AClientThatNeverReadsItsAnswerIsLetGo") {
  options.body_timeout = milliseconds(20);
  get("/endless", true, [](const Request&) { return text(200, std::string(30'000'000, 'x')); });
  auto client = connect();
  REQUIRE(client.send(http_get("/endless")));
  CHECK(eventually([&] { return server->stats().requests == 1 && server->stats().connections == 0; }));
}

TEST_CASE_FIXTURE(Fixture, "OneConnectionTooManyGets503") {
  options.max_connections = 2;
  auto first = connect();
  auto second = connect();
  REQUIRE(eventually([&] { return server->stats().connections == 2; }));
  auto third = connect();
  CHECK(third.answer().status == 503);
  first.close();
  REQUIRE(eventually([&] { return server->stats().connections == 1; }));
  auto fourth = connect();
  REQUIRE(fourth.send(http_get("/quick")));
  CHECK(fourth.answer().body == "quick");
}

TEST_CASE_FIXTURE(Fixture, "AllBodiesTogetherStayWithinTheirMemory") {
  options.max_body_memory = 1000;
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n";
  for (int round = 0; round < 2; ++round) {
    auto first = connect();
    REQUIRE(first.send(head + "Expect: 100-continue\r\n\r\n"));
    REQUIRE_FALSE(first.read_until("\r\n\r\n").empty());
    auto second = connect();
    REQUIRE(second.send(head + "\r\nx"));
    CHECK(second.answer().status == 503);
    REQUIRE(first.send(std::string(900, 'x')));
    CHECK(first.answer().body.size() == 900);
  }
}

TEST_CASE_FIXTURE(Fixture, "RunsOutOfDescriptorsAndRecovers") {
  start();
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  // The client takes the last descriptor there is, so the server has none to accept it with.
  const int last = ::dup(0);
  ::close(last);
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(last) + 1, .rlim_max = before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  RawClient client(server->port());
  const bool noticed = eventually([&] { return log.contains("cannot accept a connection"); });
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(noticed);
  REQUIRE(client.send(http_get("/quick")));
  CHECK(client.answer().body == "quick");
}

namespace {

struct StreamFixture : Fixture {
  StreamFixture() {
    for (const bool quick : {true, false}) {
      get(quick ? "/quick-events" : "/events", quick, [this](const Request&) {
        Response response;
        response.on_stream = [this](std::shared_ptr<EventStream> given) {
          const std::lock_guard lock(mutex);
          stream = std::move(given);
        };
        return response;
      });
    }
  }
  std::shared_ptr<EventStream> opened() {
    std::shared_ptr<EventStream> got;
    REQUIRE(eventually([&] {
      const std::lock_guard lock(mutex);
      got = std::exchange(stream, nullptr);
      return got != nullptr;
    }));
    return got;
  }

  std::mutex mutex;
  std::shared_ptr<EventStream> stream;
};

}  // namespace

TEST_CASE_FIXTURE(StreamFixture, "EventsReachTheClientAndItsLeavingIsNoticed") {
  for (const auto* path : {"/events", "/quick-events"}) {
    auto client = connect();
    REQUIRE(client.send(http_get(path)));
    const auto events = opened();
    const std::string head = client.read_until("\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 200"));
    CHECK(head.contains("Content-Type: text/event-stream\r\n"));
    CHECK(events->send("verdict", "1", "{\"ok\":true}"));
    CHECK(client.read_until("\n\n") == "id: 1\nevent: verdict\ndata: {\"ok\":true}\n\n");
    for (int i = 0; i < 100; ++i) CHECK(events->send("", "", cat(i)));
    for (int i = 0; i < 100; ++i) CHECK(client.read_until("\n\n") == cat("data: ", i, "\n\n"));
    CHECK(server->stats().event_streams == 1);
    client.close();
    CHECK(eventually([&] { return !events->open(); }));
    CHECK_FALSE(events->send("", "", "late"));
    CHECK(eventually([&] { return server->stats().event_streams == 0; }));
  }
}

TEST_CASE_FIXTURE(StreamFixture, "AClientThatDoesNotReadLosesTheOldestEvents") {
  options.event_queue = 4;
  auto client = connect();
  REQUIRE(client.send(http_get("/events")));
  const auto events = opened();
  const std::string long_data(100'000, 'x');
  REQUIRE(eventually([&] {
    events->send("", "", long_data);
    return events->dropped() > 100;
  }));
  CHECK(events->send("last", "", ""));
  CHECK_FALSE(client.read_until("event: last\ndata: \n\n").empty());
}

TEST_CASE_FIXTURE(StreamFixture, "HeadOfAStreamOpensNone") {
  auto client = connect();
  REQUIRE(client.send("HEAD /events HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(client.answer(true).status == 200);
  CHECK(server->stats().event_streams == 0);
}

TEST_CASE_FIXTURE(StreamFixture, "AStreamMayOutliveTheServer") {
  auto client = connect();
  REQUIRE(client.send(http_get("/events")));
  const auto events = opened();
  server->stop();
  CHECK_FALSE(events->open());
  server.reset();
  CHECK_FALSE(events->send("", "", "late"));
  client.rest();
  CHECK(client.closed());
}

TEST_CASE_FIXTURE(Fixture, "StopLetsRunningHandlersFinishAndTurnsWaitingOnesAway") {
  std::latch busy(1);
  std::latch release(1);
  get("/block", false, [&](const Request&) {
    busy.count_down();
    release.wait();
    return text(200, std::string(5'000'000, 'x'));
  });
  options.workers = 1;
  auto running = connect();
  auto waiting = connect();
  auto idle = connect();
  auto half = connect();
  REQUIRE(half.send("GET /qui"));
  REQUIRE(running.send(http_get("/block") + http_get("/quick")));
  busy.wait();
  REQUIRE(waiting.send(http_get("/work")));
  REQUIRE(eventually([&] { return server->stats().queued == 1; }));
  std::jthread stopper([&] { server->stop(); });
  CHECK(idle.closed());
  CHECK(half.closed());
  release.count_down();
  CHECK(running.answer().body.size() == 5'000'000);
  CHECK(running.closed());
  CHECK(waiting.answer().status == 503);
  stopper.join();
  CHECK(server->stats().connections == 0);
  CHECK_FALSE(RawClient(server->port()).connected());
  server->stop();
}

TEST_CASE_FIXTURE(Fixture, "AStoppedServersPortIsFreeAtOnce") {
  start();
  server.reset();
  start();
  const uint16_t port = server->port();
  // The server closes first, so its side of the connection outlives it for a minute (TIME-WAIT).
  auto client = connect();
  REQUIRE(client.send(http_get("/quick", "Connection: close\r\n")));
  CHECK(client.answer().status == 200);
  CHECK(client.closed());
  server.reset();
  // The port is free again at once.
  options.port = port;
  start();
  CHECK(server->port() == port);
}

TEST_CASE("AHandlerThatWorksLongHearsThatItsClientHasGone") {
  Fixture fixture;
  std::atomic<bool> started = false;
  std::atomic<bool> stayed = false;
  std::atomic<bool> heard = false;
  fixture.get("/long", false, [&](const Request& request) {
    stayed = !request.client_gone();
    started = true;
    heard = eventually([&] { return request.client_gone(); });
    return text(200, "late");
  });
  auto client = fixture.connect();
  client.send(http_get("/long"));
  CHECK(eventually([&] { return started.load(); }));
  client.close();
  CHECK(eventually([&] { return heard.load(); }));
  CHECK(stayed);
}
