#include "services/events/sinks/flag_file.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::events {
namespace {

using std::chrono::seconds;

Event event_at(int second, const char* type) {
  return {cat("e", second),           type, "/s", "orders/019a-1", WallTime(seconds(second)),
          json::Object{{"n", second}}};
}

struct Flags {
  std::string read() {
    const auto bytes = disk.read(folder.path() / "019a-1.json", 1 << 20);
    return bytes ? std::string(as_text(*bytes)) : "";
  }
  files::testing::TempFolder folder;
  files::RealDisk disk;
  testing::FakeClock clock;
  FlagFile sink{{folder.path(), {}, "orders"}, disk, clock};
};

TEST_CASE("AFlagSaysTheNewestStateOfItsOrder") {
  Flags flags;
  const Event events[] = {event_at(1, "Proposed"), event_at(2, "Approved")};
  CHECK(flags.sink.deliver(events).delivered());
  CHECK(flags.read().contains("Approved"));
}

TEST_CASE("WhatComesLateDoesNotReplaceWhatIsNewer") {
  Flags flags;
  const Event newer = event_at(2, "Approved"), older = event_at(1, "Proposed");
  CHECK(flags.sink.deliver({&newer, 1}).delivered());
  CHECK(flags.sink.deliver({&older, 1}).delivered());
  CHECK(flags.read().contains("Approved"));
}

TEST_CASE("AFlagThatCannotBeReadIsReplaced") {
  Flags flags;
  const std::string rubbish = "{\"time\":";
  REQUIRE(flags.disk.write(flags.folder.path() / "019a-1.json", as_bytes(rubbish)));
  const Event one = event_at(1, "Proposed");
  CHECK(flags.sink.deliver({&one, 1}).delivered());
  CHECK(flags.read().contains("Proposed"));
}

TEST_CASE("WithoutItsSecretAFlagIsKeptHereAndCopiedLater") {
  Flags flags;
  FlagFile sink({flags.folder.path(), flags.folder.path() / "azure", "orders"}, flags.disk, flags.clock);
  const Event one = event_at(1, "Proposed");
  const Outcome outcome = sink.deliver({&one, 1});
  CHECK_FALSE(outcome.delivered());
  CHECK(outcome.what.contains("azure"));
  CHECK_FALSE(next_step({}, 1, outcome, one.time, one.time, 0).dead);
  CHECK(flags.read().contains("Proposed"));
}

TEST_CASE("ANameHoldsNothingButTheOrdersId") {
  CHECK(flag_name("orders/019a-b2") == "019a-b2.json");
  CHECK(flag_name("orders/..") == "__.json");
  CHECK(flag_name("orders/") == "_.json");
  CHECK(flag_name("a b") == "a_b.json");
}

}  // namespace
}  // namespace oree::events
