// Against swtpm; skipped, with a word, where it is not installed.
#include "core/sealing/tpm/counter.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/text.h"
#include "core/sealing/testing/swtpm.h"
#include "core/sealing/tpm/tpm.h"

namespace oree::sealing {
namespace {

using files::testing::TempFolder;
using testing::Swtpm;
constexpr uint32_t kIndex = 0x01800010;

bool cannot_run() {
  if (Swtpm::is_installed() && Tpm::open("none:").error().what.find("not installed") == std::string::npos)
    return false;
  MESSAGE("skipped: swtpm or tpm2-tss is not installed");
  return true;
}

void tpm2(const Swtpm& tpm, const std::string& words) {
  REQUIRE(std::system(cat("tpm2_", words, " -T '", tpm.tcti(), "' >/dev/null 2>&1").c_str()) == 0);
}

TEST_CASE("ACounterGoesUpByOneAndSurvivesPowerOff") {
  if (cannot_run()) return;
  TempFolder state;
  uint64_t first = 0;
  {
    Swtpm tpm(state.path() / "tpm");
    TpmCounter counter(kIndex, tpm.tcti());
    const auto missing = counter.value();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().what.find("NV index 0x01800010") != std::string::npos);
    CHECK(missing.error().what.find("tpm-counter") != std::string::npos);
    first = *counter.prepare();
    CHECK(*counter.prepare() == first);  // it is there already
    for (uint64_t i = 1; i <= 5; ++i) CHECK(*counter.raise() == first + i);
    // Often, for nobody cleans up behind us.
    for (int i = 0; i < 10; ++i) CHECK(*counter.value() == first + 5);
  }
  Swtpm same_tpm(state.path() / "tpm");
  CHECK(*TpmCounter(kIndex, same_tpm.tcti()).value() == first + 5);
}

TEST_CASE("WhoRemovesACounterAndMakesItAgainDoesNotTurnItBack") {
  if (cannot_run()) return;
  TempFolder state;
  Swtpm tpm(state.path() / "tpm");
  TpmCounter counter(kIndex, tpm.tcti());
  const uint64_t first = *counter.prepare();
  for (int i = 0; i < 4; ++i) REQUIRE(counter.raise());
  tpm2(tpm, "nvundefine -C o 0x01800010");
  CHECK(counter.value().error().kind == ErrorKind::not_found);
  CHECK(*counter.prepare() >= first + 4);
}

TEST_CASE("AnotherThingAtTheIndexIsNotTakenForACounter") {
  if (cannot_run()) return;
  TempFolder state;
  Swtpm tpm(state.path() / "tpm");
  tpm2(tpm, "nvdefine -C o -s 8 0x01800010");
  TpmCounter counter(kIndex, tpm.tcti());
  CHECK(counter.value().error().kind == ErrorKind::conflict);
  CHECK(counter.prepare().error().kind == ErrorKind::conflict);
}

TEST_CASE("AnIndexIsOneOfTheOwners") {
  CHECK(*parse_nv_index("0x01800010") == 0x01800010);
  CHECK(*parse_nv_index("0x1BFFFFF") == 0x01BFFFFF);
  for (const char* text : {"", "0x", "25165840", "0x017FFFFF", "0x01C00000", "0x018000100", "0x0180001g"})
    CHECK_FALSE(parse_nv_index(text));
}

TEST_CASE("WithoutATpmACounterSaysSo") {
  if (cannot_run()) return;
  CHECK(TpmCounter(kIndex, "swtpm:path=/nowhere/sock").value().error().kind == ErrorKind::unavailable);
}

}  // namespace
}  // namespace oree::sealing
