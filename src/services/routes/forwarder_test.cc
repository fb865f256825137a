#include "services/routes/forwarder.h"

#include <doctest/doctest.h>

#include <atomic>
#include <random>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/files/testing/fake_disk.h"
#include "services/routes/pump.h"

namespace oree::routes {
namespace {

using files::testing::FakeDisk;
using std::chrono::hours;
using std::chrono::seconds;

const Sink kUpstream{};

struct Hub {
  FakeDisk disk;
  NullLog log;
  std::vector<RouteText> routes{{"all", "FROM /* INTO $upstream"}};
  ForwarderOptions options{.max_bytes = 4 << 20, .segment_bytes = 64 << 10, .min_free = 0};
  std::mt19937_64 random{5};
  std::unique_ptr<Forwarder> forwarder;
  microseconds now = hours(24 * 365 * 50);

  void open() {
    forwarder.reset();
    auto table = RouteTable::parse(routes);
    REQUIRE(table);
    auto opened =
        Forwarder::open("/data/queues", std::move(*table), options, disk, log, [this] { return random(); });
    if (!opened) FAIL(opened.error().what);
    forwarder = std::move(*opened);
  }
  Result<size_t> accept(std::string_view id, Properties properties = {}) {
    return forwarder->accept({"/messages", std::move(properties), {}, {}}, id, as_bytes(id), now);
  }
  std::vector<std::string> take(const Sink& sink = kUpstream) {
    REQUIRE(forwarder->flush());
    const auto batch = forwarder->next_batch(sink, now);
    REQUIRE(batch);
    std::vector<std::string> ids;
    if (*batch) {
      for (const Outgoing& message : (*batch)->messages) ids.push_back(message.id);
    }
    return ids;
  }
  void lose_power() {
    disk.lose_power_after(0);
    forwarder.reset();
    disk.restore_power();
    open();
  }
  QueueStats queue(size_t i = 0) const { return forwarder->stats().queues.at(i); }
};

using Ids = std::vector<std::string>;

TEST_CASE("MessagesAreSentInOrderAndAgainUntilTheyArrive") {
  Hub hub;
  hub.options.batch = 2;
  hub.open();
  for (const char* id : {"a", "b", "c"}) REQUIRE(hub.accept(id).value() == 1);
  CHECK(hub.take() == Ids{"a", "b"});
  CHECK(hub.take().empty());  // somebody is sending
  hub.forwarder->delivered(kUpstream, 1, hub.now);
  hub.forwarder->failed(kUpstream, {ErrorKind::unavailable, "gone"}, hub.now);
  CHECK(hub.take().empty());  // too early
  hub.now = hub.forwarder->due(kUpstream);
  CHECK(hub.take() == Ids{"b", "c"});
  hub.forwarder->delivered(kUpstream, 2, hub.now);
  CHECK(hub.take().empty());
  CHECK(hub.queue().delivered == 3);
  CHECK(hub.queue().failures == 1);
  CHECK(hub.queue().waiting == 0);
}

TEST_CASE("TheBackOffDoublesWithJitterUpToItsLimitAndEndsWithSuccess") {
  Hub hub;
  hub.open();
  REQUIRE(hub.accept("a"));
  microseconds expected = seconds(1);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(hub.take() == Ids{"a"});
    hub.forwarder->failed(kUpstream, {ErrorKind::timeout, "slow"}, hub.now);
    const microseconds wait = hub.forwarder->due(kUpstream) - hub.now;
    CHECK(wait >= expected / 2);
    CHECK(wait <= expected);
    hub.now += wait;
    expected = std::min<microseconds>(expected * 2, seconds(60));
  }
  REQUIRE(hub.take() == Ids{"a"});
  hub.forwarder->delivered(kUpstream, 1, hub.now);
  CHECK(hub.forwarder->due(kUpstream) <= hub.now);
}

TEST_CASE("TheMostUrgentPriorityGoesFirstAndBatchesAreNotMixed") {
  Hub hub;
  hub.routes = {{"late", "FROM /* INTO $upstream", 5}, {"soon", "FROM /* WHERE u = '1' INTO $upstream", 0}};
  hub.options.batch = 3;
  hub.open();
  for (int i = 0; i < 4; ++i) REQUIRE(hub.accept(cat("late", i)));
  CHECK(hub.take() == Ids{"late0", "late1", "late2"});
  REQUIRE(hub.accept("soon0", {{"u", "1"}}));
  hub.forwarder->delivered(kUpstream, 3, hub.now);
  CHECK(hub.take() == Ids{"soon0"});
  hub.forwarder->delivered(kUpstream, 1, hub.now);
  CHECK(hub.take() == Ids{"late3"});
}

TEST_CASE("WhatIsTooOldIsDroppedAndCountedAndTheRestIsSent") {
  Hub hub;
  hub.routes = {{"short", "FROM /* WHERE s = '1' INTO $upstream", 1, seconds(10)},
                {"long", "FROM /* WHERE s = '2' INTO $upstream", 1, seconds(-1)}};
  hub.open();
  REQUIRE(hub.accept("a", {{"s", "1"}}));
  REQUIRE(hub.accept("b", {{"s", "2"}}));
  REQUIRE(hub.accept("c", {{"s", "1"}}));
  CHECK(hub.accept("nowhere").value() == 0);
  hub.now += seconds(5);
  REQUIRE(hub.accept("d", {{"s", "1"}}));
  hub.now += seconds(5);
  CHECK(hub.take() == Ids{"b", "d"});
  CHECK(hub.queue().expired == 2);
  CHECK(hub.forwarder->stats().no_route == 1);
  hub.forwarder->delivered(kUpstream, 2, hub.now);
  hub.now += hours(24 * 300);
  CHECK(hub.take().empty());
}

TEST_CASE("NothingIsLostWhenThePowerGoesAndWhatWasSyncedIsNotSentAgain") {
  Hub hub;
  hub.open();
  for (int i = 0; i < 30; ++i) REQUIRE(hub.accept(cat(i)));
  REQUIRE(hub.take().size() == 10);
  hub.forwarder->delivered(kUpstream, 10, hub.now);
  REQUIRE(hub.forwarder->sync());
  REQUIRE(hub.take().size() == 10);
  hub.forwarder->delivered(kUpstream, 10, hub.now);
  hub.lose_power();
  const Ids first = hub.take();
  REQUIRE(first.size() == 10);
  CHECK((first[0] == "10" || first[0] == "20"));  // the second batch may come again, with the same ids
  CHECK(hub.queue().waiting >= 10);
}

TEST_CASE("AMessageThatIsRefusedForGoodDoesNotBlockTheOthers") {
  Hub hub;
  hub.open();
  for (const char* id : {"a", "bad", "c"}) REQUIRE(hub.accept(id));
  REQUIRE(hub.take().size() == 3);
  hub.forwarder->delivered(kUpstream, 1, hub.now);
  hub.forwarder->failed(kUpstream, {ErrorKind::invalid, "400"}, hub.now);
  CHECK(hub.take() == Ids{"c"});
  CHECK(hub.queue().refused == 1);
}

TEST_CASE("TheCapRefusesUntilThereIsRoomAndOldMessagesMakeRoom") {
  Hub hub;
  hub.options.max_bytes = 512 << 10;
  hub.routes[0].ttl = seconds(100);
  hub.open();
  const std::string body(1000, 'x');
  uint64_t accepted = 0;
  const auto put = [&] {
    return hub.forwarder->accept({"/messages", {}, {}, {}}, cat(accepted), as_bytes(body), hub.now);
  };
  Result<size_t> status = 0;
  while ((status = put())) ++accepted;
  CHECK(status.error().kind == ErrorKind::full);
  CHECK(status.error().what.starts_with("$upstream: "));
  CHECK(accepted > 300);
  CHECK(hub.disk.used_bytes() <= (512 << 10) + 100);
  REQUIRE(hub.forwarder->flush());
  hub.now += seconds(100);
  CHECK(put());
  CHECK(hub.queue().expired == accepted);
}

TEST_CASE("QueuesThatAnEarlierTableFilledAreStillEmptied") {
  Hub hub;
  hub.open();
  REQUIRE(hub.accept("old"));
  hub.routes = {{"t", "FROM /* INTO Table(\"t\")"}};
  hub.open();
  REQUIRE(hub.accept("new"));
  CHECK(hub.forwarder->sinks().size() == 2);
  CHECK(hub.take() == Ids{"old"});
  CHECK(hub.take({Sink::Kind::table, "t"}) == Ids{"new"});
}

TEST_CASE("ThePumpDeliversFromManyThreadsAndSurvivesAFailingEndpoint") {
  Hub hub;
  hub.routes = {{"a", "FROM /* INTO Table(\"t\")"}, {"b", "FROM /* INTO Topic(\"x\")"}};
  hub.options.back_off_first = microseconds(1);
  hub.options.back_off_most = microseconds(10);
  hub.open();
  const SystemClock clock;
  const SteadyWall time(clock);
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Ids> got;
  std::atomic<int> calls{0};
  const auto endpoint = [&] {
    return std::make_unique<CallbackEndpoint>([&](const Batch& batch) -> Status {
      if (++calls % 3 == 0) return fail(ErrorKind::unavailable, "not now");
      const std::lock_guard lock(mutex);
      for (const Outgoing& message : batch.messages) got[batch.sink.name].push_back(message.id);
      changed.notify_all();
      return {};
    });
  };
  Ids expected;
  {
    std::vector<std::pair<Sink, std::unique_ptr<Endpoint>>> endpoints;
    for (const Sink& sink : hub.forwarder->sinks()) endpoints.emplace_back(sink, endpoint());
    Pump pump(*hub.forwarder, time, std::move(endpoints));
    for (int i = 0; i < 500; ++i) {
      expected.push_back(cat(i));
      REQUIRE(hub.forwarder->accept({"/messages", {}, {}, {}}, expected.back(), {}, time.now()));
    }
    REQUIRE(hub.forwarder->flush());
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return got["t"].size() == 500 && got["x"].size() == 500; });
  }
  CHECK(got["t"] == expected);
  CHECK(got["x"] == expected);
}

TEST_CASE("TheTimeOfTheQueuesDoesNotJumpWithTheWallClock") {
  oree::testing::FakeClock clock;
  const SteadyWall time(clock);
  const microseconds before = time.now();
  CHECK(before == clock.wall().time_since_epoch());
  clock.jump(hours(24 * 365));
  CHECK(time.now() == before);
  clock.jump(-hours(24 * 800));
  clock.advance(seconds(5));
  CHECK(time.now() == before + seconds(5));
}

}  // namespace
}  // namespace oree::routes
