#include "services/search/search.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace oree::search {
namespace {

// Twelve groups of layers in float or integers, and one or two threads: 8,192 networks. Integers make a group
// faster and smaller and cost accuracy, which adds up crookedly; each border between the two costs time.
struct Toy {
  explicit Toy(unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> draw(0, 1);
    for (auto& one : gain) one = 0.02 + 0.1 * draw(random);
    for (auto& one : loss) one = std::pow(draw(random), 4) * 0.1;
    for (size_t i = 0; i < 12; ++i) space.push_back({"group" + std::to_string(i), {"int8", "float"}});
    space.push_back({"threads", {"1", "2"}});
  }
  Objectives operator()(const Point& point) const {
    double error = 0, time = 0, memory = 0;
    for (size_t i = 0; i < 12; ++i) {
      const bool is_float = point[i] == 1;
      error += is_float ? 0 : loss[i];
      time += is_float ? gain[i] * 3 : gain[i];
      memory += is_float ? gain[i] * 4 : gain[i];
      if (i > 0 && point[i] != point[i - 1]) time += 0.02;
    }
    if (point[12] == 1) time *= 0.6, memory += 0.2;
    return {1 - std::exp(-4 * error), time, memory};
  }
  double gain[12], loss[12];
  Space space;
};

double exhaustive(const Toy& toy, const Objectives& reference) {
  std::vector<Objectives> all;
  for (uint64_t i = 0; i < size_of(toy.space); ++i) {
    Point point;
    uint64_t rest = i;
    for (const auto& axis : toy.space) {
      point.push_back(static_cast<uint16_t>(rest % axis.choices.size()));
      rest /= axis.choices.size();
    }
    all.push_back(toy(point));
  }
  return hypervolume(all, reference);
}

// Ways of making a real network, all of them measured (testing/*.txt).
struct Measured {
  Measured(const std::string& name, size_t groups, bool zeros_and_runtimes) {
    std::ifstream file(OREE_SOURCE_DIR "/src/services/search/testing/" + name);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      std::istringstream words(line);
      std::string choices;
      Objectives found(3);
      words >> choices >> found[0] >> found[1] >> found[2];
      Point point;
      for (const char choice : choices) point.push_back(static_cast<uint16_t>(choice - '0'));
      known[point] = found;
    }
    for (size_t group = 0; group < groups; ++group)
      space.push_back({"group" + std::to_string(group), {"int8", "float"}});
    space.push_back({"ranges", {"mse", "minmax", "average", "percentile"}});
    space.push_back({"rest", {"float32", "float16"}});
    if (zeros_and_runtimes) {
      space.push_back({"zeros", {"0 %", "30 %", "50 %"}});
      space.push_back({"backend", {"onnxruntime", "openvino"}});
    }
    space.push_back({"threads", {"1", "2"}});
  }
  // Of the hypervolume of all, what so many trials find.
  double share(size_t budget) const {
    const Objectives reference{0.05, 1.1, 1.1};
    std::vector<Objectives> all;
    for (const auto& [point, objectives] : known) all.push_back(objectives);
    const Plan plan{.budget = budget, .reference = reference};
    const auto found =
        explore(space, plan, [&](const Point& point) -> Result<Objectives> { return known.at(point); });
    REQUIRE(found);
    CHECK(found->size() == budget);
    return hypervolume(objectives_of(*found), reference) / hypervolume(all, reference);
  }
  std::map<Point, Objectives> known;
  Space space;
};

}  // namespace

TEST_CASE("A point dominates only when it is nowhere worse") {
  CHECK(dominates({1, 2}, {1, 3}));
  CHECK_FALSE(dominates({1, 2}, {1, 2}));
  CHECK_FALSE(dominates({1, 4}, {2, 3}));
}

TEST_CASE("The front keeps one of equals and drops what is beaten") {
  const std::vector<Objectives> all{{3, 1}, {1, 3}, {2, 2}, {2, 2}, {3, 3}};
  CHECK(front_of(all) == std::vector<size_t>{0, 1, 2});
}

