#include "services/rollouts/offers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "services/rollouts/draft.h"

namespace oree::rollouts {

namespace {

using enum StationState;

// A number for each (seed, station), so that the order is nobody's choice and always the same (splitmix64).
uint64_t place_of(uint64_t seed, std::string_view id) {
  uint64_t x = seed;
  for (const char c : id) {
    x += 0x9e3779b97f4a7c15 + static_cast<unsigned char>(c);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
  }
  return x;
}

bool has_tags(const StationReport& report, const std::vector<std::string>& tags) {
  return std::ranges::all_of(
      tags, [&](const std::string& tag) { return std::ranges::find(report.tags, tag) != report.tags.end(); });
}

bool is_taken(const StationProgress& station) {
  return !station.gone && station.state != pending && station.state != offline;
}

bool may_be_offered(const Draft& draft, const Row& row) {
  const StationProgress* known = row.progress;
  if (known != nullptr && known->state != pending && known->state != offline) return false;
  const StationReport& report = *row.report;
  if (report.knows_bad || report.current == draft.plan.package || !draft.is_online(report)) return false;
  if (known == nullptr) return true;
  return !known->failed && !known->told_back;
}

int share_of(double percent, int all) {
  return static_cast<int>(std::floor(percent / 100 * all + 1e-9));
}

double exposed_percent(const Draft& draft) {
  const Wave& wave = draft.wave_of(draft.state.wave);
  return wave.max_exposed > 0 ? wave.max_exposed : draft.plan.max_exposed;
}

struct Candidate {
  const std::string* id;
  const StationReport* report;
  uint64_t place;
};

// What one round of offers may still do.
struct Round {
  Draft& draft;
  int left = 0;
  std::map<std::string, std::vector<Candidate>> candidates;  // by class of hardware
  std::map<std::string, int> taken;                          // stations by class, which were offered it
  std::map<std::string, int> class_room;
  std::map<std::string, int> class_size;
  std::map<std::string, int, std::less<>> at_site;                   // taken
  std::vector<std::map<std::string, int, std::less<>>> unavailable;  // by budget and group
};

// Changing, broken, or out of reach.
bool is_unavailable(const Draft& draft, const Row& row) {
  if (draft.is_silent(*row.report)) return true;
  const StationProgress* known = row.progress;
  if (known == nullptr) return false;
  return known->failed || known->state == silent || (is_taken(*known) && known->state != healthy);
}

void count_groups(Round& round) {
  const Draft& draft = round.draft;
  round.unavailable.resize(draft.plan.budgets.size());
  for (const Row& row : draft.rows) {
    const StationReport& report = *row.report;
    const StationProgress* known = row.progress;
    if (known != nullptr && is_taken(*known))
      ++round.at_site[std::string(tag_value(report.tags, draft.plan.site_tag))];
    if (draft.plan.budgets.empty() || !is_unavailable(draft, row)) continue;
    for (size_t i = 0; i < draft.plan.budgets.size(); ++i) {
      ++round.unavailable[i][std::string(tag_value(report.tags, draft.plan.budgets[i].group_by))];
    }
  }
}

// A class in which too few have proven the model is as a fleet of its own; who failed makes room for another.
void count_classes(Round& round) {
  Draft& draft = round.draft;
  bool all_wait = false;
  for (const auto& [hardware, view] : draft.classes()) {
    round.taken[hardware] = view.taken;
    round.class_size[hardware] = view.size;
    const bool proven = view.proven >= std::min(draft.plan.gates.min_stations, view.size) &&
                        !view.is(Verdict::undecided, true);
    const int unproven_cap =
        std::max(draft.plan.gates.min_stations, share_of(draft.plan.max_exposed, view.size));
    round.class_room[hardware] =
        proven ? std::numeric_limits<int>::max() : unproven_cap - (view.taken - view.evidence.failed);
    // More failed than usual, though it is not sure yet: nobody else before that is clear.
    if (!view.has_suspicious_failures()) continue;
    round.class_room[hardware] = 0;
    all_wait = all_wait || hardware == kPool;
  }
  if (all_wait) round.left = 0;
}

bool fits_budgets(const Round& round, const StationReport& report) {
  const auto& budgets = round.draft.plan.budgets;
  for (size_t i = 0; i < budgets.size(); ++i) {
    const auto group = tag_value(report.tags, budgets[i].group_by);
    if (group.empty()) continue;
    const auto at = round.unavailable[i].find(group);
    if (at != round.unavailable[i].end() && at->second >= budgets[i].max_unavailable) return false;
  }
  return true;
}

// The class that is furthest behind: first those that have too few to prove anything, then by share.
std::string next_class(const Round& round) {
  std::string best;
  std::pair<int, double> least{std::numeric_limits<int>::max(), 0};
  const int wanted = round.draft.plan.gates.min_stations;
  for (const auto& [hardware, candidates] : round.candidates) {
    if (candidates.empty() || round.class_room.at(hardware) <= 0) continue;
    const int taken = round.taken.at(hardware);
    const std::pair<int, double> rank{
        std::min(taken, wanted), static_cast<double>(taken) / std::max(1, round.class_size.at(hardware))};
    if (rank < least) {
      least = rank;
      best = hardware;
    }
  }
  return least.first == std::numeric_limits<int>::max() ? "\n" : best;
}

// In a class: from the site that has the fewest, so that one site's bad day is not taken for the model's.
std::vector<Candidate>::iterator next_station(Round& round, std::vector<Candidate>& candidates) {
  const auto rank = [&](const Candidate& one) {
    const auto at = round.at_site.find(tag_value(one.report->tags, round.draft.plan.site_tag));
    return std::pair(at == round.at_site.end() ? 0 : at->second, one.place);
  };
  auto best = candidates.end();
  for (auto at = candidates.begin(); at != candidates.end();) {
    if (!fits_budgets(round, *at->report)) {
      at = candidates.erase(at);
      best = candidates.end();
      at = candidates.begin();
      continue;
    }
    if (best == candidates.end() || rank(*at) < rank(*best)) best = at;
    ++at;
  }
  return best;
}

void offer(Round& round, const std::string& hardware, const Candidate& candidate) {
  Draft& draft = round.draft;
  --round.left;
  ++round.taken[hardware];
  if (round.class_room[hardware] != std::numeric_limits<int>::max()) --round.class_room[hardware];
  ++round.at_site[std::string(tag_value(candidate.report->tags, draft.plan.site_tag))];
  for (size_t i = 0; i < draft.plan.budgets.size(); ++i) {
    ++round.unavailable[i][std::string(tag_value(candidate.report->tags, draft.plan.budgets[i].group_by))];
  }
  draft.take({.kind = StepKind::offer,
              .at = {},
              .reason = cat("wave '", draft.wave_of(draft.state.wave).name, "'"),
              .station = *candidate.id,
              .to = offered,
              .wave = draft.state.wave,
              .hardware = hardware,
              .mark = {}});
}

// How many offers the ramp allows within this minute.
int ramp_left(const Draft& draft) {
  if (draft.plan.offers_per_minute == 0) return std::numeric_limits<int>::max();
  const bool same_minute =
      draft.now >= draft.state.offered_at && draft.now - draft.state.offered_at < std::chrono::minutes(1);
  return draft.plan.offers_per_minute - (same_minute ? draft.state.offered : 0);
}

}  // namespace

WaveQuota quota_of(Draft& draft) {
  const Wave& wave = draft.wave_of(draft.state.wave);
  WaveQuota out;
  int of_this_wave = 0;
  for (const Row& row : draft.rows) {
    if (!has_tags(*row.report, wave.tags)) continue;
    ++out.matching;
    const StationProgress* known = row.progress;
    if (known != nullptr && is_taken(*known)) {
      ++out.taken;
      of_this_wave += known->wave == draft.state.wave ? 1 : 0;
    }
    out.candidates += may_be_offered(draft, row) ? 1 : 0;
  }
  if (wave.count > 0) out.taken = of_this_wave;
  const int percent = static_cast<int>(std::ceil(wave.percent / 100 * out.matching - 1e-9));
  out.open = (wave.count > 0 ? wave.count : percent) - out.taken;
  const int fleet = static_cast<int>(draft.snapshot.stations.size());
  out.room = std::max(1, share_of(exposed_percent(draft), fleet)) - count(draft.state).unproven;
  return out;
}

void make_offers(Draft& draft) {
  if (draft.state.status != RolloutStatus::running && draft.state.status != RolloutStatus::done) return;
  const WaveQuota quota = quota_of(draft);
  Round round{.draft = draft,
              .left = std::min({quota.open, quota.candidates, quota.room, ramp_left(draft)}),
              .candidates = {},
              .taken = {},
              .class_room = {},
              .class_size = {},
              .at_site = {},
              .unavailable = {}};
  if (round.left <= 0) return;
  count_classes(round);
  count_groups(round);
  const Wave& wave = draft.wave_of(draft.state.wave);
  for (const Row& row : draft.rows) {
    if (!has_tags(*row.report, wave.tags) || !may_be_offered(draft, row)) continue;
    round.candidates[row.report->hardware].push_back(
        {row.id, row.report, place_of(draft.plan.seed, *row.id)});
  }
  while (round.left > 0) {
    const std::string hardware = next_class(round);
    if (hardware == "\n") return;
    auto& candidates = round.candidates[hardware];
    const auto chosen = next_station(round, candidates);
    if (chosen == candidates.end()) {
      candidates.clear();
      continue;
    }
    const Candidate candidate = *chosen;
    candidates.erase(chosen);
    offer(round, hardware, candidate);
  }
}

}  // namespace oree::rollouts
