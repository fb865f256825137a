#include "services/events/subscriber.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::events {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Script {
  std::function<Outcome(std::span<const Event>)> deliver;
  std::function<Status()> shake = [] { return Status(); };
  size_t batch = 1;
  size_t calls = 0;
  std::vector<std::string> arrived;  // ids, of what was accepted
};

class ScriptedSink final : public Sink {
 public:
  explicit ScriptedSink(Script& script) : script_(script) {}
  Outcome deliver(std::span<const Event> events) override {
    ++script_.calls;
    const Outcome outcome = script_.deliver(events);
    for (const Event& event : events) {
      if (outcome.delivered()) script_.arrived.push_back(event.id);
    }
    return outcome;
  }
  size_t batch() const override { return script_.batch; }
  Status shake_hands() override { return script_.shake(); }

 private:
  Script& script_;
};

Outcome answered(int status) {
  return {.status = status, .what = cat("answered ", status), .timed_out = false, .retry_after = {}};
}

struct Hall {
  fs::path folder = fs::temp_directory_path() / cat("oree-events-", crypto::new_uuid(1));
  testing::FakeClock clock;
  NullLog log;
  std::unique_ptr<EventStore> store;
  int64_t taken = 0;

  Hall() {
    fs::create_directories(folder);
    reopen();
  }
  ~Hall() { fs::remove_all(folder); }
  void reopen() {
    store.reset();
    auto opened = EventStore::open(folder / "events.db");
    REQUIRE(opened);
    store = *std::move(opened);
  }
  void happen(int count) {
    std::vector<Event> events;
    for (int i = 0; i < count; ++i)
      events.push_back(
          {cat("e", ++taken), "T", "/s", cat("orders/", taken), clock.wall(), json::Object{{"n", taken}}});
    REQUIRE(store->take(events, taken));
  }
  std::unique_ptr<Subscriber> subscribe(Script& script, SubscriberPlan plan = {"team", {}, {}}) {
    auto made = Subscriber::open(
        std::move(plan), std::make_unique<ScriptedSink>(script), *store, clock, [] { return 0.0; }, log);
    REQUIRE(made);
    return *std::move(made);
  }
  // Turns the clock to whatever comes next, until `until`.
  void play(Subscriber& subscriber, microseconds until) {
    const WallTime end = clock.wall() + until;
    while (clock.wall() <= end) {
      const auto rest = subscriber.step();
      clock.advance(std::max<microseconds>(rest, milliseconds(1)));
    }
  }
};

TEST_CASE("WhatHappensAfterSubscribingArrivesOnceInOrder") {
  Hall hall;
  hall.happen(3);
  Script script{.deliver = [](auto) { return answered(200); }};
  auto subscriber = hall.subscribe(script);
  hall.happen(1200);
  while (subscriber->step() == microseconds(0)) {
  }
  REQUIRE(script.arrived.size() == 1200);
  CHECK(script.arrived.front() == "e4");
  CHECK(std::ranges::is_sorted(script.arrived, {},
                               [](const auto& id) { return parse_number<int>(id.substr(1)).value(); }));
  CHECK(subscriber->status().delivered == 1200);
  CHECK(subscriber->status().waiting == 0);
}

TEST_CASE("AFailureIsTriedAgainAtTheTablesTimesAndThenArrives") {
  Hall hall;
  std::vector<WallTime> at;
  Script script{.deliver = [&](auto) {
    at.push_back(hall.clock.wall());
    return answered(at.size() <= 3 ? 500 : 200);
  }};
  auto subscriber = hall.subscribe(script);
  hall.happen(1);
  hall.play(*subscriber, minutes(10));
  REQUIRE(at.size() == 4);
  CHECK(at[1] - at[0] == seconds(10));
  CHECK(at[2] - at[1] == seconds(30));
  CHECK(at[3] - at[2] == minutes(1));
  CHECK(subscriber->status().delivered == 1);
}

TEST_CASE("WhatIsRefusedForGoodIsADeadLetterAndCanBeRevived") {
  Hall hall;
  int status = 400;
  Script script{.deliver = [&](auto) { return answered(status); }};
  auto subscriber = hall.subscribe(script);
  hall.happen(1);
  (void)subscriber->step();
  const auto dead = hall.store->dead(10);
  REQUIRE(dead);
  REQUIRE(dead->size() == 1);
  CHECK(dead->front().reason == "BadRequest");
  CHECK(dead->front().attempts == 1);
  CHECK(dead->front().event.id == "e1");
  status = 200;
  REQUIRE(hall.store->revive(dead->front().id, hall.clock.wall()));
  CHECK(hall.store->revive(dead->front().id, hall.clock.wall()).error().kind == ErrorKind::not_found);
  CHECK(hall.store->revive("nobody", hall.clock.wall()).error().kind == ErrorKind::not_found);
  (void)subscriber->step();
  CHECK(script.arrived == std::vector<std::string>{"e1"});
  CHECK(hall.store->dead(10)->empty());
}

TEST_CASE("AnEndpointThatIsDeadForADayLosesEventsToDeadLettersWithTheirReason") {
  Hall hall;
  Script script{.deliver = [](auto) { return answered(500); }};
  auto subscriber = hall.subscribe(script);
  hall.happen(20);
  hall.play(*subscriber, hours(26));
  CHECK(script.arrived.empty());
  const auto dead = hall.store->dead(100);
  CHECK(dead->size() == 20);
  for (const auto& letter : *dead) {
    const bool known =
        letter.reason == "TimeToLiveExceeded" || letter.reason == "MaxDeliveryAttemptsExceeded";
    CHECK(known);
  }
  CHECK(subscriber->status().dead == 20);
  // Far fewer calls than 20 events times 30 attempts: what is unwell is spared.
  CHECK(script.calls < 300);
}

