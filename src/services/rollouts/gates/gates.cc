#include "services/rollouts/gates/gates.h"

#include <algorithm>
#include <numbers>

#include "base/text.h"
#include "core/monitoring/confidence.h"
#include "core/monitoring/drift.h"

namespace oree::rollouts {

namespace {

using monitoring::Bounds;
using monitoring::distribution_radius;
using monitoring::LatencyBounds;
using monitoring::quantile_bounds;
using monitoring::refuted;
using monitoring::share_bounds;

// What one question about requests gives: the range of what may be true, and the range that is allowed.
struct Finding {
  double low = 0;
  double high = 0;
  double least = 0;  // allowed: least to most
  double most = 0;
};

Verdict verdict_of(const Finding& found) {
  if (found.low > found.most || found.high < found.least) return Verdict::worse;
  if (found.high <= found.most && found.low >= found.least) return Verdict::no_worse;
  return Verdict::undecided;
}

struct Question {
  std::string_view gate;
  bool blocks;
  bool pools;  // means the same on all hardware, so all of it together may say no_worse
  std::optional<double> Gates::* limit;
  // nullopt: nothing to say about it
  std::optional<Finding> (*ask)(double limit, const Evidence& candidate, const Evidence& baseline,
                                const References& references, double alpha);
  std::string (*tell)(const Finding& found);
};

constexpr double kNoLimit = 1e18;

std::optional<Finding> ask_errors(double limit, const Evidence& candidate, const Evidence& baseline,
                                  const References&, double alpha) {
  const Bounds now =
      share_bounds(std::min(candidate.errors, candidate.requests), candidate.requests, alpha / 2);
  const Bounds then =
      share_bounds(std::min(baseline.errors, baseline.requests), baseline.requests, alpha / 2);
  return Finding{.low = now.low - then.high, .high = now.high - then.low, .least = -2, .most = limit};
}

std::optional<Finding> ask_p95(double limit, const Evidence& candidate, const Evidence& baseline,
                               const References&, double alpha) {
  const LatencyBounds now = quantile_bounds(candidate.latency, 0.95, alpha / 2);
  const LatencyBounds then = quantile_bounds(baseline.latency, 0.95, alpha / 2);
  const auto ratio = [](uint64_t a, uint64_t b) {
    return a == UINT64_MAX || b == 0 ? kNoLimit : static_cast<double>(a) / static_cast<double>(b);
  };
  return Finding{.low = then.high == UINT64_MAX ? 0 : ratio(now.low, std::max<uint64_t>(then.high, 1)),
                 .high = ratio(now.high, then.low),
                 .least = -1,
                 .most = limit};
}

// Distance of what was seen from where the model was trained: a range around the measured one.
Bounds drift_bounds(const monitoring::BinSketch& reference, const monitoring::BinSketch& seen, double alpha) {
  const auto distance = monitoring::wasserstein(reference, seen);
  if (!distance) return {};
  const double radius = distribution_radius(seen.count(), alpha) + seen.bin_width();
  return {.low = std::max(0.0, *distance - radius), .high = *distance + radius};
}

std::optional<Finding> ask_drift(double limit, const Evidence& candidate, const Evidence& baseline,
                                 const References& references, double alpha) {
  if (candidate.confidence.count() == 0) return std::nullopt;
  if (!references.candidate) {
    if (baseline.confidence.count() == 0 || !baseline.confidence.same_bins(candidate.confidence)) {
      return std::nullopt;
    }
    const Bounds apart = drift_bounds(baseline.confidence, candidate.confidence, alpha);
    return Finding{.low = apart.low, .high = apart.high, .least = -1, .most = limit};
  }
  if (!references.candidate->same_bins(candidate.confidence)) return std::nullopt;
  const Bounds now = drift_bounds(*references.candidate, candidate.confidence, alpha / 2);
  double most = limit;
  // When the world itself has moved, the old model shows it as well.
  if (references.baseline && baseline.confidence.count() > 0 &&
      references.baseline->same_bins(baseline.confidence)) {
    most = std::max(limit, drift_bounds(*references.baseline, baseline.confidence, alpha / 2).high);
  }
  return Finding{.low = now.low, .high = now.high, .least = -1, .most = most};
}

std::optional<Finding> ask_agreement(double limit, const Evidence& candidate, const Evidence&,
                                     const References&, double alpha) {
  if (candidate.shadowed == 0) return std::nullopt;
  const Bounds share =
      share_bounds(std::min(candidate.agreed, candidate.shadowed), candidate.shadowed, alpha);
  return Finding{.low = share.low, .high = share.high, .least = limit, .most = 2};
}

std::optional<Finding> ask_accuracy(double limit, const Evidence& candidate, const Evidence& baseline,
                                    const References&, double alpha) {
  if (candidate.labelled == 0 || baseline.labelled == 0) return std::nullopt;
  const Bounds now =
      share_bounds(std::min(candidate.right, candidate.labelled), candidate.labelled, alpha / 2);
  const Bounds then = share_bounds(std::min(baseline.right, baseline.labelled), baseline.labelled, alpha / 2);
  return Finding{.low = then.low - now.high, .high = then.high - now.low, .least = -2, .most = limit};
}

std::string percent(double share) {
  return cat(fixed(share * 100, 2), " %");
}

std::string tell_errors(const Finding& f) {
  return cat("errors changed by ", percent(f.low), " to ", percent(f.high), "; ", percent(f.most),
             " more is allowed");
}
std::string tell_p95(const Finding& f) {
  const std::string high = f.high >= kNoLimit ? "any number of" : fixed(f.high, 2);
  return cat("p95 is ", fixed(f.low, 2), " to ", high, " times the old model's; ", fixed(f.most, 2),
             " is allowed");
}
std::string tell_drift(const Finding& f) {
  return cat("confidences moved by ", fixed(f.low, 3), " to ", fixed(f.high, 3), "; ", fixed(f.most, 3),
             " is allowed");
}
std::string tell_agreement(const Finding& f) {
  return cat(percent(f.low), " to ", percent(f.high), " of the answers in shadow are as the old model's; ",
             percent(f.least), " is needed");
}
std::string tell_accuracy(const Finding& f) {
  return cat("right answers fell by ", percent(f.low), " to ", percent(f.high), "; ", percent(f.most),
             " is allowed");
}

// One more gate on requests: one more row.
constexpr Question kQuestions[] = {
    {"errors", true, false, &Gates::errors, ask_errors, tell_errors},
    {"p95", true, false, &Gates::p95_ratio, ask_p95, tell_p95},
    {"drift", true, false, &Gates::drift, ask_drift, tell_drift},
    {"agreement", true, true, &Gates::agreement, ask_agreement, tell_agreement},
    // Labels come when people have time: nothing waits for them.
    {"accuracy", false, true, &Gates::accuracy, ask_accuracy, tell_accuracy},
};

// Of the probability of a wrong stop, failures may use this share; a class has few stations and many
// requests.
constexpr double kFailuresShare = 0.6;

// From here on nobody else is offered it before it is clear; one or two broken stations do not get that far.
constexpr double kSuspicion = 0.3;

std::optional<GateVerdict> ask(const Question& question, const Gates& gates, const ClassEvidence& evidence,
                               const References& references, double alpha) {
  const double limit = *(gates.*question.limit);
  const auto whole = question.ask(limit, evidence.candidate, evidence.baseline, references, alpha / 2);
  if (!whole) return std::nullopt;
  GateVerdict out{std::string(question.gate), verdict_of(*whole), question.blocks, question.tell(*whole)};
  if (out.verdict == Verdict::no_worse && evidence.candidate.requests < gates.min_requests) {
    out.verdict = Verdict::undecided;
  }
  if (out.verdict == Verdict::worse || !evidence.candidate_stretch || !evidence.baseline_stretch) return out;
  // Σ 6/(π² k²) = 1: every stretch has its own part of alpha.
  const double number = evidence.stretch + 1;
  const double part = alpha / 2 * 6 / (std::numbers::pi * std::numbers::pi * number * number);
  const auto late =
      question.ask(limit, *evidence.candidate_stretch, *evidence.baseline_stretch, references, part);
  if (!late || verdict_of(*late) != Verdict::worse) return out;
  return GateVerdict{out.gate, Verdict::worse, question.blocks, cat("lately, ", question.tell(*late))};
}

GateVerdict judge_failures(const Gates& gates, const ClassEvidence& evidence, double alpha) {
  const double limit = std::min(1.0, *gates.failures + evidence.silent_share);
  const auto failed = static_cast<uint64_t>(evidence.failed);
  const auto exposed = static_cast<uint64_t>(std::max(evidence.exposed, evidence.failed));
  const double share = exposed == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(exposed);
  GateVerdict out{.gate = "failures",
                  .verdict = Verdict::no_worse,
                  .blocks = true,
                  .text = cat(failed, " of ", exposed, " stations failed; ", percent(limit), " are allowed")};
  // The first ones all failing has probability limit^n, at any time: a test of its own.
  const bool all_failed = failed == exposed && evidence.failed >= std::max(2, gates.min_stations);
  if (share > limit && (all_failed || refuted(limit, failed, exposed, alpha))) {
    out.verdict = Verdict::worse;
  } else if (failed > 1 && share > limit && refuted(limit, failed, exposed, kSuspicion)) {
    out.verdict = Verdict::undecided;
  }
  return out;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  constexpr std::string_view kNames[] = {"no_worse", "worse", "undecided"};
  return kNames[static_cast<size_t>(verdict)];
}

std::vector<GateVerdict> judge(const Gates& gates, const ClassEvidence& evidence,
                               const References& references, double alpha) {
  std::vector<GateVerdict> out;
  if (gates.failures) out.push_back(judge_failures(gates, evidence, alpha * kFailuresShare));
  const auto on =
      std::ranges::count_if(kQuestions, [&](const Question& q) { return (gates.*q.limit).has_value(); });
  for (const Question& question : kQuestions) {
    if (!(gates.*question.limit).has_value() || (evidence.is_pool && !question.pools)) continue;
    const double part = alpha * (1 - kFailuresShare) / static_cast<double>(on);
    auto said = ask(question, gates, evidence, references, part);
    if (!said) continue;
    said->blocks = said->blocks && (evidence.is_pool || !question.pools);
    out.push_back(std::move(*said));
  }
  return out;
}

}  // namespace oree::rollouts
