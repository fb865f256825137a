#include "services/search/search.h"

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "base/text.h"
#include "services/search/surrogate.h"

namespace oree::search {
namespace {

Status check(const Space& space, const Plan& plan) {
  if (space.empty()) return fail(ErrorKind::invalid, "the space has no axis");
  for (const auto& axis : space)
    if (axis.choices.empty() || axis.choices.size() > std::numeric_limits<uint16_t>::max())
      return fail(ErrorKind::invalid, cat("axis '", axis.name, "' has no choices, or too many"));
  if (plan.reference.empty()) return fail(ErrorKind::invalid, "the search has no reference point");
  return {};
}

Point point_at(const Space& space, uint64_t number) {
  Point point;
  for (const auto& axis : space) {
    point.push_back(static_cast<uint16_t>(number % axis.choices.size()));
    number /= axis.choices.size();
  }
  return point;
}

// The whole space, or a sample of it that is the same each time.
std::vector<Point> candidates(const Space& space, size_t most) {
  std::vector<Point> points;
  if (const uint64_t size = size_of(space); size <= most) {
    for (uint64_t i = 0; i < size; ++i) points.push_back(point_at(space, i));
    return points;
  }
  std::mt19937_64 random(1);
  while (points.size() < most) {
    Point point;
    for (const auto& axis : space) point.push_back(static_cast<uint16_t>(random() % axis.choices.size()));
    points.push_back(std::move(point));
  }
  return points;
}

class Explorer {
 public:
  Explorer(const Space& space, const Plan& plan, const Measure& measure)
      : space_(space), plan_(plan), measure_(measure), surrogate_(space) {}

  Result<std::vector<Trial>> run() {
    if (auto status = one_by_one(); !status) return forward(status);
    const auto points = candidates(space_, plan_.most_predicted);
    while (!done() && !trials_.empty()) {
      const auto next = most_promising(points);
      if (!next) break;
      if (auto status = attempt(*next); !status) return forward(status);
    }
    return std::move(trials_);
  }

 private:
  bool done() const { return stopped_ || seen_.size() >= plan_.budget; }

  Status attempt(const Point& point) {
    if (done() || !seen_.insert(point).second) return {};
    auto objectives = measure_(point);
    if (!objectives && objectives.error().kind == ErrorKind::unsupported) return {};
    if (!objectives) return forward(objectives, text_of(space_, point));
    if (objectives->size() != plan_.reference.size())
      return fail(ErrorKind::bug, "a trial has another number of objectives than the reference");
    trials_.push_back({point, *std::move(objectives)});
    if (plan_.on_trial && !plan_.on_trial(trials_)) stopped_ = true;
    return {};
  }

  // Where it begins, each other choice alone, and all last choices together.
  Status one_by_one() {
    const Point start(space_.size(), 0);
    if (auto status = attempt(start); !status) return status;
    Point end;
    for (size_t axis = 0; axis < space_.size(); ++axis) {
      end.push_back(static_cast<uint16_t>(space_[axis].choices.size() - 1));
      for (size_t choice = 1; choice < space_[axis].choices.size(); ++choice) {
        Point point = start;
        point[axis] = static_cast<uint16_t>(choice);
        if (auto status = attempt(point); !status) return status;
      }
    }
    return attempt(end);
  }

  // Nearness of a prediction to the known front, for when no prediction would add to it.
  static double gap(const Objectives& predicted, const std::vector<Objectives>& front) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& point : front) {
      double behind = 0;
      for (size_t k = 0; k < point.size(); ++k) behind = std::max(behind, predicted[k] - point[k]);
      nearest = std::min(nearest, behind);
    }
    return nearest;
  }

  std::optional<Point> most_promising(const std::vector<Point>& points) {
    surrogate_.fit(trials_);
    const auto measured = objectives_of(trials_);
    std::vector<Objectives> front;
    for (const size_t i : front_of(measured)) front.push_back(measured[i]);
    const double now = hypervolume(front, plan_.reference);
    std::vector<std::pair<Objectives, const Point*>> predicted;
    std::vector<Objectives> values;
    for (const auto& point : points) {
      if (seen_.contains(point)) continue;
      predicted.emplace_back(surrogate_.predict(point), &point);
      values.push_back(predicted.back().first);
    }
    const Point* best = nullptr;
    double most = 0, nearest = std::numeric_limits<double>::infinity();
    for (const size_t i : front_of(values)) {
      auto with = front;
      with.push_back(values[i]);
      const double gain = hypervolume(with, plan_.reference) - now;
      const double distance = gap(values[i], front);
      if (gain > most || (most == 0 && distance < nearest)) best = predicted[i].second;
      most = std::max(most, gain);
      nearest = std::min(nearest, distance);
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
  }

  const Space& space_;
  const Plan& plan_;
  const Measure& measure_;
  Surrogate surrogate_;
  std::vector<Trial> trials_;
  std::set<Point> seen_;
  bool stopped_ = false;
};

}  // namespace

uint64_t size_of(const Space& space) {
  uint64_t size = 1;
  for (const auto& axis : space)
    if (__builtin_mul_overflow(size, static_cast<uint64_t>(axis.choices.size()), &size)) return UINT64_MAX;
  return size;
}

std::string text_of(const Space& space, const Point& point) {
  std::vector<std::string> words;
  for (size_t i = 0; i < space.size() && i < point.size(); ++i)
    words.push_back(cat(space[i].name, "=", space[i].choices[point[i]]));
  return join(words, " ");
}

std::vector<Objectives> objectives_of(const std::vector<Trial>& trials) {
  std::vector<Objectives> all;
  for (const auto& trial : trials) all.push_back(trial.objectives);
  return all;
}

Result<std::vector<Trial>> explore(const Space& space, const Plan& plan, const Measure& measure) {
  if (auto status = check(space, plan); !status) return forward(status);
  return Explorer(space, plan, measure).run();
}

}  // namespace oree::search
