#include "platform/http/server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>

#include "platform/http/testing/server_fixture.h"

using namespace oree;
using namespace oree::http;
using namespace oree::http::testing;

TEST_CASE_FIXTURE(Fixture, "AnswersOnTheIoThreadAndOnWorkersOverOneConnection") {
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.send(http_get("/quick")));
    CHECK(client.answer().body == "quick");
    REQUIRE(client.send(http_get(cat("/work?n=", i))));
    CHECK(client.answer().body == cat("work ", i));
    REQUIRE(client.send(http_post("/work", "hello")));
    CHECK(client.answer().body == "hello");
  }
  CHECK(server->stats().requests == 9);
  CHECK(server->stats().connections == 1);
  client.close();
  CHECK(eventually([&] { return server->stats().connections == 0; }));
}

TEST_CASE_FIXTURE(Fixture, "AnswersPipelinedRequestsInTheirOrder") {
  auto client = connect();
  REQUIRE(client.send(
      cat(http_get("/work?n=1"), http_get("/quick"), http_post("/echo", "x"), http_get("/work?n=2"))));
  CHECK(client.answer().body == "work 1");
  CHECK(client.answer().body == "quick");
  CHECK(client.answer().body == "x");
  CHECK(client.answer().body == "work 2");
}

TEST_CASE_FIXTURE(Fixture, "AnswersThousandsOfPipelinedRequests") {
  auto client = connect();
  std::string all;
  for (int i = 0; i < 3000; ++i) all += http_get("/items/7");
  std::thread sender([&] { CHECK(client.send(all)); });
  int answered = 0;
  while (answered < 3000 && client.answer().body == "7") ++answered;
  sender.join();
  CHECK(answered == 3000);
}

TEST_CASE_FIXTURE(Fixture, "ReadsARequestThatComesByteByByte") {
  auto client = connect();
  for (const char c : http_post("/work", "hello")) REQUIRE(client.send(std::string_view(&c, 1)));
  CHECK(client.answer().body == "hello");
}

TEST_CASE_FIXTURE(Fixture, "ForgetsAClientThatLeavesHalfwayThrough") {
  for (const std::string& whole : {http_get("/quick"), http_post("/work", "hello")}) {
    auto client = connect();
    REQUIRE(client.send(whole.substr(0, whole.size() - 2)));
    client.close();
  }
  CHECK(eventually([&] { return server->stats().connections == 0; }));
  CHECK(server->stats().requests == 0);
}

TEST_CASE_FIXTURE(Fixture, "ReadsChunkedAndLongBodies") {
  auto client = connect();
  REQUIRE(client.send("POST /work HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"));
  REQUIRE(client.send("2\r\nlo\r\n0\r\n\r\n"));
  CHECK(client.answer().body == "hello");
  std::string big(3'000'000, 'a');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
  for (const auto* path : {"/work", "/echo"}) {
    std::thread sender([&] { CHECK(client.send(http_post(path, big) + http_get("/quick"))); });
    CHECK(client.answer().body == big);
    CHECK(client.answer().body == "quick");
    sender.join();
  }
}

