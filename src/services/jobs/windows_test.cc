#include "services/jobs/windows.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::jobs {
namespace {

constexpr Micros kSecond = 1'000'000;
constexpr Micros kStart = 1'700'000'000 * kSecond;  // a multiple of 10 s

// Events at seconds behind kStart, with the windows they close: "end:first,second …".
class Stream {
 public:
  explicit Stream(Window window, Micros remembered = 0) : windows(std::move(window), remembered) {}
  std::string say(int second, const std::string& key = "", bool again = false) {
    Event event{.time = kStart + second * kSecond,
                .arrived = kStart + second * kSecond,
                .position = ++position,
                .fields = nullptr,
                .key = key};
    const auto taken = windows.take(std::move(event), again);
    if (taken == OpenWindows::Taken::late) return "late";
    if (taken == OpenWindows::Taken::ahead) return "ahead";
    return again ? "" : closed();
  }
  std::string closed() {
    std::string out;
    while (const auto one = windows.close_next()) {
      out += cat(out.empty() ? "" : " ", (one->end - kStart) / kSecond, ":");
      for (const Event& event : one->events)
        out += cat(&event == one->events.data() ? "" : ",", (event.time - kStart) / kSecond);
    }
    return out;
  }
  OpenWindows windows;
  uint64_t position = 0;
};

const Window kHopping{.kind = Window::Kind::hopping, .size = 10 * kSecond, .hop = 5 * kSecond};
const Window kSliding{.kind = Window::Kind::sliding, .size = 10 * kSecond};
const Window kSession{
    .kind = Window::Kind::session, .size = 5 * kSecond, .longest = 20 * kSecond, .key = "k"};

TEST_CASE("AHoppingWindowHoldsItsEndAndNotItsBeginning") {
  Stream stream(kHopping);
  CHECK(stream.say(0) == "");
  CHECK(stream.say(5) == "0:0");
  CHECK(stream.say(6) == "5:0,5");
  CHECK(stream.say(31) == "10:5,6 15:6");
  CHECK(stream.say(14) == "20:14");  // the last of its windows was still to come
  CHECK(stream.say(5) == "late");
}

TEST_CASE("ASlidingWindowIsGivenWheneverItsContentChanges") {
  Stream stream(kSliding);
  CHECK(stream.say(1) == "");
  CHECK(stream.say(4) == "1:1");
  CHECK(stream.say(12) == "4:1,4 11:4");
  CHECK(stream.say(40) == "12:4,12 14:12");
  CHECK(stream.say(20) == "late");
}

TEST_CASE("ASessionLastsAsLongAsTheNextEventComesInTime") {
  Stream stream(kSession);
  CHECK(stream.say(1, "a") == "");
  CHECK(stream.say(3, "b") == "");
  CHECK(stream.say(6, "a") == "");
  CHECK(stream.say(9, "a") == "8:3");  // b's is over, a's goes on
  CHECK(stream.say(15, "b") == "14:1,6,9");
  CHECK(stream.say(13, "b") == "");  // out of order, and still in time
  CHECK(stream.say(8, "a") == "late");
  CHECK(stream.say(30, "a") == "20:13,15");
}

TEST_CASE("ASessionThatIsTooLongIsCutWhereItIsLookedAt") {
  Stream stream(kSession);
  std::string all;
  // Looked at at 20 (15 long: not longer than 20) and at 40 (35 long).
  for (int second = 5; second <= 44; second += 3) all += stream.say(second, "a");
  CHECK(all == "40:5,8,11,14,17,20,23,26,29,32,35,38");
}

TEST_CASE("AfterARestartNothingIsGivenTwice") {
  for (const Window& window : {kHopping, kSliding, kSession}) {
    const std::vector<std::pair<int, std::string>> events = {{1, "a"}, {2, "b"},  {7, "a"},  {8, "c"},
                                                             {9, "b"}, {13, "c"}, {19, "a"}, {41, "b"}};
    Stream whole(window);
    std::string expected;
    for (const auto& [second, key] : events) expected += cat(whole.say(second, key), "|");
    for (size_t cut = 1; cut < events.size(); ++cut) {
      Stream before(window);
      std::string said;
      for (size_t i = 0; i < cut; ++i) said += cat(before.say(events[i].first, events[i].second), "|");
      uint64_t needed = cut;
      for (const Event& event : before.windows.open()) needed = std::min(needed, event.position - 1);
      Stream after(window, before.windows.remembered());
      for (size_t i = needed; i < cut; ++i) after.say(events[i].first, events[i].second, true);
      after.windows.caught_up();
      said += after.closed();
      for (size_t i = cut; i < events.size(); ++i)
        said += cat(after.say(events[i].first, events[i].second), "|");
      CHECK_MESSAGE(said == expected, "cut at ", cut, " kind ", static_cast<int>(window.kind));
    }
  }
}

TEST_CASE("AClockThatIsWrongByAYearSpoilsNoWindowsForAYear") {
  constexpr int kYear = 365 * 24 * 3600;
  const auto event = [](Micros time, Micros arrived, uint64_t position) {
    return Event{.time = kStart + time * kSecond,
                 .arrived = kStart + arrived * kSecond,
                 .position = position,
                 .fields = nullptr};
  };
  OpenWindows windows(kHopping);
  CHECK(windows.take(event(1, 1, 1), false) == OpenWindows::Taken::kept);
  // A sensor's clock a year ahead.
  CHECK(windows.take(event(kYear, 2, 2), false) == OpenWindows::Taken::ahead);
  CHECK_FALSE(windows.close_next());
  // The box's own clock a year ahead, and back again: what is in hand is given, then windows begin anew.
  CHECK(windows.take(event(kYear, kYear, 3), false) == OpenWindows::Taken::kept);
  CHECK(windows.close_next()->events.size() == 1);
  CHECK(windows.close_next()->events.size() == 1);
  CHECK_FALSE(windows.close_next());
  CHECK(windows.take(event(20, 20, 4), false) == OpenWindows::Taken::kept);
  CHECK(windows.close_next()->events.front().position == 3);
  while (windows.close_next()) {
  }
  CHECK(windows.take(event(31, 31, 5), false) == OpenWindows::Taken::kept);
  CHECK(windows.close_next()->events.front().position == 4);
  // An old event of a sensor that was away is late, no reason to begin anew.
  CHECK(windows.take(event(-kYear, 32, 6), false) == OpenWindows::Taken::late);
}

}  // namespace
}  // namespace oree::jobs