TEST_CASE("Hypervolume is the area that steps enclose, in two dims and in three") {
  CHECK(hypervolume(std::vector<Objectives>{{1, 3}, {2, 2}, {3, 1}}, {4, 4}) == doctest::Approx(6));
  CHECK(hypervolume(std::vector<Objectives>{{5, 0}}, {4, 4}) == 0);
  const std::vector<Objectives> cubes{{0, 0, 1}, {1, 1, 0}};
  CHECK(hypervolume(cubes, {2, 2, 2}) == doctest::Approx(4 + 1));
}

TEST_CASE("Hypervolume agrees with counting random points") {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> draw(0, 1);
  std::vector<Objectives> all(12, Objectives(4));
  for (auto& point : all)
    for (auto& value : point) value = draw(random);
  int inside = 0;
  constexpr int kDarts = 200'000;
  for (int i = 0; i < kDarts; ++i) {
    Objectives dart(4);
    for (auto& value : dart) value = draw(random);
    bool hit = false;
    for (const auto& point : all) hit = hit || dominates(point, dart);
    inside += hit ? 1 : 0;
  }
  CHECK(hypervolume(all, {1, 1, 1, 1}) == doctest::Approx(double{1} * inside / kDarts).epsilon(0.05));
}

TEST_CASE("The balanced pick may lie in a hollow of the front") {
  CHECK(balanced_pick(std::vector<Objectives>{{0, 10}, {6, 6}, {10, 0}}, {10, 10}) == 1);
}

TEST_CASE("One in twenty trials finds 95 % of what trying everything would") {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const Toy toy(seed);
    const Objectives reference{1, 4, 6};
    const size_t budget = size_of(toy.space) / 20;
    size_t measured = 0;
    Plan plan{.budget = budget, .reference = reference};
    // An eighth of the budget is plenty here; the bar is the whole.
    plan.on_trial = [&](const auto& trials) { return trials.size() < budget / 8; };
    const auto found = explore(toy.space, plan, [&](const Point& point) -> Result<Objectives> {
      ++measured;
      return toy(point);
    });
    REQUIRE(found);
    CHECK(measured <= budget);
    CHECK(hypervolume(objectives_of(*found), reference) >= 0.95 * exhaustive(toy, reference));
  }
}

TEST_CASE("Of 1,024 measured ways of a real network, one in twenty finds 95 % of what all give") {
  const Measured real("keywords.txt", 6, false);
  REQUIRE(real.known.size() == 1024);
  REQUIRE(size_of(real.space) == 1024);
  CHECK(real.share(1024 / 20) >= 0.95);
}

TEST_CASE("Of 1,536 ways with zeros and two runtimes among them, one in twenty finds 95 % too") {
  const Measured real("runtimes.txt", 4, true);
  REQUIRE(real.known.size() == 1536);
  REQUIRE(size_of(real.space) == 1536);
  CHECK(real.share(1536 / 20) >= 0.95);
}

TEST_CASE("What cannot be measured is skipped, any other error ends the search") {
  const Space space{{"runtime", {"a", "b", "c"}}};
  const Plan plan{.budget = 10, .reference = {10}};
  const auto skipped = explore(space, plan, [](const Point& point) -> Result<Objectives> {
    if (point[0] == 1) return fail(ErrorKind::unsupported, "no such runtime here");
    return Objectives{double{1} + point[0]};
  });
  REQUIRE(skipped);
  CHECK(skipped->size() == 2);
  const auto ended = explore(space, plan, [](const Point&) -> Result<Objectives> {
    return fail(ErrorKind::unavailable, "the disk is gone");
  });
  REQUIRE_FALSE(ended);
  CHECK(ended.error().what.find("runtime=a") != std::string::npos);
  CHECK(explore({}, plan, nullptr).error().kind == ErrorKind::invalid);
}

TEST_CASE("A search that is told to stop stops, and the same answers give the same search") {
  const Toy toy(1);
  const auto run = [&] {
    Plan plan{.budget = 1000, .reference = {1, 4, 6}};
    plan.on_trial = [](const auto& trials) { return trials.size() < 30; };
    return explore(toy.space, plan, [&](const Point& point) -> Result<Objectives> { return toy(point); });
  };
  const auto first = run(), second = run();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->size() == 30);
  for (size_t i = 0; i < 30; ++i) CHECK((*first)[i].point == (*second)[i].point);
}

}  // namespace oree::search