TEST_CASE_FIXTURE(Fixture, "RefusesWhatItCannotReadAndCloses") {
  const auto status = [&](std::string_view bytes) {
    auto client = connect();
    REQUIRE(client.send(bytes));
    const Response answer = client.answer();
    CHECK(field(answer, "Connection") == "close");
    CHECK(client.closed());
    return answer.status;
  };
  options.max_body_bytes = 1000;
  const std::string chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n";
  CHECK(status("nonsense\r\n\r\n") == 400);
  CHECK(status(cat(chunked, "\r\nzzzzz\r\n")) == 400);
  CHECK(status(cat(chunked, "Content-Length: 3\r\n\r\n")) == 400);
  CHECK(status(cat(chunked, "\r\n1;", std::string(20'000, 'x'))) == 400);
  CHECK(status("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\nabc") == 413);
  CHECK(status(http_get("/quick", cat("A: ", std::string(17'000, 'a'), "\r\n"))) == 431);
  CHECK(status(cat("GET /", std::string(40'000, 'a'))) == 431);
  CHECK(status(http_get("/../etc/passwd")) == 400);
  CHECK(status("GET / HTTP/3.0\r\nHost: h\r\n\r\n") == 505);
  CHECK(server->stats().requests == 0);
}

TEST_CASE_FIXTURE(Fixture, "ARefusalArrivesThoughTheClientIsStillSending") {
  options.max_body_bytes = 1000;
  auto client = connect();
  REQUIRE(client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nxxx"));
  CHECK(client.answer().status == 413);
  // Read over, not reset: some systems throw away an answer that a reset follows.
  for (int i = 0; i < 100; ++i) REQUIRE(client.send(std::string(10'000, 'x')));
}

TEST_CASE_FIXTURE(Fixture, "TellsUnknownPathsFromUnknownMethods") {
  auto client = connect();
  REQUIRE(client.send(http_get("/none") + http_post("/quick", "body") + http_get("/quick")));
  Response answer = client.answer();
  CHECK(answer.status == 404);
  CHECK(answer.body == R"({"error":"nothing is served at /none"})");
  answer = client.answer();
  CHECK(answer.status == 405);
  CHECK(field(answer, "Allow") == "GET, HEAD");
  CHECK(client.answer().body == "quick");
}

TEST_CASE_FIXTURE(Fixture, "AnswersHeadWithTheLengthAlone") {
  auto client = connect();
  REQUIRE(client.send("HEAD /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
  const Response head = client.answer(true);
  CHECK(head.status == 200);
  CHECK(field(head, "Content-Length") == "5");
  REQUIRE(client.send("HEAD /none HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(client.answer(true).status == 404);
  REQUIRE(client.send(http_get("/quick")));
  CHECK(client.answer().body == "quick");
}

TEST_CASE_FIXTURE(Fixture, "SpeaksWithHttp10Clients") {
  auto client = connect();
  REQUIRE(client.send("GET /quick HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  Response answer = client.answer();
  CHECK(answer.body == "quick");
  CHECK(field(answer, "Connection") == "keep-alive");
  REQUIRE(client.send("GET /work HTTP/1.0\r\n\r\n"));
  CHECK(client.answer().body == "work ");
  CHECK(client.closed());
}

TEST_CASE_FIXTURE(Fixture, "LetsTheClientSendItsBodyWhenItAsksFirst") {
  auto client = connect();
  const std::string whole = http_post("/echo", "hello", "Expect: 100-continue\r\n");
  REQUIRE(client.send(whole.substr(0, whole.size() - 5)));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.send("hello"));
  CHECK(client.answer().body == "hello");
  // Not when the body came along.
  REQUIRE(client.send(whole));
  CHECK(client.read_until("\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE_FIXTURE(Fixture, "AHandlerThatThrowsGives500AndALine") {
  get("/bad", true, [](const Request&) -> Response { throw std::runtime_error("boom"); });
  get("/worse", false, [](const Request&) -> Response { throw 7; });
  auto client = connect();
  REQUIRE(client.send(http_get("/bad") + http_get("/worse") + http_get("/quick")));
  CHECK(client.answer().status == 500);
  const Response worse = client.answer();
  CHECK(worse.status == 500);
  CHECK_FALSE(worse.body.contains("boom"));
  CHECK(client.answer().status == 200);
  CHECK(log.contains("GET /bad: the handler threw: boom"));
  CHECK(log.contains("GET /worse"));
}

TEST_CASE_FIXTURE(Fixture, "AFullQueueAnswers503AndLosesNothing") {
  std::latch release(1);
  std::latch busy(1);
  get("/block", false, [&](const Request&) {
    busy.count_down();
    release.wait();
    return text(200, "done");
  });
  options.workers = 1;
  options.max_queue = 1;
  auto running = connect();
  REQUIRE(running.send(http_get("/block")));
  busy.wait();
  auto waiting = connect();
  REQUIRE(waiting.send(http_get("/work?n=1")));
  REQUIRE(eventually([&] { return server->stats().queued == 1; }));
  auto rejected = connect();
  REQUIRE(rejected.send(http_get("/work?n=2") + http_get("/quick")));
  const Response answer = rejected.answer();
  CHECK(answer.status == 503);
  CHECK(field(answer, "Retry-After") == "1");
  CHECK(answer.body.contains("1 requests wait"));
  CHECK(rejected.answer().body == "quick");
  CHECK(server->stats().rejected == 1);
  release.count_down();
  CHECK(running.answer().body == "done");
  CHECK(waiting.answer().body == "work 1");
}

TEST_CASE_FIXTURE(Fixture, "TheErrorPageIsTheOwnersIfThereIsOne") {
  options.error_page = [](int status, std::string_view what, const Request& request) {
    if (status == 405) throw std::runtime_error("broken page");
    return text(status, cat("page ", status, " ", request.method, " ", what));
  };
  auto client = connect();
  REQUIRE(client.send(http_get("/none") + http_post("/quick", "") + "nonsense\r\n\r\n"));
  CHECK(client.answer().body == "page 404 GET nothing is served at /none");
  CHECK(client.answer().status == 405);
  CHECK(log.contains("broken page"));
  CHECK(client.answer().body.starts_with("page 400"));
}

TEST_CASE_FIXTURE(Fixture, "SendsBorrowedMemoryToASlowReaderAndLetsItGo") {
  auto memory = std::make_shared<std::string>(8'000'000, 'm');
  const std::weak_ptr<std::string> watch = memory;
  get("/big", false, [&](const Request&) {
    Response response;
    response.borrowed = as_bytes(*memory);
    response.keep = memory;
    memory.reset();
    return response;
  });
  auto client = connect();
  REQUIRE(client.send(http_get("/big") + http_get("/quick")));
  REQUIRE(eventually([&] { return server->stats().requests == 1; }));
  const Response answer = client.answer();
  CHECK(answer.body == std::string(8'000'000, 'm'));
  CHECK(client.answer().body == "quick");
  CHECK(eventually([&] { return watch.expired(); }));
}

TEST_CASE_FIXTURE(Fixture, "SaysWhoIsCalling") {
  get("/peer", true, [](const Request& r) { return text(200, r.peer); });
  auto client = connect();
  REQUIRE(client.send(http_get("/peer")));
  CHECK(client.answer().body.starts_with("127.0.0.1:"));
}

TEST_CASE_FIXTURE(Fixture, "ManyClientsAtOnceGetTheirOwnAnswers") {
  options.workers = 4;
  options.max_queue = 1000;
  start();
  std::atomic<int> right = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawClient client(server->port());
      for (int i = 0; i < 50; ++i) {
        const std::string mine = cat(t, "-", i);
        if (client.send(http_post(i % 3 == 0 ? "/echo" : "/work", mine)) && client.answer().body == mine)
          ++right;
      }
    });
  }
  threads.clear();
  CHECK(right == 400);
}

TEST_CASE("ATakenPortIsNamedAndABadAddressRefused") {
  NullLog log;
  const Router router;
  const auto first = Server::start({}, router, log);
  REQUIRE(first);
  const auto second = Server::start({.port = (*first)->port()}, router, log);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::unavailable);
  CHECK(second.error().what.contains(cat((*first)->port())));
  CHECK(second.error().what.contains("another port"));
  const auto bad = Server::start({.address = "nowhere"}, router, log);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::invalid);
}