TEST_CASE("AnEndpointThatComesBackGetsEverythingThatWaited") {
  Hall hall;
  bool up = false;
  Script script{.deliver = [&](auto) { return answered(up ? 200 : 503); }, .batch = 10};
  auto subscriber = hall.subscribe(script);
  hall.happen(500);
  hall.play(*subscriber, hours(1));
  up = true;
  hall.play(*subscriber, hours(2));
  const std::set<std::string> all(script.arrived.begin(), script.arrived.end());
  CHECK(all.size() == 500);
  CHECK(hall.store->dead(10)->empty());
}

TEST_CASE("ARestartDeliversWhatWasLeftAndNothingIsLost") {
  Hall hall;
  Script script{.deliver = [&](auto events) { return answered(events.front().id == "e2" ? 500 : 200); }};
  auto subscriber = hall.subscribe(script);
  hall.happen(4);
  (void)subscriber->step();
  CHECK(script.arrived == std::vector<std::string>{"e1", "e3", "e4"});
  subscriber.reset();
  hall.reopen();
  CHECK(hall.store->cursor().value() == 4);
  script.deliver = [](auto) { return answered(200); };
  subscriber = hall.subscribe(script);
  hall.clock.advance(seconds(10));
  (void)subscriber->step();
  CHECK(script.arrived.back() == "e2");
  CHECK(script.arrived.size() == 4);
}

TEST_CASE("OneThatSaysGoneIsNeverCalledAgain") {
  Hall hall;
  Script script{.deliver = [](auto) { return answered(410); }};
  auto subscriber = hall.subscribe(script);
  hall.happen(5);
  hall.play(*subscriber, hours(2));
  CHECK(script.calls == 1);
  CHECK(subscriber->status().state == "gone");
}

TEST_CASE("NothingIsSentBeforeHandsAreShaken") {
  Hall hall;
  bool willing = false;
  Script script{.deliver = [](auto) { return answered(200); },
                .shake = [&]() -> Status {
                  if (willing) return {};
                  return fail(ErrorKind::denied, "no");
                }};
  auto subscriber = hall.subscribe(script);
  hall.happen(2);
  hall.play(*subscriber, minutes(20));
  CHECK(script.calls == 0);
  CHECK(subscriber->status().state == "failed");
  willing = true;
  hall.play(*subscriber, minutes(40));
  CHECK(script.arrived.size() == 2);
}

TEST_CASE("EventsThatEverybodyHasAreForgottenAndNumbersNeverReturn") {
  Hall hall;
  Script script{.deliver = [](auto events) { return answered(events.front().id == "e1" ? 400 : 200); }};
  auto subscriber = hall.subscribe(script);
  hall.happen(3);
  (void)subscriber->step();
  REQUIRE(hall.store->forget());
  CHECK(hall.store->dead(10)->size() == 1);  // its event is still there
  subscriber.reset();
  hall.reopen();
  hall.happen(1);
  CHECK(hall.store->after(3, 10)->front()->number == 4);
}

// 200 subscribers, many events, three in ten deliveries fail: every event arrives or is a dead letter.
TEST_CASE("ManySubscribersManyEventsAndBadWeather") {
  const bool long_test = std::getenv("OREE_LONG_TESTS") != nullptr;
  const int subscribers = long_test ? 200 : 20, events = long_test ? 100'000 : 2'000;
  Hall hall;
  std::mt19937 random(7);
  std::vector<std::unique_ptr<Script>> scripts;
  std::vector<std::unique_ptr<Subscriber>> all;
  std::vector<std::vector<bool>> seen(static_cast<size_t>(subscribers),
                                      std::vector<bool>(static_cast<size_t>(events) + 1));
  for (int s = 0; s < subscribers; ++s) {
    auto& mine = seen[static_cast<size_t>(s)];
    scripts.push_back(std::make_unique<Script>());
    scripts.back()->batch = 100;
    scripts.back()->deliver = [&random, &mine, s](std::span<const Event> batch) {
      if (s == 0) return answered(500);  // one is dead for good
      const auto roll = random() % 100;
      if (roll < 20) return answered(503);
      if (roll < 30) return Outcome{.status = 0, .what = "timeout", .timed_out = true, .retry_after = {}};
      for (const Event& event : batch) mine[static_cast<size_t>(*event.data.find("n")->integer())] = true;
      return answered(200);
    };
    all.push_back(hall.subscribe(*scripts.back(), {cat("s", s), {}, {}}));
  }
  for (int left = events; left > 0; left -= 2'000) hall.happen(std::min(left, 2'000));
  std::vector<WallTime> due(all.size(), hall.clock.wall());
  const WallTime end = hall.clock.wall() + hours(30);
  while (hall.clock.wall() < end) {
    WallTime next = end;
    for (size_t i = 0; i < all.size(); ++i) {
      while (due[i] <= hall.clock.wall())
        due[i] = hall.clock.wall() + std::max<microseconds>(all[i]->step(), milliseconds(1));
      next = std::min(next, due[i]);
    }
    hall.clock.advance(std::max<microseconds>(next - hall.clock.wall(), milliseconds(1)));
  }
  uint64_t lost = 0;
  for (size_t i = 1; i < all.size(); ++i) {
    const auto status = all[i]->status();
    const auto arrived = static_cast<uint64_t>(std::ranges::count(seen[i], true));
    CHECK(status.waiting == 0);
    if (arrived + status.dead < static_cast<uint64_t>(events)) ++lost;
  }
  CHECK(lost == 0);
  CHECK(all[0]->status().delivered == 0);
  CHECK(all[0]->status().dead == static_cast<uint64_t>(events));
}

}  // namespace
}  // namespace oree::events
