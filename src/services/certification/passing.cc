#include "services/certification/passing.h"

#include <algorithm>
#include <cmath>

namespace oree::certification {

namespace {

constexpr double kMatch = 0.5;
// What an object counts that only one of the two sees: two labels that are as likely as each other change
// places at any noise, so that it must not drown what the others say.
constexpr double kGone = 0.1;
constexpr double kLeastError = 1e-6, kLargestError = 0.5;

double overlap(const inference::Box& a, const inference::Box& b) {
  const double width = std::min(double{a.right}, double{b.right}) - std::max(double{a.left}, double{b.left});
  const double height = std::min(double{a.bottom}, double{b.bottom}) - std::max(double{a.top}, double{b.top});
  if (width <= 0 || height <= 0) return 0;
  const auto area = [](const inference::Box& box) {
    return (double{box.right} - double{box.left}) * (double{box.bottom} - double{box.top});
  };
  return width * height / (area(a) + area(b) - width * height);
}

// The other network's score of an object; below 0: it does not see it.
double score_by(const Answer& other, const inference::Object& object, std::vector<bool>& taken) {
  double most = kMatch;
  size_t best = taken.size();
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i] || other.objects[i].label_index != object.label_index) continue;
    const double shared = overlap(other.objects[i].box, object.box);
    if (shared < most) continue;
    most = shared;
    best = i;
  }
  if (best == taken.size()) return -1;
  taken[best] = true;
  return double{other.objects[best].score};
}

double flips(std::span<const Answer> reference, double threshold, double error) {
  double sum = 0;
  for (const Answer& answer : reference) {
    for (const inference::Object& object : answer.objects)
      sum += std::erfc(std::abs(double{object.score} - threshold) / (error * std::sqrt(2.0))) / 2;
  }
  return sum;
}

}  // namespace

double score_noise(std::span<const Answer> reference, std::span<const Answer> answers, float threshold) {
  const double low = double{doubtful(threshold)}, high = (1 + double{threshold}) / 2;
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < std::min(reference.size(), answers.size()); ++i) {
    std::vector<bool> taken(answers[i].objects.size(), false);
    for (const inference::Object& object : reference[i].objects) {
      const double mine = double{object.score}, other = score_by(answers[i], object, taken);
      if (mine < low || mine > high) continue;
      const double difference = other >= 0 ? mine - other : kGone;
      sum += difference * difference;
      ++count;
    }
    for (size_t k = 0; k < taken.size(); ++k) {
      if (taken[k] || answers[i].objects[k].score < threshold) continue;
      sum += kGone * kGone;
      ++count;
    }
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

double tolerable_noise(std::span<const Answer> reference, float threshold, double share) {
  size_t passing = 0;
  for (const Answer& answer : reference)
    passing += static_cast<size_t>(std::ranges::count_if(
        answer.objects, [&](const inference::Object& object) { return object.score >= threshold; }));
  const double most = share * static_cast<double>(std::max<size_t>(passing, 1));
  double low = kLeastError, high = kLargestError;
  for (int step = 0; step < 40; ++step) {
    const double middle = std::sqrt(low * high);
    (flips(reference, double{threshold}, middle) > most ? high : low) = middle;
  }
  return low * low;
}

}  // namespace oree::certification
