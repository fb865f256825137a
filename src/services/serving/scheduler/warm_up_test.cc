#include "services/serving/scheduler/warm_up.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {
namespace {

int runs_of_warm_up(milliseconds each) {
  oree::testing::FakeClock clock;
  testing::SumModel model;
  int runs = 0;
  model.work = [&](int64_t) {
    ++runs;
    clock.advance(each);
  };
  BatchProfile profile;
  const WarmUp warm = warm_up(model, true, 1, clock, profile);
  REQUIRE(warm.run.has_value());
  CHECK(*warm.run == each);
  return runs;
}

TEST_CASE("AWarmUpBeginsNoRunThatDoesNotFitIntoItsTime") {
  CHECK(runs_of_warm_up(milliseconds(1)) == 4);
  CHECK(runs_of_warm_up(milliseconds(4)) == 3);
  CHECK(runs_of_warm_up(milliseconds(8)) == 2);
}

}  // namespace
}  // namespace oree::serving
