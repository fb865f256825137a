#include "services/certification/passing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace oree::certification {
namespace {

constexpr float kThreshold = 0.3f;

// Pictures with five objects far apart, with scores all over the scale.
std::vector<Answer> pictures(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> score(doubtful(kThreshold), 1);
  std::vector<Answer> answers(count);
  for (Answer& answer : answers) {
    for (int i = 0; i < 5; ++i) {
      const auto left = static_cast<float>(100 * i);
      answer.objects.push_back({{left, 0, left + 50, 50}, "", score(random), static_cast<size_t>(i % 2)});
    }
  }
  return answers;
}

std::vector<Answer> with_noise(std::vector<Answer> answers, float error, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, error);
  for (Answer& answer : answers) {
    for (inference::Object& object : answer.objects) object.score += normal(random);
  }
  return answers;
}

std::vector<Answer> above(std::vector<Answer> answers) {
  for (Answer& answer : answers)
    std::erase_if(answer.objects, [](const inference::Object& o) { return o.score < kThreshold; });
  return answers;
}

}  // namespace

TEST_CASE("The error of scores is found, and from it how many objects will agree") {
  const auto reference = pictures(4000, 1);
  for (const double share : {0.01, 0.04}) {
    const double noise = tolerable_noise(reference, kThreshold, share);
    const auto answers = with_noise(reference, static_cast<float>(std::sqrt(noise)), 2);
    // Few pictures show it nearly as well as all.
    for (const size_t some : {size_t{4000}, size_t{40}}) {
      const double found =
          score_noise(std::span(reference).first(some), std::span(answers).first(some), kThreshold);
      CHECK(found == doctest::Approx(noise).epsilon(0.25));
    }
    // One object that comes or goes is half an object's worth of F1.
    const Score score = certification::score(Task::objects, above(reference), above(answers), {});
    CHECK(1 - score.agreement == doctest::Approx(share / 2).epsilon(0.15));
  }
}

TEST_CASE("An object that only one of two sees counts, and so does one with another label") {
  const auto reference = pictures(50, 3);
  CHECK(score_noise(reference, reference, kThreshold) == 0);
  auto answers = reference;
  for (Answer& answer : answers) answer.objects.erase(answer.objects.begin());
  const double gone = score_noise(reference, answers, kThreshold);
  CHECK(gone > 0.001);
  answers = reference;
  for (Answer& answer : answers) answer.objects[0].label_index = 7;
  CHECK(score_noise(reference, answers, kThreshold) > gone);
  CHECK(score_noise(std::vector<Answer>(3), std::vector<Answer>(3), kThreshold) == 0);
}

}  // namespace oree::certification
