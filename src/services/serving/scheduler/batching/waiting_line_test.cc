#include "services/serving/scheduler/batching/waiting_line.h"

#include <doctest/doctest.h>

#include <deque>

namespace oree::serving {
namespace {

struct Quiet final : inference::Call {
  void finished(Status) override {}
};

constexpr MonoTime at(int64_t us) {
  return MonoTime(microseconds(us));
}

// A line, and calls named by their place.
struct Table {
  explicit Table(modelconfig::DynamicBatching settings) : line(settings) {}
  Status push(uint64_t priority, int64_t now, int64_t timeout_us = 0) {
    Quiet& call = calls.emplace_back();
    call.priority = priority;
    call.timeout = microseconds(timeout_us);
    return line.push({.call = &call, .since = at(now)}, at(now));
  }
  std::vector<size_t> order() {
    std::vector<size_t> order;
    for (size_t i = 0; i < line.size(); ++i) order.push_back(name_of(line.peek(i)));
    return order;
  }
  std::vector<size_t> expire(int64_t now) {
    std::vector<Waiting> expired;
    line.expire(at(now), expired);
    std::vector<size_t> names;
    for (const Waiting& each : expired) names.push_back(name_of(each));
    return names;
  }
  size_t name_of(const Waiting& waiting) const {
    for (size_t i = 0; i < calls.size(); ++i) {
      if (&calls[i] == waiting.call) return i;
    }
    return calls.size();
  }
  std::deque<Quiet> calls;
  WaitingLine line;
};

using Names = std::vector<size_t>;

modelconfig::DynamicBatching with_levels(uint64_t levels, uint64_t usual) {
  modelconfig::DynamicBatching settings;
  settings.priority_levels = levels;
  settings.default_priority_level = usual;
  return settings;
}

}  // namespace

TEST_CASE("Level 1 goes first, calls of one level in the order they came, unknown levels as the default") {
  Table table(with_levels(3, 2));
  for (const uint64_t priority : {3, 0, 1, 2, 1, 9}) REQUIRE(table.push(priority, 0));
  CHECK(table.order() == Names{2, 4, 1, 3, 5, 0});
  std::vector<Waiting> taken;
  table.line.take(3, taken);
  CHECK(table.order() == Names{3, 5, 0});
}

TEST_CASE("Each level has its own bound") {
  modelconfig::DynamicBatching settings = with_levels(2, 1);
  settings.default_queue_policy = modelconfig::QueuePolicy{.max_queue_size = 2};
  settings.priority_queue_policy[2] = modelconfig::QueuePolicy{.max_queue_size = 1};
  Table table(settings);
  CHECK(table.push(1, 0));
  CHECK(table.push(1, 0));
  CHECK(table.push(1, 0).error().what == "Exceeds maximum queue size");
  CHECK(table.push(2, 0));
  CHECK(table.push(2, 0).error().kind == ErrorKind::unavailable);
}

TEST_CASE("Where no bound is said, who would wait too long is refused") {
  WaitingLine line;
  Quiet call;
  const Waiting waiting{.call = &call};
  CHECK(line.push(waiting, at(0), milliseconds(10), milliseconds(10)));
  CHECK(line.push(waiting, at(0), milliseconds(11), milliseconds(10)).error().kind == ErrorKind::unavailable);
  modelconfig::DynamicBatching said;
  said.default_queue_policy = modelconfig::QueuePolicy{.max_queue_size = 5};
  CHECK(WaitingLine(said).push(waiting, at(0), milliseconds(11), milliseconds(10)));
}

TEST_CASE("A passed deadline is refused, or goes behind the others of its level") {
  modelconfig::DynamicBatching settings = with_levels(2, 1);
  settings.default_queue_policy = modelconfig::QueuePolicy{.default_timeout_microseconds = 100};
  settings.priority_queue_policy[2] = modelconfig::QueuePolicy{
      .timeout_action = modelconfig::TimeoutAction::delay, .default_timeout_microseconds = 50};
  Table table(settings);
  REQUIRE(table.push(1, 0));
  REQUIRE(table.push(2, 0));
  REQUIRE(table.push(2, 40));
  REQUIRE(table.push(1, 40));
  CHECK(table.line.earliest_deadline() <= at(50));
  CHECK(table.expire(49).empty());
  CHECK(table.order() == Names{0, 3, 1, 2});
  CHECK(table.expire(60).empty());
  CHECK(table.order() == Names{0, 3, 2, 1});
  CHECK(table.line.earliest_deadline() == at(90));
  CHECK(table.expire(100) == Names{0});
  CHECK(table.expire(1000) == Names{3});
  CHECK(table.order() == Names{1, 2});
  CHECK(table.line.earliest_deadline() == MonoTime::max());
}

TEST_CASE("A call may shorten its time where the model allows it, and never lengthen it") {
  struct Row {
    uint64_t usual;
    bool allowed;
    int64_t asked, expected;
  };
  for (const Row& row : {Row{100, true, 50, 50}, Row{100, true, 200, 100}, Row{100, false, 50, 100},
                         Row{0, true, 50, 50}, Row{0, false, 50, 0}, Row{100, true, 0, 100}}) {
    modelconfig::DynamicBatching settings;
    settings.default_queue_policy = modelconfig::QueuePolicy{.default_timeout_microseconds = row.usual,
                                                             .allow_timeout_override = row.allowed};
    Table table(settings);
    REQUIRE(table.push(0, 7, row.asked));
    const MonoTime deadline = row.expected == 0 ? MonoTime::max() : at(7 + row.expected);
    CHECK(table.line.peek(0).deadline == deadline);
  }
}

}  // namespace oree::serving
