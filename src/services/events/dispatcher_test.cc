#include "services/events/dispatcher.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <latch>
#include <set>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::events {
namespace {

namespace fs = std::filesystem;

Subscription on_topic(const std::string& name) {
  Subscription one;
  one.plan.name = name;
  one.kind = Subscription::Kind::mqtt;
  one.topic = name;
  return one;
}

// Subscribers of the station's broker; what each of them got.
struct Hall {
  fs::path folder = fs::temp_directory_path() / cat("oree-dispatcher-", crypto::new_uuid(1));
  SystemClock clock;
  NullLog log;
  files::RealDisk disk;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, int> came;
  std::latch stalled{1};
  std::unique_ptr<Dispatcher> dispatcher;
  int64_t taken = 0;

  Hall() { fs::create_directories(folder); }
  ~Hall() {
    dispatcher.reset();
    fs::remove_all(folder);
  }
  Status publish(std::string_view topic) {
    if (topic == "stalled") stalled.wait();
    if (topic == "refusing") return fail(ErrorKind::unavailable, "nobody is there");
    {
      const std::lock_guard lock(mutex);
      ++came[std::string(topic)];
    }
    changed.notify_all();
    return {};
  }
  void open(const std::vector<std::string>& names) {
    dispatcher.reset();
    std::vector<Subscription> all;
    for (const auto& name : names) all.push_back(on_topic(name));
    auto opened = Dispatcher::open(
        folder / "events.db", all,
        {clock, disk, log, folder, "hall", "", [this](auto topic, auto) { return publish(topic); }});
    REQUIRE(opened);
    dispatcher = *std::move(opened);
    dispatcher->start();
  }
  void happen(int count) {
    std::vector<Event> events;
    for (int i = 0; i < count; ++i)
      events.push_back({cat("e", ++taken), "T", "/s", "orders/1", clock.wall(), json::Object{{"n", taken}}});
    REQUIRE(dispatcher->take(events, taken));
  }
  void wait(const std::string& name, int count) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return came[name] >= count; }));
    CHECK(came[name] == count);
  }
  int64_t kept() {
    auto database = sql::Database::open((folder / "events.db").string(), {.sync = sql::Sync::normal});
    REQUIRE(database);
    auto count = database->prepare("SELECT count(*) FROM events");
    REQUIRE(count);
    REQUIRE(count->step());
    return count->integer(0);
  }
};

TEST_CASE("OneThatStallsAndOneThatRefusesHoldUpNobodyElse") {
  Hall hall;
  std::vector<std::string> names{"stalled", "refusing"};
  for (int i = 0; i < 20; ++i) names.push_back(cat("well-", i));
  hall.open(names);
  for (int i = 0; i < 10; ++i) hall.happen(50);
  for (int i = 0; i < 20; ++i) hall.wait(cat("well-", i), 500);
  CHECK(hall.came["stalled"] == 0);
  hall.stalled.count_down();
  hall.wait("stalled", 500);
}

TEST_CASE("EventsThatEverybodyHasDoNotPileUp") {
  Hall hall;
  hall.open({"a", "b", "gone"});
  hall.happen(10);
  for (const auto* name : {"a", "b", "gone"}) hall.wait(name, 10);
  hall.open({"a", "b"});  // nobody waits for what the third would have wanted
  for (int i = 0; i < 30; ++i) hall.happen(100);
  for (const auto* name : {"a", "b"}) hall.wait(name, 3'010);
  hall.open({"a", "b"});
  CHECK(hall.kept() == 0);
}

TEST_CASE("WithoutSubscriptionsNothingIsKept") {
  Hall hall;
  hall.open({});
  for (int i = 0; i < 30; ++i) hall.happen(100);
  CHECK(hall.kept() < 1'100);
  hall.open({"late"});
  CHECK(hall.dispatcher->cursor().value() == 3'000);
  hall.happen(1);
  hall.wait("late", 1);
}

}  // namespace
}  // namespace oree::events
