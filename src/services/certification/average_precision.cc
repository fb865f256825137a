#include "services/certification/average_precision.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <random>

namespace oree::certification {

namespace {

constexpr size_t kThresholds = 10, kRecalls = 101, kMostObjects = 100, kRounds = 200;
constexpr double kFirstThreshold = 0.5, kStep = 0.05;

// One found box at each threshold.
struct Hit {
  float score = 0;
  std::bitset<kThresholds> right, ignored;
};

// What one picture says of one label.
struct Part {
  size_t drawn = 0;        // that count
  std::vector<Hit> found;  // best first
};
using Parts = std::map<size_t, Part>;  // by label

double area(const inference::Box& box) {
  return double{box.right - box.left} * double{box.bottom - box.top};
}

// Of a crowd's box only what lies outside it counts against the found one.
double overlap(const inference::Box& found, const Truth& truth) {
  const double width = double{std::min(found.right, truth.box.right)} - std::max(found.left, truth.box.left);
  const double height = double{std::min(found.bottom, truth.box.bottom)} - std::max(found.top, truth.box.top);
  if (width <= 0 || height <= 0) return 0;
  const double both = width * height;
  return both / (truth.crowd ? area(found) : area(found) + area(truth.box) - both);
}

// Crowds stand last in `truths`: whoever can have a box of its own takes that.
size_t best_match(const inference::Box& found, std::span<const Truth> truths, const std::vector<bool>& taken,
                  double threshold) {
  size_t best = truths.size();
  double most = std::min(threshold, 1 - 1e-10);
  for (size_t i = 0; i < truths.size(); ++i) {
    if (taken[i] && !truths[i].crowd) continue;
    if (best < truths.size() && !truths[best].crowd && truths[i].crowd) break;
    const double shared = overlap(found, truths[i]);
    if (shared < most) continue;
    most = shared;
    best = i;
  }
  return best;
}

Part part_of(std::vector<const inference::Object*> found, std::vector<Truth> truths) {
  Part part;
  std::ranges::stable_sort(truths, {}, &Truth::crowd);
  part.drawn = static_cast<size_t>(std::ranges::count(truths, false, &Truth::crowd));
  std::ranges::stable_sort(found, std::ranges::greater{}, &inference::Object::score);
  if (found.size() > kMostObjects) found.resize(kMostObjects);
  for (const inference::Object* object : found) part.found.push_back({object->score, {}, {}});
  for (size_t t = 0; t < kThresholds; ++t) {
    std::vector<bool> taken(truths.size(), false);
    for (size_t i = 0; i < found.size(); ++i) {
      const size_t best =
          best_match(found[i]->box, truths, taken, kFirstThreshold + kStep * static_cast<double>(t));
      if (best == truths.size()) continue;
      taken[best] = true;
      (truths[best].crowd ? part.found[i].ignored : part.found[i].right).set(t);
    }
  }
  return part;
}

Parts parts_of(const Answer& answer, const Drawn& drawn) {
  std::map<size_t, std::vector<const inference::Object*>> found;
  std::map<size_t, std::vector<Truth>> truths;
  for (const inference::Object& object : answer.objects) found[object.label_index].push_back(&object);
  for (const Truth& truth : drawn) truths[truth.label_index].push_back(truth);
  Parts parts;
  for (auto& [label, list] : found) parts.emplace(label, part_of(std::move(list), truths[label]));
  for (auto& [label, list] : truths) {
    if (!parts.contains(label)) parts.emplace(label, part_of({}, std::move(list)));
  }
  return parts;
}

std::vector<Parts> parts_of(std::span<const Answer> found, std::span<const Drawn> drawn) {
  std::vector<Parts> all;
  for (size_t i = 0; i < std::min(found.size(), drawn.size()); ++i)
    all.push_back(parts_of(found[i], drawn[i]));
  return all;
}

// The area below precision over recall, at one threshold, of hits that are sorted.
double area_below(std::span<const Hit* const> hits, size_t drawn, size_t threshold) {
  std::vector<double> recall, precision;
  double right = 0, wrong = 0;
  for (const Hit* hit : hits) {
    if (hit->ignored[threshold]) continue;
    (hit->right[threshold] ? right : wrong) += 1;
    recall.push_back(right / static_cast<double>(drawn));
    precision.push_back(right / (right + wrong));
  }
  for (size_t i = precision.size(); i > 1; --i)
    precision[i - 2] = std::max(precision[i - 2], precision[i - 1]);
  double sum = 0;
  for (size_t r = 0; r < kRecalls; ++r) {
    // 1 exactly, as there.
    const double least = r + 1 == kRecalls ? 1 : 0.01 * static_cast<double>(r);
    const auto at = std::ranges::lower_bound(recall, least);
    if (at != recall.end()) sum += precision[static_cast<size_t>(at - recall.begin())];
  }
  return sum / static_cast<double>(kRecalls);
}

// `picks` are indices of pictures; one may come several times.
AveragePrecision combine(std::span<const Parts> pictures, std::span<const size_t> picks) {
  std::map<size_t, std::pair<size_t, std::vector<const Hit*>>> labels;
  for (const size_t pick : picks) {
    for (const auto& [label, part] : pictures[pick]) {
      auto& [drawn, hits] = labels[label];
      drawn += part.drawn;
      for (const Hit& hit : part.found) hits.push_back(&hit);
    }
  }
  AveragePrecision result;
  size_t counted = 0;
  for (auto& [label, entry] : labels) {
    auto& [drawn, hits] = entry;
    if (drawn == 0) continue;
    ++counted;
    result.boxes += drawn;
    std::ranges::stable_sort(hits, std::ranges::greater{}, &Hit::score);
    for (size_t t = 0; t < kThresholds; ++t) {
      const double below = area_below(hits, drawn, t);
      result.ap += below / static_cast<double>(kThresholds);
      if (t == 0) result.ap50 += below;
    }
  }
  if (counted == 0) return result;
  result.ap /= static_cast<double>(counted);
  result.ap50 /= static_cast<double>(counted);
  return result;
}

std::vector<size_t> each_once(size_t n) {
  std::vector<size_t> picks(n);
  for (size_t i = 0; i < n; ++i) picks[i] = i;
  return picks;
}

// 95 % sure that at least this share is kept: both networks on the same resampled pictures.
double kept_at_least(std::span<const Parts> reference, std::span<const Parts> answers) {
  std::mt19937 random(20260101);
  std::vector<double> shares;
  std::vector<size_t> picks(answers.size());
  for (size_t round = 0; round < kRounds; ++round) {
    for (size_t& pick : picks) pick = random() % answers.size();
    const double base = combine(reference, picks).ap;
    if (base > 0) shares.push_back(combine(answers, picks).ap / base);
  }
  if (shares.empty()) return 0;
  std::ranges::sort(shares);
  return shares[shares.size() / 20];
}

}  // namespace

AveragePrecision average_precision(std::span<const Answer> found, std::span<const Drawn> drawn) {
  const std::vector<Parts> pictures = parts_of(found, drawn);
  return combine(pictures, each_once(pictures.size()));
}

void add_average_precision(Score& score, std::span<const Answer> reference, std::span<const Answer> answers,
                           std::span<const Drawn> drawn) {
  const std::vector<Parts> before = parts_of(reference, drawn), after = parts_of(answers, drawn);
  const std::vector<size_t> all = each_once(std::min(before.size(), after.size()));
  const AveragePrecision was = combine(before, all), is = combine(after, all);
  if (is.boxes == 0) return;
  score.boxes = is.boxes;
  score.reference_ap = was.ap;
  score.reference_ap50 = was.ap50;
  score.ap = is.ap;
  score.ap50 = is.ap50;
  score.kept = was.ap > 0 ? is.ap / was.ap : 0;
  score.kept_low = std::min(score.kept, kept_at_least(before, after));
}

std::vector<Answer> above(std::span<const Answer> answers, float threshold) {
  std::vector<Answer> kept(answers.begin(), answers.end());
  for (Answer& answer : kept)
    std::erase_if(answer.objects,
                  [threshold](const inference::Object& object) { return object.score < threshold; });
  return kept;
}

}  // namespace oree::certification
