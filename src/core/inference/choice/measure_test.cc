#include "core/inference/choice/measure.h"

#include <doctest/doctest.h>

namespace oree::inference {
namespace {

using namespace std::chrono_literals;

Rounds rounds_of(std::initializer_list<std::vector<std::chrono::nanoseconds>> rounds) {
  return {rounds};
}

TEST_CASE("ATieStaysWithTheFirst") {
  CHECK(quickest(rounds_of({{100ns, 98ns}, {100ns, 99ns}, {100ns, 98ns}, {100ns, 98ns}})) == 0);
}

TEST_CASE("AClearWinnerIsKept") {
  CHECK(quickest(rounds_of({{100ns, 70ns, 80ns}, {110ns, 75ns, 85ns}, {90ns, 65ns, 70ns}})) == 1);
}

TEST_CASE("OneThatWinsOnlySometimesIsNotKept") {
  CHECK(quickest(rounds_of({{100ns, 50ns}, {100ns, 150ns}, {100ns, 50ns}, {100ns, 160ns}, {100ns, 50ns}})) ==
        0);
}

TEST_CASE("OneThatDroppedOutInTheMiddleIsOut") {
  CHECK(quickest(rounds_of({{100ns, 50ns, 90ns}, {100ns, 0ns, 90ns}, {100ns, 0ns, 90ns}})) == 2);
  CHECK(quickest(rounds_of({{0ns, 50ns}, {0ns, 40ns}})) == 1);
}

TEST_CASE("MadeUpInputsFitTheSignatureAndAreTheSameEveryTime") {
  const Signature signature{{{"x", tensor::DType::f32, {-1, 4}}, {"n", tensor::DType::i64, {}}}, {}};
  const auto one = made_up_inputs(signature), two = made_up_inputs(signature);
  REQUIRE(one.has_value());
  REQUIRE(two.has_value());
  CHECK((*one)[0].shape() == tensor::Shape{1, 4});
  CHECK(std::ranges::equal((*one)[0].bytes(), (*two)[0].bytes()));
  CHECK((*one)[1].view().as<int64_t>()[0] == 0);
}

}  // namespace
}  // namespace oree::inference
