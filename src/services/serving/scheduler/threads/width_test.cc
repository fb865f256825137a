#include "services/serving/scheduler/threads/width.h"

#include <doctest/doctest.h>

namespace oree::serving {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A machine on which a run takes so long on one thread, and so long on all.
struct Machine {
  nanoseconds narrow, wide;
  Width width{true};
  int asked = 0, wide_runs = 0;

  void runs(int count, bool alone, nanoseconds idle) {
    wide_runs = 0;
    for (int i = 0; i < count; ++i) {
      const Width::Choice choice = width.choose(alone, idle);
      asked += choice.ask ? 1 : 0;
      wide_runs += choice.wide ? 1 : 0;
      width.observe(choice.wide, choice.wide ? wide : narrow);
    }
  }
};

}  // namespace

TEST_CASE("A client that asks again at once gets all processors, when that is quicker") {
  Machine machine{milliseconds(6), milliseconds(4)};
  machine.runs(30, true, microseconds(100));
  CHECK(machine.asked == 0);  // not for a moment
  machine.runs(400, true, microseconds(100));
  CHECK(machine.asked == 1);
  CHECK(machine.wide_runs == 0);  // until the network has its threads
  machine.width.widened(true);
  machine.runs(60, true, microseconds(100));
  machine.runs(100, true, microseconds(100));
  CHECK(machine.wide_runs == 100);
}

TEST_CASE("Threads that do not make it quicker are not used, and tried again much later") {
  Machine machine{milliseconds(6), milliseconds(6)};
  machine.runs(400, true, microseconds(100));
  machine.width.widened(true);
  machine.runs(60, true, microseconds(100));
  machine.runs(900, true, microseconds(100));
  CHECK(machine.wide_runs == 0);
  machine.wide = milliseconds(3);  // what else took the processors is gone
  machine.runs(200, true, microseconds(100));
  machine.runs(100, true, microseconds(100));
  CHECK(machine.wide_runs == 100);
}

TEST_CASE("Threads that are quicker as a rule, but slower now and then, are not worth it") {
  Width width(true);
  const auto run = [&](int i) {
    const Width::Choice choice = width.choose(true, microseconds(100));
    const bool held_up = choice.wide && i % 10 < 2;  // something else wanted the other processor
    width.observe(choice.wide, held_up ? milliseconds(9) : milliseconds(choice.wide ? 4 : 6));
    return choice.wide;
  };
  for (int i = 0; i < 400; ++i) run(i);
  width.widened(true);
  for (int i = 0; i < 60; ++i) run(i);
  int wide = 0;
  for (int i = 0; i < 100; ++i) wide += run(i) ? 1 : 0;
  CHECK(wide == 0);
}

TEST_CASE("At the pace of a line nobody asks for threads, nor are those that are there used") {
  Machine machine{milliseconds(6), milliseconds(4)};
  machine.runs(500, true, milliseconds(94));
  CHECK(machine.asked == 0);
  machine.runs(400, true, microseconds(100));
  machine.width.widened(true);
  machine.runs(60, true, microseconds(100));
  machine.runs(100, true, milliseconds(94));
  CHECK(machine.wide_runs == 0);
}

TEST_CASE("Runs in company stay on their threads") {
  Machine machine{milliseconds(6), milliseconds(4)};
  machine.runs(400, true, microseconds(100));
  machine.width.widened(true);
  machine.runs(60, true, microseconds(100));
  for (int i = 0; i < 50; ++i) {  // two clients, one of which is now and then early
    machine.runs(3, false, microseconds(0));
    machine.runs(1, true, microseconds(100));
  }
  CHECK(machine.wide_runs == 0);
}

TEST_CASE("What cannot be given threads, or was given them by its configuration, is left alone") {
  Machine machine{milliseconds(6), milliseconds(4)};
  machine.runs(400, true, microseconds(100));
  machine.width.widened(false);
  machine.runs(10, true, milliseconds(94));
  CHECK(machine.wide_runs == 10);
  CHECK(machine.asked == 1);
  Width free(false);
  CHECK(free.choose(true, milliseconds(94)).wide);
  CHECK(!free.choose(false, milliseconds(0)).wide);
}

}  // namespace oree::serving
