#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "nodes/edge/live/feed.h"
#include "nodes/edge/live/statistics.h"

using namespace oree;
using namespace oree::edge;
using inspection::Decision;

namespace {

class Listener final : public http::EventStream {
 public:
  bool send(std::string_view event, std::string_view id, std::string_view) override {
    if (!here) return false;
    heard.push_back(std::string(event) + ":" + std::string(id));
    return true;
  }
  bool open() const override { return here; }
  std::vector<std::string> heard;
  bool here = true;
};

}  // namespace

TEST_CASE("ALateListenerGetsTheNewestTwentyThenWhatFalls") {
  Feed feed;
  for (int i = 0; i < 30; ++i) feed.publish_item(std::to_string(i), "{}");
  auto listener = std::make_shared<Listener>();
  feed.join(listener, "");
  REQUIRE(listener->heard.size() == 21);
  CHECK(listener->heard.front() == "item:10");
  CHECK(listener->heard.back() == "ready:");
  feed.publish_item("30", "{}");
  CHECK(listener->heard.back() == "item:30");
}

TEST_CASE("AReturningListenerGetsOnlyWhatItMissed") {
  Feed feed;
  for (int i = 0; i < 5; ++i) feed.publish_item(std::to_string(i), "{}");
  auto listener = std::make_shared<Listener>();
  feed.join(listener, "3");
  CHECK(listener->heard == std::vector<std::string>{"item:4", "ready:"});
}

TEST_CASE("AListenerThatHasGoneIsForgotten") {
  Feed feed;
  auto listener = std::make_shared<Listener>();
  feed.join(listener, "");
  CHECK(feed.listeners() == 1);
  listener->here = false;
  feed.publish_item("1", "{}");
  CHECK(feed.listeners() == 0);
}

TEST_CASE("TotalsCountDecisionsAndHistoryKeepsThemInTheirTenSeconds") {
  testing::FakeClock clock;
  monitoring::Registry metrics;
  Statistics statistics(clock, metrics);
  statistics.note(Decision::ok, milliseconds(10));
  statistics.note(Decision::ko, milliseconds(20));
  clock.advance(std::chrono::seconds(10));
  statistics.note(Decision::no_decision, milliseconds(30));
  const auto totals = statistics.totals();
  CHECK(totals.find("ok")->integer() == 1);
  CHECK(totals.find("items")->integer() == 3);
  const auto history = statistics.history(10);
  const auto& buckets = *history.find("buckets")->array();
  REQUIRE(buckets.size() == 2);
  CHECK(buckets[0].find("ko")->integer() == 1);
  CHECK(buckets[1].find("no_decision")->integer() == 1);
  CHECK(buckets[1].find("p50_us")->integer() == 30'000);
  clock.advance(std::chrono::minutes(30));
  CHECK(statistics.history(10).find("buckets")->array()->empty());
}
