#include "services/certification/score.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/text.h"

namespace oree::certification {

namespace {

constexpr double kZ = 1.959964, kOneSided = 1.644854;
constexpr double kMatch = 0.5;

bool in_top(const Answer& answer, int label, size_t n) {
  const auto at = static_cast<size_t>(label);
  if (at >= answer.scores.size()) return false;
  size_t better = 0;
  for (size_t i = 0; i < answer.scores.size(); ++i) {
    const bool ahead =
        answer.scores[i] > answer.scores[at] || (answer.scores[i] == answer.scores[at] && i < at);
    better += ahead ? 1 : 0;
  }
  return better < n;
}

double overlap(const inference::Box& a, const inference::Box& b) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const double both = double{width} * double{height};
  const auto area = [](const inference::Box& box) {
    return double{box.right - box.left} * double{box.bottom - box.top};
  };
  return both / (area(a) + area(b) - both);
}

struct Matches {
  size_t matched = 0, all = 0;  // all: objects of both answers
};

Matches match(const Answer& reference, const Answer& answer) {
  Matches found{0, reference.objects.size() + answer.objects.size()};
  std::vector<bool> taken(reference.objects.size(), false);
  for (const inference::Object& object : answer.objects) {
    size_t best = taken.size();
    double most = kMatch;
    for (size_t i = 0; i < taken.size(); ++i) {
      if (taken[i] || reference.objects[i].label_index != object.label_index) continue;
      const double shared = overlap(reference.objects[i].box, object.box);
      if (shared < most) continue;
      most = shared;
      best = i;
    }
    if (best == taken.size()) continue;
    taken[best] = true;
    found.matched += 2;
  }
  return found;
}

double f1(const Matches& m) {
  return m.all == 0 ? 1 : static_cast<double>(m.matched) / static_cast<double>(m.all);
}

// Resampling whole pictures: their objects do not vary independently.
Interval bootstrap(std::span<const Matches> matches) {
  std::mt19937 random(20260101);
  std::vector<double> shares;
  constexpr size_t kRounds = 1000;
  for (size_t round = 0; round < kRounds; ++round) {
    Matches sum;
    for (size_t i = 0; i < matches.size(); ++i) {
      const Matches& m = matches[random() % matches.size()];
      sum.matched += m.matched;
      sum.all += m.all;
    }
    shares.push_back(f1(sum));
  }
  std::ranges::sort(shares);
  return {shares[kRounds / 40], shares[kRounds - 1 - kRounds / 40]};
}

// Two-sided binomial test of won against lost.
double mcnemar(size_t won, size_t lost) {
  const size_t n = won + lost;
  if (n == 0) return 1;
  double tail = 0;
  for (size_t k = 0; k <= std::min(won, lost); ++k) {
    const auto N = static_cast<double>(n), K = static_cast<double>(k);
    tail += std::exp(std::lgamma(N + 1) - std::lgamma(K + 1) - std::lgamma(N - K + 1) - N * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

void count_labels(Score& score, std::span<const Answer> reference, std::span<const Answer> answers,
                  std::span<const int> labels) {
  for (size_t i = 0; i < answers.size() && i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    ++score.labelled;
    const bool before = in_top(reference[i], labels[i], 1), after = in_top(answers[i], labels[i], 1);
    score.reference_top1 += before ? 1 : 0;
    score.top1 += after ? 1 : 0;
    score.reference_top5 += in_top(reference[i], labels[i], 5) ? 1 : 0;
    score.top5 += in_top(answers[i], labels[i], 5) ? 1 : 0;
    score.won += after && !before ? 1 : 0;
    score.lost += before && !after ? 1 : 0;
  }
  score.p_value = mcnemar(score.won, score.lost);
}

// With labels: the paired difference of accuracies, normal approximation; a difference that never showed is
// bounded by the rule of three.
void bound_kept(Score& score) {
  if (!score.has_labels() || score.reference_top1 == 0) {
    score.kept = score.agreement;
    score.kept_low = score.agreement_range.low;
    return;
  }
  const auto n = static_cast<double>(score.labelled), base = static_cast<double>(score.reference_top1);
  const double b = static_cast<double>(score.won), c = static_cast<double>(score.lost);
  score.kept = static_cast<double>(score.top1) / base;
  const double spread = std::sqrt(std::max(b + c - (b - c) * (b - c) / n, 0.0));
  const double doubt = b + c == 0 ? 3.0 : kOneSided * std::max(spread, 1.0);
  score.kept_low = score.kept - doubt / base;
}

void compare_values(Score& score, std::span<const Answer> reference, std::span<const Answer> answers) {
  double signal = 0, noise = 0;
  size_t same = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const size_t n = std::min(reference[i].scores.size(), answers[i].scores.size());
    for (size_t k = 0; k < n; ++k) {
      const double x = double{reference[i].scores[k]}, d = x - double{answers[i].scores[k]};
      signal += x * x;
      noise += d * d;
    }
    same += n > 0 && best_class(reference[i]) == best_class(answers[i]) ? 1 : 0;
  }
  score.sqnr_db = noise > 0 && signal > 0 ? std::min(200.0, 10 * std::log10(signal / noise))
                  : noise > 0             ? 0
                                          : 200;
  if (std::isnan(noise)) score.sqnr_db = 0;
  if (score.task == Task::classes) {
    score.agreement = answers.empty() ? 0 : static_cast<double>(same) / static_cast<double>(answers.size());
    score.agreement_range = wilson(same, answers.size());
  } else {
    score.agreement = signal > 0 && !std::isnan(noise) ? std::max(0.0, 1 - std::sqrt(noise / signal)) : 0;
    score.agreement_range = {score.agreement, score.agreement};
  }
}

}  // namespace

std::string Score::score_label() const {
  if (has_labels()) return cat("top-1 of ", labelled, " labelled samples");
  if (boxes > 0) return cat("AP over ", boxes, " boxes on ", samples, " samples");
  return cat("agreement with the float network on ", samples, " samples");
}

size_t best_class(const Answer& answer) {
  return static_cast<size_t>(std::ranges::max_element(answer.scores) - answer.scores.begin());
}

Interval wilson(size_t hits, size_t n) {
  if (n == 0) return {0, 1};
  const auto N = static_cast<double>(n);
  const double p = static_cast<double>(hits) / N, z2 = kZ * kZ;
  const double centre = (p + z2 / (2 * N)) / (1 + z2 / N);
  const double half = kZ * std::sqrt(p * (1 - p) / N + z2 / (4 * N * N)) / (1 + z2 / N);
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Score pool(std::span<const Score> scores) {
  Score all;
  for (const Score& one : scores) {
    all.task = one.task;
    all.samples += one.samples;
    all.labelled += one.labelled;
    all.top1 += one.top1;
    all.top5 += one.top5;
    all.reference_top1 += one.reference_top1;
    all.reference_top5 += one.reference_top5;
    all.won += one.won;
    all.lost += one.lost;
    all.agreement += one.agreement / static_cast<double>(scores.size());
    all.agreement_range.low += one.agreement_range.low / static_cast<double>(scores.size());
    all.agreement_range.high += one.agreement_range.high / static_cast<double>(scores.size());
  }
  all.p_value = mcnemar(all.won, all.lost);
  bound_kept(all);
  return all;
}

double kept_high(const Score& score) {
  return score.has_labels() && score.reference_top1 > 0 ? 2 * score.kept - score.kept_low
                                                        : score.agreement_range.high;
}

Score score(Task task, std::span<const Answer> reference, std::span<const Answer> answers,
            std::span<const int> labels) {
  Score result;
  result.task = task;
  result.samples = answers.size();
  if (task == Task::objects) {
    std::vector<Matches> matches;
    Matches sum;
    for (size_t i = 0; i < answers.size(); ++i) {
      matches.push_back(match(reference[i], answers[i]));
      sum.matched += matches.back().matched;
      sum.all += matches.back().all;
    }
    result.agreement = f1(sum);
    if (!matches.empty()) result.agreement_range = bootstrap(matches);
  } else {
    compare_values(result, reference, answers);
    if (task == Task::classes) count_labels(result, reference, answers, labels);
  }
  bound_kept(result);
  return result;
}

}  // namespace oree::certification
