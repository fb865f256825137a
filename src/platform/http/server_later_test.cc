// Answers that come after their handler has returned.
#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <thread>

#include "platform/http/testing/server_fixture.h"

using namespace oree;
using namespace oree::http;
using namespace oree::http::testing;

namespace {

// GET /later, and POST /inline-later on the I/O thread, are answered by whoever takes them from `waiting`.
struct LaterFixture : Fixture {
  LaterFixture() {
    get("/later", false, [this](const Request&) { return parked(); });
    post("/inline-later", true, [this](const Request&) { return parked(); });
  }
  Response parked() {
    Response response;
    response.on_later = [this](std::shared_ptr<LaterAnswer> later) {
      {
        const std::lock_guard lock(mutex);
        waiting.push_back(std::move(later));
      }
      came.notify_all();
    };
    return response;
  }
  std::shared_ptr<LaterAnswer> take() {
    std::unique_lock lock(mutex);
    REQUIRE(came.wait_for(lock, std::chrono::seconds(10), [&] { return !waiting.empty(); }));
    auto later = std::move(waiting.front());
    waiting.pop_front();
    return later;
  }

  std::mutex mutex;
  std::condition_variable came;
  std::deque<std::shared_ptr<LaterAnswer>> waiting;
  std::string_view seen;
};

}  // namespace

TEST_CASE_FIXTURE(LaterFixture, "AnswersWhenSomebodyElseKnows") {
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.send(http_get("/later")));
    const auto later = take();
    CHECK(later->open());
    later->answer(text(200, cat("answer ", i)));
    later->answer(text(200, "too late"));
    CHECK(client.answer().body == cat("answer ", i));
    CHECK_FALSE(later->open());
    REQUIRE(client.send(http_get("/work?n=1")));
    CHECK(client.answer().body == "work 1");
  }
}

TEST_CASE_FIXTURE(LaterFixture, "MoreMayWaitThanThereAreWorkers") {
  options.max_queue = 200;
  std::vector<RawClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(connect());
    REQUIRE(clients.back().send(http_get("/later")));
  }
  std::vector<std::shared_ptr<LaterAnswer>> all;
  for (int i = 0; i < 200; ++i) all.push_back(take());
  auto other = connect();
  REQUIRE(other.send(http_get("/work?n=2")));
  CHECK(other.answer().body == "work 2");
  std::thread answering([&] {
    for (const auto& later : all) later->answer(text(200, "now"));
  });
  for (auto& client : clients) CHECK(client.answer().body == "now");
  answering.join();
}

TEST_CASE_FIXTURE(LaterFixture, "KnowsThatTheClientHasGone") {
  auto client = connect();
  REQUIRE(client.send(http_get("/later")));
  const auto later = take();
  client.close();
  CHECK(eventually([&] { return !later->open(); }));
  later->answer(text(200, "nobody hears"));
  CHECK(eventually([&] { return server->stats().connections == 0; }));
}

// News of the second piece may come after it was read with the first.
TEST_CASE_FIXTURE(LaterFixture, "ARequestInPiecesIsNotAClientThatHasGone") {
  auto client = connect();
  auto other = connect();
  const std::string request = http_post("/inline-later", std::string(4000, 'x'));
  int answered = 0;
  for (; answered < 5000; ++answered) {
    REQUIRE(client.send(request.substr(0, 100)));
    REQUIRE(client.send(request.substr(100)));
    const auto later = take();
    REQUIRE(other.send(http_get("/work?n=1")));  // meanwhile the news is heard
    REQUIRE(other.answer().status == 200);
    if (!later->open()) break;
    later->answer(text(200, "here"));
    if (client.answer().body != "here") break;
  }
  CHECK(answered == 5000);
}

TEST_CASE_FIXTURE(LaterFixture, "WhatFollowsWaitsForItsTurn") {
  auto client = connect();
  REQUIRE(client.send(cat(http_get("/later"), http_get("/quick"), http_get("/later"))));
  take()->answer(text(200, "first"));
  CHECK(client.answer().body == "first");
  CHECK(client.answer().body == "quick");
  take()->answer(text(200, "third"));
  CHECK(client.answer().body == "third");
}

TEST_CASE_FIXTURE(LaterFixture, "DroppedUnansweredItIsA503") {
  auto client = connect();
  REQUIRE(client.send(http_get("/later")));
  take().reset();
  CHECK(client.answer().status == 503);
}

TEST_CASE_FIXTURE(LaterFixture, "MayOutliveTheServer") {
  auto client = connect();
  REQUIRE(client.send(http_get("/later")));
  const auto later = take();
  server.reset();
  CHECK(client.closed());
  CHECK_FALSE(later->open());
  later->answer(text(200, "nobody hears"));
}

TEST_CASE_FIXTURE(LaterFixture, "AnInlineHandlerMayAnswerLater") {
  get("/inline-later", true, [this](const Request& request) {
    Response response;
    response.on_later = [this, body = std::string_view(request.query)](std::shared_ptr<LaterAnswer> later) {
      {
        const std::lock_guard lock(mutex);
        seen = body;
        waiting.push_back(std::move(later));
      }
      came.notify_all();
    };
    return response;
  });
  auto client = connect();
  REQUIRE(client.send(http_get("/inline-later?some=where")));
  take()->answer(text(200, "later"));
  CHECK(client.answer().body == "later");
}

TEST_CASE_FIXTURE(LaterFixture, "TheRequestStaysForWhoeverAnswersThoughTheClientHasGone") {
  get("/inline-later", true, [this](const Request& request) {
    Response response;
    response.on_later = [this, body = std::string_view(request.query)](std::shared_ptr<LaterAnswer> later) {
      {
        const std::lock_guard lock(mutex);
        seen = body;
        waiting.push_back(std::move(later));
      }
      came.notify_all();
    };
    return response;
  });
  std::shared_ptr<LaterAnswer> later;
  {
    auto client = connect();
    REQUIRE(client.send(http_get("/inline-later?a-long-enough-query-for-its-own-memory")));
    later = take();
  }
  while (later->open()) std::this_thread::yield();
  CHECK(seen == "a-long-enough-query-for-its-own-memory");
}
