// Which groups are worth their integers.
#include "services/search/mix.h"

#include <doctest/doctest.h>

namespace oree::search {
using doctest::Approx;

TEST_CASE("Layers are cut into neighbours of about the same work, and no group is empty") {
  CHECK(cut_evenly({1, 1, 1, 1}, 2) == std::vector<size_t>{0, 2});
  CHECK(cut_evenly({9, 1, 1, 1}, 2) == std::vector<size_t>{0, 1});
  CHECK(cut_evenly({1, 1, 1, 100}, 3) == std::vector<size_t>{0, 2, 3});
  CHECK(cut_evenly({5, 5}, 6) == std::vector<size_t>{0, 1});
  CHECK(cut_evenly({}, 3).empty());
}

TEST_CASE("What both ends disagree about is what the borders cost") {
  // Its integers save 0.1, each of its two borders costs 0.02.
  const GroupCost cost = cost_of(1 - 0.1 + 0.04, 0.5 + 0.1 + 0.04, 1, 0.5, 0.001);
  CHECK(cost.time == Approx(-0.1));
  CHECK(cost.border == Approx(0.02));
  CHECK(cost.usable);
}

TEST_CASE("A border is paid where integers meet floats, and not between two groups of integers") {
  const std::vector<GroupCost> costs(3, {-0.1, 0.02, 0.01, true});
  CHECK(time_of({true, false, false}, costs) == Approx(-0.06));
  CHECK(time_of({true, true, false}, costs) == Approx(-0.16));
  CHECK(time_of({true, false, true}, costs) == Approx(-0.12));
  CHECK(noise_of({true, false, true}, costs) == Approx(0.02));
}

TEST_CASE("What is slower in integers stays float, and so does what has none or loses too much") {
  const std::vector<GroupCost> costs{
      {0.2, 0.01, 0, true}, {-0.3, 0.01, 0.001, true}, {-0.3, 0.01, 0.5, true}, {-0.3, 0, 0, false}};
  const auto mixes = best_mixes(costs, 0.01, 1);
  REQUIRE(mixes.size() == 1);
  CHECK(mixes[0] == Mix{false, true, false, false});
  CHECK(best_mixes(costs, 1, 3)[0] == Mix{false, true, true, false});
}

TEST_CASE("A slow group between two fast ones is crossed when its borders would cost more") {
  const std::vector<GroupCost> costs{{-0.3, 0.05, 0, true}, {0.04, 0.05, 0, true}, {-0.3, 0.05, 0, true}};
  CHECK(best_mixes(costs, 1, 1)[0] == Mix{true, true, true});
}

TEST_CASE("Where no integers are faster there is no mix") {
  CHECK(best_mixes({{0.1, 0.01, 0, true}, {-0.01, 0.02, 0, true}}, 1, 5).empty());
  CHECK(best_mixes({}, 1, 5).empty());
}

TEST_CASE("What the sums do not say is found by measuring, and nothing is measured twice") {
  // By the sums all is worth its integers; truly the second group doubles the time of those beside it.
  const std::vector<GroupCost> costs(4, {-0.1, 0.01, 0.001, true});
  size_t asked = 0;
  const MeasureMix measure = [&](const Mix& mix) -> Result<MixFigures> {
    ++asked;
    return MixFigures{1 + time_of(mix, costs) + (mix[1] ? 0.3 : 0), noise_of(mix, costs)};
  };
  MeasuredMixes known;
  const auto mixes = explore_mixes(costs, 1, known, measure);
  REQUIRE(mixes);
  CHECK(mixes->front() == Mix{true, false, true, true});
  CHECK(asked == known.size());
  CHECK(asked < 12);
  REQUIRE(explore_mixes(costs, 1, known, measure));
  CHECK(asked == known.size());
}

TEST_CASE("A mix that turns out to lose more than allowed is none") {
  const std::vector<GroupCost> costs(2, {-0.1, 0, 0.001, true});
  MeasuredMixes known;
  const auto mixes = explore_mixes(costs, 0.01, known, [&](const Mix& mix) -> Result<MixFigures> {
    return MixFigures{1 + time_of(mix, costs), mix[0] ? 0.02 : 0.001};
  });
  REQUIRE(mixes);
  CHECK(*mixes == std::vector<Mix>{{false, true}});
}

TEST_CASE("Groups without integers are passed over, other errors are not") {
  const std::vector<GroupCost> costs(2, {-0.1, 0, 0, true});
  for (const ErrorKind kind : {ErrorKind::unsupported, ErrorKind::bug}) {
    MeasuredMixes known;
    const auto mixes =
        explore_mixes(costs, 1, known, [&](const Mix&) -> Result<MixFigures> { return fail(kind, "none"); });
    CHECK(mixes.has_value() == (kind == ErrorKind::unsupported));
  }
}

}  // namespace oree::search
