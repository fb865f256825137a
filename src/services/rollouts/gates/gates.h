// Is the new model worse than the old one on this class of hardware? Pure; the statistics are
// core/monitoring/confidence.h's.
//
// A gate says `worse` when the whole range of what may be true lies beyond its limit, `no_worse` when the
// whole range lies within, else `undecided`. Early good days must not hide what came later, so each gate that
// counts requests is asked twice: over everything, and over the newest stretch alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/monitoring/sketch.h"
#include "services/rollouts/evidence.h"
#include "services/rollouts/plan.h"

namespace oree::rollouts {

enum class Verdict { no_worse, worse, undecided };
std::string_view verdict_name(Verdict verdict);

struct ClassEvidence {
  bool is_pool = false;     // of all classes together: only for gates that mean the same on all hardware
  int exposed = 0;          // stations that had begun to install
  int failed = 0;           // of these, and of those that failed before
  double silent_share = 0;  // of comparable stations without the new model
  Evidence candidate;
  Evidence baseline;
  std::optional<Evidence> candidate_stretch;
  std::optional<Evidence> baseline_stretch;
  int stretch = 0;  // its number, from 1
};

struct References {
  std::optional<monitoring::BinSketch> candidate;
  std::optional<monitoring::BinSketch> baseline;
};

struct GateVerdict {
  std::string gate;
  Verdict verdict = Verdict::undecided;
  bool blocks = true;  // whether undecided keeps a wave from ending
  std::string text;
};

// Only the gates that the plan has and about which there is something to say. `alpha` is for this class.
std::vector<GateVerdict> judge(const Gates& gates, const ClassEvidence& evidence,
                               const References& references, double alpha);

}  // namespace oree::rollouts
