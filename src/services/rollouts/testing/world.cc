#include "services/rollouts/testing/world.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/monitoring/confidence.h"

namespace oree::rollouts::testing {

namespace {

using Phase = Station::Phase;
using std::chrono::hours;
using std::chrono::minutes;

struct Hardware {
  std::string_view name;
  double share;      // of the fleet
  double median_us;  // latency
};
constexpr std::array<Hardware, 4> kHardware{{{"x86_64-avx2", 0.55, 3'000},
                                             {"orin-nano", 0.25, 9'000},
                                             {"rpi5", 0.15, 25'000},
                                             {"atom", 0.05, 60'000}}};
constexpr double kLatencySpread = 0.3;  // σ of ln(latency)
constexpr int kSites = 40;
constexpr int kTrackedPerClass = 12;
constexpr int kControlsPerClass = 6;

// How often things go wrong that are nobody's fault.
constexpr struct {
  double station_outage_days = 20;  // mean time between
  double station_outage_hours = 3;  // mean length
  double site_outage_days = 60;
  double site_outage_hours = 2;
  double long_offline_share = 0.03;  // away for days from the start
  double long_offline_days = 5;
  double install_failure = 0.005;  // disk full, power cut
  double shadow_agreement = 0.95;  // below that, surely, a station gives up by itself
} kWorld;

microseconds span_of(double hours_) {
  return microseconds(static_cast<int64_t>(hours_ * 3.6e9));
}
double hours_of(microseconds span) {
  return static_cast<double>(span.count()) / 3.6e9;
}

double old_p95(int hardware) {
  return kHardware[static_cast<size_t>(hardware)].median_us * std::exp(1.645 * kLatencySpread);
}

}  // namespace

std::string_view flaw_name(Flaw flaw) {
  constexpr std::string_view kNames[] = {"none",      "crash",        "3x p95",    "-5 points",
                                         "one class", "silent brick", "slow drift"};
  return kNames[static_cast<size_t>(flaw)];
}

namespace {

void draw_crash(Release& out, Dice& dice) {
  out.crash_stage = 1 + dice.below(3);
  out.crash_hours = dice.between(0.1, 8);
}

void draw_slow(Release& out, Dice& dice) {
  if (dice.happens(0.5)) {
    out.slow_factor = dice.between(3, 4);
  } else {
    out.slow_share = dice.between(0.08, 0.3);
  }
}

void draw_flaw(Release& out, Dice& dice) {
  if (out.flaw == Flaw::crash) {
    draw_crash(out, dice);
    out.affected = dice.between(0.5, 1);
  } else if (out.flaw == Flaw::slow) {
    draw_slow(out, dice);
  } else if (out.flaw == Flaw::wrong) {
    out.agreement *= 0.95;
  } else if (out.flaw == Flaw::one_class) {
    out.only_class = dice.below(4);
    const int how = dice.below(3);
    if (how == 0) draw_crash(out, dice);
    if (how == 1) draw_slow(out, dice);
    if (how == 2) out.errors_more = dice.between(0.05, 0.5);
  } else if (out.flaw == Flaw::brick) {
    out.brick_hours = dice.between(0.2, 8);
    out.affected = dice.between(0.6, 1);
  } else if (out.flaw == Flaw::drift) {
    out.drift_per_hour = 0.15 / dice.between(6, 24);
  }
}

}  // namespace

Release draw_release(Flaw flaw, uint64_t seed) {
  Dice dice(seed ^ 0xf1a3);
  Release out;
  out.flaw = flaw;
  out.agreement = dice.between(0.965, 0.995);
  out.slow_factor = dice.between(0.7, 1.2);
  out.errors_factor = dice.between(0.8, 1.2);
  out.confidence_shift = dice.between(0, 0.05);
  draw_flaw(out, dice);
  return out;
}

World::World(int stations, const Release& release, uint64_t seed, WallTime start)
    : release_(release),
      dice_(seed),
      start_(start),
      now_(start),
      world_shift_(dice_.happens(0.2) ? dice_.between(0, 0.1) : 0),
      stations_(static_cast<size_t>(stations)),
      site_offline_until_(kSites, start),
      tracked_(kHardware.size(), 0) {
  fleet_.listening_since = start;
  for (int i = 0; i < stations; ++i) place(i, stations);
  set_references();
}

void World::place(int number, int stations) {
  Station& station = stations_[static_cast<size_t>(number)];
  double share = (number + 0.5) / stations;
  while (share > kHardware[static_cast<size_t>(station.hardware)].share) {
    share -= kHardware[static_cast<size_t>(station.hardware++)].share;
  }
  station.site = static_cast<int>(kSites * dice_.uniform() * dice_.uniform());
  station.requests_per_minute = 6 * std::exp(0.5 * dice_.normal());
  station.latency_factor = std::exp(0.05 * dice_.normal());
  station.error_share = 0.002 * std::exp(0.5 * dice_.normal());
  station.download_minutes = 2 * std::exp(0.8 * dice_.normal());
  const bool in_class = release_.only_class < 0 || release_.only_class == station.hardware;
  station.affected = release_.flaw != Flaw::none && in_class && dice_.happens(release_.affected);
  station.offline_until = start_;
  if (dice_.happens(kWorld.long_offline_share)) {
    station.offline_until = start_ + span_of(dice_.exponential(24 * kWorld.long_offline_days));
  }
  StationReport& report = fleet_.stations[cat("s", 10'000 + number)];
  report.hardware = kHardware[static_cast<size_t>(station.hardware)].name;
  report.tags = {cat("site=", station.site)};
  report.current = kOldPackage;
  report.last_seen = is_reachable(station) ? start_ : start_ - hours(10);
  station.report = &report;
}

// Confidences lie below 1, most near it.
double confidence_of(Dice& dice, double shift) {
  return std::clamp(1 - std::abs(dice.normal()) * 0.1 - shift, 0.0, 0.999);
}

void World::set_references() {
  monitoring::BinSketch reference;
  for (int i = 0; i < 20'000; ++i) reference.add(confidence_of(dice_, 0));
  fleet_.candidate_reference = reference;
  fleet_.baseline_reference = reference;
}

bool World::is_reachable(const Station& station) const {
  return now_ >= station.offline_until && now_ >= site_offline_until_[static_cast<size_t>(station.site)];
}

void World::draw_outages(microseconds span) {
  const double days = hours_of(span) / 24;
  for (WallTime& until : site_offline_until_) {
    if (until <= now_ && dice_.happens(days / kWorld.site_outage_days)) {
      until = now_ + span_of(dice_.exponential(kWorld.site_outage_hours));
    }
  }
  for (Station& station : stations_) {
    if (station.offline_until <= now_ && dice_.happens(days / kWorld.station_outage_days)) {
      station.offline_until = now_ + span_of(dice_.exponential(kWorld.station_outage_hours));
    }
  }
}

void World::say(Station& station, StationState state, std::string why) {
  station.said = state;
  station.error = std::move(why);
}

void World::fall_back(Station& station, StationState state, std::string why) {
  station.phase = Phase::old_model;
  if (state == StationState::pending) {
    state = station.said == StationState::healthy ? StationState::rolled_back : StationState::failed;
  } else {
    station.knows_bad = true;
  }
  say(station, state, std::move(why));
}

// What the desired state changes, once the station hears of it.
void World::listen(Station& station) {
  station.told_new = station.desired_new && !station.knows_bad;
  if (station.told_new && station.phase == Phase::old_model && !station.was_told) {
    station.was_told = true;
    station.phase = Phase::downloading;
    station.phase_ends = now_ + span_of(station.download_minutes / 60);
    say(station, StationState::downloading, "");
  }
  if (!station.told_new && station.phase != Phase::old_model && station.phase != Phase::hung) {
    fall_back(station, StationState::pending, "told");
  }
  if (!station.desired_new) station.was_told = false;
}

void World::start_live(Station& station) {
  station.phase = Phase::live;
  station.live_since = now_;
  station.ever_on_new = true;
  station.is_tracked = tracked_[static_cast<size_t>(station.hardware)]++ < kTrackedPerClass;
  station.fails_at = WallTime::max();
  if (!station.affected) return;
  if (release_.crash_stage == 3) station.fails_at = now_ + span_of(dice_.exponential(release_.crash_hours));
  if (release_.brick_hours > 0) station.fails_at = now_ + span_of(dice_.exponential(release_.brick_hours));
}

void World::move(Station& station) {
  if (station.phase == Phase::hung && now_ >= station.phase_ends) {
    fall_back(station, StationState::rolled_back, "three starts without a healthy minute");
  } else if (station.phase == Phase::downloading && now_ >= station.phase_ends) {
    station.phase = Phase::installing;
    station.phase_ends = now_ + minutes(2);
    say(station, StationState::installing, "");
  } else if (station.phase == Phase::installing && now_ >= station.phase_ends) {
    if (dice_.happens(kWorld.install_failure)) return fall_back(station, StationState::failed, "disk full");
    if (station.affected && release_.crash_stage == 1)
      return fall_back(station, StationState::failed, "self_test");
    station.phase = Phase::shadow;
    station.phase_ends = now_ + station.comparison.at_most;
    say(station, StationState::shadow, "");
  } else if (station.phase == Phase::live && now_ >= station.fails_at) {
    if (release_.brick_hours > 0) {
      station.phase = Phase::hung;
      const bool watchdog_helps = dice_.happens(0.7);
      station.phase_ends = now_ + span_of(watchdog_helps ? dice_.between(0.5, 3) : dice_.between(24, 72));
    } else {
      fall_back(station, StationState::rolled_back, "crash");
    }
  }
}

double World::traffic(const Station& station, double spent) const {
  const auto day = now_ - std::chrono::floor<std::chrono::days>(now_);
  const bool is_night = day < hours(6) || day >= hours(22);
  return station.requests_per_minute * spent * (is_night ? 0.1 : 1);
}

void World::shadow(Station& station, double spent) {
  const uint64_t answers = dice_.poisson(traffic(station, spent) * station.comparison.percent / 100);
  const bool breaks = station.affected && release_.crash_stage == 2;
  if (breaks && answers > 0) {
    station.ever_on_new = true;  // the process went down with it
    return fall_back(station, StationState::failed, "crash");
  }
  Evidence& evidence = station.candidate;
  evidence.shadowed += answers;
  evidence.agreed += dice_.binomial(answers, release_.agreement);
  const uint64_t all = evidence.shadowed + station.report->candidate.shadowed;
  const uint64_t agreed = evidence.agreed + station.report->candidate.agreed;
  const bool below = static_cast<double>(agreed) < kWorld.shadow_agreement * static_cast<double>(all);
  if (below && monitoring::refuted(kWorld.shadow_agreement, agreed, all, 1e-4)) {
    return fall_back(station, StationState::failed, "shadow");
  }
  const bool enough = all >= static_cast<uint64_t>(station.comparison.requests) && !below;
  if (!enough && now_ < station.phase_ends) return;
  start_live(station);
  say(station, StationState::healthy, "");
}

double World::drift_of(const Station& station) const {
  const double alive = hours_of(now_ - station.live_since);
  return release_.confidence_shift + std::min(0.4, station.affected ? release_.drift_per_hour * alive : 0);
}

void World::serve(Station& station, double spent) {
  const uint64_t requests = dice_.poisson(traffic(station, spent));
  Evidence& evidence = station.candidate;
  evidence.requests += requests;
  const double more = station.affected ? release_.errors_more : 0;
  evidence.errors += dice_.poisson(static_cast<double>(requests) *
                                   std::min(1.0, station.error_share * release_.errors_factor + more));
  evidence.errors = std::min(evidence.errors, evidence.requests);
  if (!station.is_tracked) return;
  const double world = world_shift_ * std::min(1.0, hours_of(now_ - start_) / 168);
  const bool is_slow = station.affected && (release_.slow_share > 0 || release_.slow_factor > 2);
  const double factor = is_slow || release_.slow_factor < 2 ? release_.slow_factor : 1;
  for (uint64_t i = 0; i < requests; ++i) {
    double us = kHardware[static_cast<size_t>(station.hardware)].median_us * station.latency_factor * factor *
                std::exp(kLatencySpread * dice_.normal());
    if (is_slow && dice_.happens(release_.slow_share)) us = old_p95(station.hardware) * dice_.between(3, 5);
    evidence.latency.add(static_cast<uint64_t>(us));
    evidence.confidence.add(confidence_of(dice_, drift_of(station) + world));
  }
}

// The old model, on a few stations of each class one by one; what all of them count stands in the first one's
// report.
void World::serve_old(double spent) {
  const double world = world_shift_ * std::min(1.0, hours_of(now_ - start_) / 168);
  std::array<int, kHardware.size()> controls{};
  std::array<Station*, kHardware.size()> first{};
  for (Station& station : stations_) {
    const auto hardware = static_cast<size_t>(station.hardware);
    if (first[hardware] == nullptr) first[hardware] = &station;
    if (station.phase == Phase::live || station.phase == Phase::hung ||
        controls[hardware] >= kControlsPerClass)
      continue;
    ++controls[hardware];
    Evidence& evidence = first[hardware]->report->baseline;
    const uint64_t requests = dice_.poisson(traffic(station, spent));
    evidence.requests += requests;
    evidence.errors += std::min(requests, dice_.poisson(static_cast<double>(requests) * station.error_share));
    for (uint64_t i = 0; i < requests; ++i) {
      evidence.latency.add(static_cast<uint64_t>(kHardware[hardware].median_us * station.latency_factor *
                                                 std::exp(kLatencySpread * dice_.normal())));
      evidence.confidence.add(confidence_of(dice_, world));
    }
  }
}

void World::advance(WallTime now) {
  const microseconds span = now - now_;
  const double spent = hours_of(span) * 60;
  now_ = now;
  draw_outages(span);
  serve_old(spent);
  for (Station& station : stations_) {
    const bool reachable = is_reachable(station) && station.phase != Phase::hung;
    if (reachable) listen(station);
    if (station.phase == Phase::downloading && !reachable) station.phase_ends += span;
    if (station.phase != Phase::old_model) move(station);
    if (station.phase == Phase::shadow) shadow(station, spent);
    if (station.phase == Phase::live) serve(station, spent);
    if (!is_reachable(station) || station.phase == Phase::hung) continue;
    StationReport& report = *station.report;
    report.last_seen = now_;
    report.state = station.said;
    report.error = station.error;
    report.knows_bad = station.knows_bad;
    report.current = station.phase == Phase::live ? kNewPackage : kOldPackage;
    if (station.candidate == Evidence{}) continue;
    report.candidate.merge(station.candidate);
    station.candidate = {};
  }
}

void World::desire(const std::string& id, bool is_new, const Shadow& shadow) {
  const int number = *parse_number<int>(std::string_view(id).substr(1)) - 10'000;
  Station& station = stations_[static_cast<size_t>(number)];
  station.desired_new = is_new;
  if (is_new) station.comparison = shadow;
}

int World::ever_on_new() const {
  return static_cast<int>(std::ranges::count_if(stations_, &Station::ever_on_new));
}

int World::on_new() const {
  return static_cast<int>(std::ranges::count_if(
      stations_, [](const Station& one) { return one.phase == Phase::live || one.phase == Phase::hung; }));
}

}  // namespace oree::rollouts::testing
