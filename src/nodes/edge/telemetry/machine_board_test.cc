#include "nodes/edge/telemetry/machine_board.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"

namespace oree::edge {
namespace {

using std::chrono::seconds;

TEST_CASE("TheBoardShowsTheNewestReadingNotTheLatestArrival") {
  testing::FakeClock clock;
  MachineBoard board(clock, {{"a", {"°C"}}});
  board.note({{"m", "a", WallTime(seconds(10)), 1}});
  board.note({{"m", "a", WallTime(seconds(9)), 7}});
  const auto shown = board.machine_json("m", 2);
  CHECK(*shown.find("sensors")->array()->at(0).find("last")->number() == 1);
  CHECK(*shown.find("sensors")->array()->at(0).find("unit")->text() == "°C");
  CHECK(*shown.find("state")->text() == "normal");
  CHECK(board.take_changes().size() == 1);
  CHECK(board.take_changes().empty());
  clock.advance(seconds(31));
  CHECK(*board.machine_json("m", 0).find("state")->text() == "stale");
  CHECK(board.machine_json("x", 0).is_null());
}

}  // namespace
}  // namespace oree::edge
