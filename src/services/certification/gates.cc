#include "services/certification/gates.h"

#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "base/text.h"

namespace oree::certification {

namespace {

constexpr double kNoSlower = 0.98;  // two in a hundred cannot be told from none on a shared machine

std::string percent(double share) {
  return cat(fixed(share * 100, 2), " %");
}

Gate accuracy_gate(const Measurements& m, const Limits& limits) {
  Gate gate{"accuracy", cat("at least ", percent(limits.accuracy), " kept, 95 % sure"),
            cat(percent(m.score.kept), " kept, at least ", percent(m.score.kept_low), " (",
                m.score.score_label(), ", ", m.score_by, ")")};
  if (m.score.kept_low >= limits.accuracy)
    gate.verdict = Verdict::holds;
  else {
    gate.verdict = Verdict::fails;
    if (m.score.kept >= limits.accuracy) {
      gate.why = cat(m.score.samples, " samples are too few to be sure of it");
      gate.repair = "give more samples with --data";
    } else {
      gate.why = "the integers lose too much";
      gate.repair =
          "give more and more varied samples to calibrate with, or keep layers in float with --keep-float";
    }
  }
  return gate;
}

Gate robustness_gate(const Measurements& m, const Limits& limits) {
  Gate gate{"robustness", cat("at least ", percent(limits.robustness), " kept under disturbances")};
  if (m.robustness.empty()) {
    gate.measured = "not measured";
    return gate;
  }
  std::vector<Score> scores;
  for (const Robustness& r : m.robustness) {
    gate.measured += cat(r.disturbance, " ", percent(r.score.kept), ", ");
    scores.push_back(r.score);
  }
  const Score all = pool(scores);
  gate.measured +=
      cat("together ", percent(all.kept), " (", percent(all.kept_low), " to ", percent(kept_high(all)), ")");
  if (all.kept >= limits.robustness) {
    gate.verdict = Verdict::holds;
  } else if (kept_high(all) >= limits.robustness) {
    gate.why = "the disturbed samples are too few to tell";
    gate.repair = "give more samples with --data";
  } else {
    gate.verdict = Verdict::fails;
    gate.why = "disturbed inputs cost it more than the float network";
    gate.repair = "put disturbed samples among those for calibration";
  }
  return gate;
}

Gate speed_gate(const Measurements& m, const Limits& limits) {
  Gate gate{"speed", cat("at least ", fixed(limits.speedup, 2), " times as fast"), "not measured"};
  if (!m.time) {
    gate.why = "the target is not this machine";
    gate.repair = "run 'oree optimise run' on a machine of the target's kind";
    return gate;
  }
  gate.measured = cat(fixed(m.time->speedup, 2), " times (", fixed(m.time->speedup_low, 2), " to ",
                      fixed(m.time->speedup_high, 2), "), ", time_text(m.time->reference.p50_ms), " to ",
                      time_text(m.time->optimised.p50_ms));
  gate.verdict = m.time->speedup >= limits.speedup ? Verdict::holds : Verdict::fails;
  if (gate.verdict == Verdict::fails) {
    gate.why = "integers gain less than that here";
    // Rounded down, or it would fail again; from a tenth faster on it is worth a claim.
    const double tenths = std::floor(m.time->speedup_low * 10) / 10;
    gate.option = cat("--min-speedup ", tenths > 1 ? fixed(tenths, 1) : fixed(kNoSlower, 2));
    gate.repair = cat("ask for what you need, as with ", gate.option);
  }
  return gate;
}

Gate variation_gate(const Measurements& m, const Limits& limits) {
  Gate gate{"steadiness",
            cat("p95/p50 at most ", fixed(limits.variation, 2), " times that of the float network"),
            "not measured"};
  if (!m.time) {
    gate.why = "the target is not this machine";
    return gate;
  }
  const double before = m.time->reference.p95_ms / std::max(1e-9, m.time->reference.p50_ms);
  const double after = m.time->optimised.p95_ms / std::max(1e-9, m.time->optimised.p50_ms);
  gate.measured = cat(fixed(after, 2), " against ", fixed(before, 2));
  // One slow run in twenty on a machine that does other things says nothing about the network.
  gate.verdict = after <= limits.variation * std::max(before, 1.2) ? Verdict::holds : Verdict::fails;
  if (gate.verdict == Verdict::fails) {
    gate.why = "its times vary more";
    gate.option = cat("--max-variation ", fixed(std::ceil(after / std::max(before, 1.2) * 100) / 100, 2));
    gate.repair = cat("measure on a quiet machine, or allow more, as with ", gate.option);
  }
  return gate;
}

// "12.00 % less"; "3.00 % more" for a share below zero.
std::string less_text(double saved) {
  return cat(percent(std::abs(saved)), saved < 0 ? " more" : " less");
}

Gate memory_gate(const Measurements& m, const Limits& limits) {
  const bool measured = m.reference_memory && m.optimised_memory && *m.reference_memory > 0;
  const uint64_t before = measured ? *m.reference_memory : m.reference_bytes;
  const uint64_t after = measured ? *m.optimised_memory : m.optimised_bytes;
  const double saved = before == 0 ? 0 : 1 - static_cast<double>(after) / static_cast<double>(before);
  Gate gate{"memory", cat(limits.memory < 0 ? "at most " : "at least ", less_text(limits.memory)),
            cat(less_text(saved), " (", size_text(before), " to ", size_text(after),
                measured ? ", resident" : ", of the file", ")")};
  gate.verdict = saved >= limits.memory ? Verdict::holds : Verdict::fails;
  if (gate.verdict == Verdict::fails) {
    gate.why = "too much of it is not weights, or stayed in float";
    gate.option = cat("--min-memory ", fixed(std::floor(saved * 100), 0));
    gate.repair = cat("ask for what you need, as with ", gate.option);
  }
  return gate;
}

Gate sums_gate(const Measurements& m) {
  Gate gate{"sums", "no sum can overflow; saturating pairs are emulated or proven absent"};
  size_t unsafe = 0, channels = 0;
  int64_t largest = 0;
  for (const Proof& proof : m.proofs) {
    unsafe += proof.unsafe;
    channels += proof.channels;
    largest = std::max(largest, proof.largest_sum);
  }
  gate.verdict = largest <= 2'147'483'647 ? Verdict::holds : Verdict::fails;
  gate.measured = cat(channels, " channels in ", m.proofs.size(), " operators, |sum| at most ", largest);
  if (m.saturating_target)
    gate.measured += unsafe == 0 ? "; no pair can saturate"
                                 : cat("; ", unsafe, " channels may saturate: scored by emulation");
  if (gate.verdict == Verdict::fails) gate.why = "a 32-bit accumulator may overflow";
  return gate;
}

Gate safety_gate(const Measurements& m) {
  Gate gate{"safety", "stands alone: no other files, no foreign operators, no circles", "not measured"};
  if (!m.safety) return gate;
  gate.verdict = m.safety->holds() ? Verdict::holds : Verdict::fails;
  gate.measured = cat(m.safety->external.size(), " tensors in other files, ", m.safety->foreign.size(),
                      " foreign operators, ", m.safety->broken.empty() ? "checked" : "broken");
  if (!m.safety->broken.empty()) {
    gate.why = m.safety->broken;
  } else if (!m.safety->external.empty()) {
    gate.why = cat("tensor '", m.safety->external.front(), "' is kept in another file");
    gate.repair = "a network of less than 2 GB fits into one file";
  } else if (!m.safety->foreign.empty()) {
    gate.why = cat(m.safety->foreign.front(), " needs a library that others do not have");
    gate.repair = "export the network with standard operators";
  }
  return gate;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::holds ? "holds" : verdict == Verdict::fails ? "fails" : "open";
}

std::string time_text(double ms) {
  return cat(fixed(ms, ms < 0.1 ? 4 : ms < 1 ? 3 : 2), " ms");
}

std::vector<Gate> judge(const Measurements& measured, const Limits& limits) {
  return {accuracy_gate(measured, limits),
          robustness_gate(measured, limits),
          speed_gate(measured, limits),
          variation_gate(measured, limits),
          memory_gate(measured, limits),
          sums_gate(measured),
          safety_gate(measured)};
}

std::string options_to_accept(const std::vector<Gate>& gates) {
  std::vector<std::string> options;
  for (const Gate& gate : gates) {
    if (gate.verdict != Verdict::fails) continue;
    if (gate.option.empty()) return "";
    options.push_back(gate.option);
  }
  return join(options, " ");
}

bool all_hold(const std::vector<Gate>& gates) {
  return std::ranges::none_of(gates, [](const Gate& gate) { return gate.verdict == Verdict::fails; });
}

}  // namespace oree::certification
