#include "services/loader/loop.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>

namespace oree::loader {

namespace {

using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

double microseconds_between(SteadyClock::time_point from, SteadyClock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

// What one client has to show.
struct Tally {
  std::vector<double> microseconds, refused;
  std::string first_failure;

  void note(const Status& status, double took) {
    if (status) return microseconds.push_back(took);
    if (refused.empty()) first_failure = status.error().what;
    refused.push_back(took);
  }
};

struct Window {
  SteadyClock::time_point start, counted, end;
};

void ask_closed(Asker& asker, const Window& window, Tally& tally) {
  for (auto now = SteadyClock::now(); now < window.end;) {
    const Status status = asker.ask();
    const auto then = SteadyClock::now();
    if (now >= window.counted) tally.note(status, microseconds_between(now, then));
    now = then;
  }
}

void ask_open(Asker& asker, const Window& window, double rate, uint64_t seed, Tally& tally) {
  std::mt19937_64 dice(seed);
  std::exponential_distribution<double> gap(rate);
  const auto next = [&] { return std::chrono::duration_cast<SteadyClock::duration>(Seconds(gap(dice))); };
  for (auto due = window.start + next(); due < window.end; due += next()) {
    std::this_thread::sleep_until(due);
    const Status status = asker.ask();
    if (due >= window.counted) tally.note(status, microseconds_between(due, SteadyClock::now()));
  }
}

template <class Get>
double median_of(const std::vector<LoopResult>& rounds, Get get) {
  std::vector<double> values;
  for (const LoopResult& round : rounds) values.push_back(get(round));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

LoopResult median(const std::vector<LoopResult>& rounds) {
  LoopResult result;
  for (const LoopResult& round : rounds) {
    result.failures += round.failures;
    if (result.first_failure.empty()) result.first_failure = round.first_failure;
  }
  const double rate = median_of(rounds, [](const LoopResult& r) { return r.per_second(); });
  for (const LoopResult& round : rounds) result.answers += round.answers;
  result.seconds = rate > 0 ? static_cast<double>(result.answers) / rate : 0;
  constexpr double Times::* kFigures[] = {&Times::mean, &Times::p50,  &Times::p90, &Times::p95,
                                          &Times::p99,  &Times::p999, &Times::most};
  for (const auto figure : kFigures) {
    result.times.*figure = median_of(rounds, [figure](const LoopResult& r) { return r.times.*figure; });
    result.refused.*figure = median_of(rounds, [figure](const LoopResult& r) { return r.refused.*figure; });
  }
  return result;
}

}  // namespace

Times times_of(std::vector<double> microseconds) {
  if (microseconds.empty()) return {};
  std::ranges::sort(microseconds);
  const auto at = [&](double q) {
    const double rank = std::ceil(q * static_cast<double>(microseconds.size()));
    return microseconds[static_cast<size_t>(std::max(rank, 1.0)) - 1];
  };
  const double sum = std::accumulate(microseconds.begin(), microseconds.end(), 0.0);
  return {sum / static_cast<double>(microseconds.size()),
          at(.5),
          at(.9),
          at(.95),
          at(.99),
          at(.999),
          microseconds.back()};
}

Result<LoopResult> run_loop(const MakeAsker& make, const LoopPlan& plan) {
  std::vector<std::unique_ptr<Asker>> askers;
  for (unsigned i = 0; i < plan.clients; ++i) {
    auto asker = make();
    if (!asker) return forward(asker);
    askers.push_back(*std::move(asker));
  }
  std::vector<Tally> tallies(plan.clients);
  Window window;
  window.start = SteadyClock::now();
  window.counted = window.start + std::chrono::duration_cast<SteadyClock::duration>(Seconds(plan.warm_up));
  window.end = window.counted + std::chrono::duration_cast<SteadyClock::duration>(Seconds(plan.seconds));
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < plan.clients; ++i) {
      threads.emplace_back([&, i] {
        if (plan.rate <= 0) return ask_closed(*askers[i], window, tallies[i]);
        ask_open(*askers[i], window, plan.rate / plan.clients, plan.seed + i, tallies[i]);
      });
    }
  }
  LoopResult result;
  result.seconds = plan.seconds;
  std::vector<double> all, refused;
  for (Tally& tally : tallies) {
    all.insert(all.end(), tally.microseconds.begin(), tally.microseconds.end());
    refused.insert(refused.end(), tally.refused.begin(), tally.refused.end());
    if (result.first_failure.empty()) result.first_failure = std::move(tally.first_failure);
  }
  result.answers = all.size();
  result.failures = refused.size();
  result.times = times_of(std::move(all));
  result.refused = times_of(std::move(refused));
  return result;
}

Result<std::vector<LoopResult>> run_in_turns(const std::vector<Contestant>& contestants, const LoopPlan& plan,
                                             unsigned rounds) {
  std::vector<std::vector<LoopResult>> all(contestants.size());
  std::vector<size_t> order(contestants.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 dice(plan.seed);
  for (unsigned round = 0; round < rounds; ++round) {
    std::ranges::shuffle(order, dice);
    for (const size_t which : order) {
      LoopPlan turn = plan;
      turn.seed += round;
      auto result = run_loop(contestants[which].make, turn);
      if (!result) return forward(result, contestants[which].name);
      all[which].push_back(*std::move(result));
    }
  }
  std::vector<LoopResult> medians;
  for (const auto& rounds_of_one : all) medians.push_back(median(rounds_of_one));
  return medians;
}

}  // namespace oree::loader
