#include "services/deployment/slots/floor.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "platform/crypto/hmac.h"
#include "platform/files/testing/fake_disk.h"
#include "services/deployment/slots/slot_store.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
const files::Path kFolder = "/data/deployment";

// A counter that nobody turns back, and a key of this station's.
struct FakeFloor final : Floor {
  uint64_t counter = 7, from = 7;
  bool away = false, required = false, stuck = false;

  Result<uint64_t> value() override {
    if (away) return fail(ErrorKind::unavailable, "no TPM");
    return counter;
  }
  Result<uint64_t> raise() override {
    if (away || stuck) return fail(ErrorKind::busy, "the TPM wants to be asked later");
    return ++counter;
  }
  Result<std::string> mark_of(std::string_view text) override {
    if (away) return fail(ErrorKind::unavailable, "no TPM");
    return crypto::hmac_sha256(as_bytes("a key"), as_bytes(text)).hex();
  }
  uint64_t first() const override { return from; }
  bool is_required() const override { return required; }
  std::string name() const override { return "NV index 0x01800010"; }
};

struct Heard final : Log {
  std::string text;
  void write(LogLevel, std::string_view line) override { text += cat(line, "\n"); }
};

PackageRef ref(const std::string& version) {
  return {version, std::string(64, version[0]), static_cast<uint64_t>(version[0] - '0')};
}
Unit serving(const std::string& version, const std::string& before = "") {
  Unit unit{.name = "ducks", .current = ref(version)};
  if (!before.empty()) unit.last_good = ref(before);
  return unit;
}

struct Box {
  FakeDisk disk;
  FakeFloor floor;
  Heard log;

  Box() { REQUIRE(disk.make_folder(kFolder)); }
  SlotStore open(bool with_floor = true) {
    auto opened = SlotStore::open(kFolder, disk, log, with_floor ? &floor : nullptr);
    REQUIRE(opened);
    return std::move(*opened);
  }
  void save(const Unit& unit) { REQUIRE(open().save(unit)); }
  std::string serves() {
    const auto unit = open().unit(UnitKind::model, "ducks");
    return unit.current ? unit.current->version : "";
  }
  std::string text() { return std::string(as_text(*disk.read(kFolder / "state", 1 << 20))); }
  void put(const std::string& text) {
    for (const char* name : {"state", "state.copy"}) REQUIRE(disk.write(kFolder / name, as_bytes(text)));
  }
  bool said(std::string_view words) const { return log.text.find(words) != std::string::npos; }
};

TEST_CASE("AnOlderCopyOfTheDataFolderIsNotBelievedAndTheHubGivesTheRestAgain") {
  Box box;
  box.save(serving("1"));
  const std::string old = box.text();
  box.save(serving("2", "1"));
  CHECK(box.floor.counter == 9);
  box.put(old);
  CHECK(box.serves() == "");
  CHECK(box.said("rollback: it is of generation 8, but NV index 0x01800010 has counted to 9"));
  box.save(serving("3"));
  CHECK(box.serves() == "3");
  box.put(old);
  CHECK(box.serves() == "");
}

TEST_CASE("ACutBetweenTheStateAndTheCounterLocksNothingOut") {
  Box box;
  box.save(serving("1"));
  box.floor.stuck = true;
  box.save(serving("2", "1"));
  CHECK(box.floor.counter == 8);  // the power went before it was raised
  CHECK(box.serves() == "2");
  box.floor.stuck = false;
  CHECK(box.serves() == "2");
  CHECK(box.floor.counter == 9);
}

TEST_CASE("GoingBackToTheLastGoodOneIsNoRollBackOfTheState") {
  Box box;
  box.save(serving("1"));
  box.save(serving("2", "1"));
  box.save(condemn(serving("2", "1"), ref("2").digest));
  CHECK(box.serves() == "1");
  CHECK(box.floor.counter == 10);
}

TEST_CASE("AnOlderCopyThatDoesNotKnowACondemnationIsNotBelieved") {
  Box box;
  box.save(serving("2", "1"));
  const std::string before = box.text();
  box.save(condemn(serving("2", "1"), ref("1").digest));  // what serves stays
  box.put(before);
  CHECK(box.serves() == "");
}

TEST_CASE("StepsOnTheWayDoNotWearTheCounterOut") {
  Box box;
  box.save(serving("1"));
  const uint64_t counted = box.floor.counter;
  Unit unit =
      offer(serving("1"), {.package = ref("2"), .target = "t", .bytes = 9, .shadow = {}, .watch = {}});
  while (unit.phase != Phase::trial) {
    box.save(unit);
    unit = succeed(unit);
  }
  box.save(unit);
  CHECK(box.floor.counter == counted);
  box.save(succeed(unit));
  CHECK(box.floor.counter == counted + 1);
}

TEST_CASE("AStateThatSomebodyElseWroteIsNotBelieved") {
  Box box;
  box.save(serving("2", "1"));
  std::string text = box.text();
  const size_t line = text.find('\n');
  std::string body = text.substr(line + 1);
  body.replace(body.find(std::string(64, '2')), 64, std::string(64, '1'));
  const uint32_t crc = crypto::crc32c(as_bytes(body));
  std::array<std::byte, 4> sum{std::byte(crc >> 24), std::byte(crc >> 16), std::byte(crc >> 8),
                               std::byte(crc)};
  const std::string mark(split(text.substr(0, line), ' ').back());
  box.put(cat("oree slots 2 ", to_hex(sum), " 99 ", mark, "\n", body));
  CHECK(box.serves() == "");
  CHECK(box.said("changed by somebody who has not this station's key"));
  box.put(cat("oree slots 1 ", to_hex(sum), "\n", body));  // as from before there was a floor
  CHECK(box.serves() == "");
}

TEST_CASE("AStationThatBeginsAFloorKeepsWhatItServes") {
  Box box;
  REQUIRE(box.open(false).save(serving("1")));
  CHECK(box.serves() == "1");
  box.save(serving("2", "1"));
  CHECK(box.serves() == "2");
  CHECK(box.floor.counter == 8);
}

TEST_CASE("ADamagedStateIsReadFromItsCopyAboveAFloorToo") {
  Box box;
  box.save(serving("1"));
  box.save(serving("2", "1"));
  box.disk.damage(kFolder / "state", 60, as_bytes("####"));
  CHECK(box.serves() == "2");
}

TEST_CASE("WithoutItsTpmAStationServesOnAndSaysSoOrServesItsOwn") {
  for (const bool required : {false, true}) {
    Box box;
    box.save(serving("1"));
    box.floor.away = true;
    box.floor.required = required;
    CHECK(box.serves() == (required ? "" : "1"));
    CHECK(box.said("the floor under what serves cannot be asked: no TPM"));
    box.floor.away = false;
    CHECK(box.serves() == "1");  // nothing was lost
  }
  Box box;
  box.save(serving("1"));
  box.floor.counter = 2;  // cleared, or another one
  CHECK(box.serves() == "1");
  CHECK(box.said("says 2, but 'floor' is from 7"));
}

}  // namespace
}  // namespace oree::deployment
