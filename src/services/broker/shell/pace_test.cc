#include "services/broker/shell/pace.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace oree;
using namespace oree::broker;
using std::chrono::nanoseconds;

namespace {

constexpr double kSync = 0.001;  // seconds from a turn to its acknowledgements, and what clients send then

// A loop that does as it is told, and clients of one of two kinds.
struct World {
  Pace pace;
  MonoTime now{};
  double messages = 0;

  // Every second message of these is due at its time, whatever the server does.
  microseconds paced(double per_second, int turns) {
    return run(turns, [&](double waited) { return per_second * waited; });
  }
  // These have so many unacknowledged and go on when they hear of it.
  microseconds closed(double window, int turns) {
    return run(turns, [&](double) { return window; });
  }
  template <class Sent>
  microseconds run(int turns, Sent sent) {
    microseconds wait{};
    for (int i = 0; i < turns; ++i) {
      wait = pace.turn(now, static_cast<uint64_t>(messages));
      const double seconds = std::max(std::chrono::duration<double>(wait).count(), kSync);
      now += nanoseconds(static_cast<int64_t>(seconds * 1e9));
      messages += sent(seconds);
    }
    return wait;
  }
};

}  // namespace

TEST_CASE("without load no turn waits") {
  World world;
  CHECK(world.paced(1000, 100).count() == 0);
  world.pace.load(true);
  CHECK(world.paced(1000, 1).count() > 0);
  world.pace.load(false);
  CHECK(world.paced(1000, 1).count() == 0);
}

TEST_CASE("clients with a pace of their own are read ever more rarely, up to a limit") {
  World world;
  world.pace.load(true);
  const microseconds wait = world.paced(50'000, 2'000);
  CHECK(wait > Pace::kLongest / 2);
  CHECK(wait <= Pace::kLongest);
}

TEST_CASE("clients that wait for acknowledgements do not wait for the loop") {
  World world;
  world.pace.load(true);
  world.paced(50'000, 2'000);
  world.closed(1'000, 2'000);
  const MonoTime before = world.now;
  const double sent = world.messages;
  world.closed(1'000, 10'000);
  const double rate = (world.messages - sent) / std::chrono::duration<double>(world.now - before).count();
  CHECK(rate > 0.85 * 1'000 / kSync);
}
