// Plays releases on a simulated fleet, by our policy and by others', and prints a table (bench/FLEET.md).
//
//   oree-fleet-bench [RELEASES_OF_EACH_SIDE] [STATIONS] [--policy NAME] [--first SEED] [--verbose] [--json]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/rollouts/testing/policies.h"

namespace {

using namespace oree;
using namespace oree::rollouts::testing;

struct Contender {
  std::string name;
  std::function<std::unique_ptr<Policy>(WallTime)> make;
};

std::vector<Contender> contenders() {
  return {
      {"oree", [](WallTime now) { return ours(bench_plan(), now); }},
      {"hawkbit-default", [](WallTime) { return hawkbit(50, 50); }},
      {"hawkbit-strict", [](WallTime) { return hawkbit(95, 2); }},
      {"aws-jobs-10", [](WallTime) { return aws_jobs(10); }},
      {"flightctl-90", [](WallTime) { return flightctl(90); }},
  };
}

// All releases of one policy, on all processors.
std::vector<Outcome> play_all(const Contender& contender, int releases, int stations, uint64_t first) {
  std::vector<Outcome> out(static_cast<size_t>(releases) * 2);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < out.size(); i = next++) {
      const uint64_t seed = i / 2 + first;
      const Flaw flaw = i % 2 == 0 ? Flaw::none : kFlaws[(i / 2) % std::size(kFlaws)];
      out[i] = play(stations, draw_release(flaw, seed), seed, contender.make, std::chrono::minutes(10));
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  threads.clear();
  return out;
}

struct Sums {
  int releases = 0, stopped = 0, most = 0, still_on_it = 0, over = 0;
  double ever = 0, hours = 0, back = 0, worst_back = 0;
  int arrived = 0;
};

Sums sums_of(const std::vector<Outcome>& outcomes, const std::function<bool(const Outcome&)>& wanted,
             int limit) {
  Sums out;
  for (const Outcome& one : outcomes) {
    if (!wanted(one)) continue;
    ++out.releases;
    out.stopped += one.ending == Ending::stopped || one.ending == Ending::paused ? 1 : 0;
    out.ever += one.ever_on_new;
    out.most = std::max(out.most, one.ever_on_new);
    out.over += one.ever_on_new > limit ? 1 : 0;
    out.still_on_it += one.on_new_at_end > 0 ? 1 : 0;
    if (one.hours_to_95 >= 0) {
      ++out.arrived;
      out.hours += one.hours_to_95;
    }
    out.back += std::max(0.0, one.hours_back);
    out.worst_back = std::max(out.worst_back, one.hours_back);
  }
  return out;
}

void print_text(std::string_view flaw, const Sums& sums, int each) {
  std::printf(
      "  %-12s %4d releases  stopped %3d  ever on it: mean %.1f, most %d, over 1 %%: %d  still on it: %d  "
      "on 95 %%: %d, after %.1f h  back after %.1f h, at most %.1f\n",
      std::string(flaw).c_str(), sums.releases, sums.stopped, sums.ever / each, sums.most, sums.over,
      sums.still_on_it, sums.arrived, sums.hours / std::max(1, sums.arrived), sums.back / each,
      sums.worst_back);
}

void print_json(const std::string& policy, std::string_view flaw, const Sums& sums, int each) {
  const json::Value row = json::Object{{"policy", policy},
                                       {"flaw", flaw},
                                       {"releases", sums.releases},
                                       {"stopped", sums.stopped},
                                       {"ever_mean", sums.ever / each},
                                       {"ever_most", sums.most},
                                       {"over", sums.over},
                                       {"still_on_it", sums.still_on_it},
                                       {"arrived", sums.arrived},
                                       {"hours_to_95", sums.hours / std::max(1, sums.arrived)},
                                       {"back_mean", sums.back / each},
                                       {"back_most", sums.worst_back}};
  std::printf("%s\n", json::print(row).c_str());
}

// What did not go as it should, one by one.
void print_surprises(const std::vector<Outcome>& outcomes, int limit, uint64_t first) {
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& one = outcomes[i];
    const bool contained = one.ever_on_new <= limit && one.on_new_at_end == 0;
    const bool as_wished =
        one.flaw == Flaw::none ? one.ending == Ending::done : one.ending == Ending::stopped && contained;
    if (as_wished) continue;
    std::printf("    seed %zu, %s: ending %d after %.1f h, ever %d, at end %d, %s\n",
                static_cast<size_t>(i / 2 + first), std::string(flaw_name(one.flaw)).c_str(),
                static_cast<int>(one.ending), one.hours_to_ending, one.ever_on_new, one.on_new_at_end,
                one.reason.c_str());
  }
}

struct Options {
  int releases = 300;
  int stations = 1'000;
  uint64_t first = 1;  // seed
  bool verbose = false;
  bool json = false;
  std::string policy;  // "" for all
};

Options read(std::span<char*> words) {
  Options out;
  int number = 0;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string word = words[i];
    out.verbose = out.verbose || word == "--verbose";
    out.json = out.json || word == "--json";
    if (word == "--policy" && i + 1 < words.size()) out.policy = words[++i];
    if (word == "--first" && i + 1 < words.size()) {
      out.first = parse_number<uint64_t>(std::string_view(words[++i])).value_or(1);
      continue;
    }
    if (const auto value = parse_number<int>(word)) (number++ == 0 ? out.releases : out.stations) = *value;
  }
  return out;
}

void play_one(const Contender& contender, const Options& options) {
  const auto outcomes = play_all(contender, options.releases, options.stations, options.first);
  const int limit = options.stations / 100;
  const auto report = [&](std::string_view name, const std::function<bool(const Outcome&)>& wanted) {
    const Sums sums = sums_of(outcomes, wanted, limit);
    const int each = std::max(1, sums.releases);
    options.json ? print_json(contender.name, name, sums, each) : print_text(name, sums, each);
  };
  if (!options.json) std::printf("%s\n", contender.name.c_str());
  report("none", [](const Outcome& one) { return one.flaw == Flaw::none; });
  for (const Flaw flaw : kFlaws)
    report(flaw_name(flaw), [&](const Outcome& one) { return one.flaw == flaw; });
  report("all bad", [](const Outcome& one) { return one.flaw != Flaw::none; });
  if (options.verbose) print_surprises(outcomes, limit, options.first);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read({argv, static_cast<size_t>(argc)});
  for (const Contender& contender : contenders()) {
    if (options.policy.empty() || contender.name == options.policy) play_one(contender, options);
  }
  return 0;
}
