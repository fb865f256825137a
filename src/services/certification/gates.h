// What an optimised network must have before it may be handed out, and whether it has. Pure.
//
// The limits are those of the production brief: at least 95 % of the accuracy kept, twice as fast, half the
// memory, times that do not vary more. A gate whose figure was not measured (the speed of a machine that is
// not here) is `open`: it neither holds nor fails, and the certificate says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/certification/emulate.h"
#include "services/certification/safety.h"
#include "services/certification/score.h"

namespace oree::certification {

struct Limits {
  double accuracy = 0.95;    // share kept, with 95 % confidence
  double speedup = 2.0;      // float p50 / optimised p50
  double memory = 0.5;       // share saved of what the model adds to a process
  double variation = 1.25;   // (p95 / p50) of the optimised over that of the float network
  double robustness = 0.95;  // share of accuracy kept under noise, blur and brightness
};

struct Timing {
  double p50_ms = 0, p95_ms = 0;
  size_t runs = 0;
};
struct Comparison {  // measured in turns on one machine
  Timing reference, optimised;
  double speedup = 0, speedup_low = 0, speedup_high = 0;  // of medians; 95 % by resampling pairs
};

struct Robustness {
  std::string disturbance;  // "noise"
  Score score;              // of the optimised against the float network, both disturbed
};

struct Measurements {
  Score score;
  std::string score_by;  // "this processor", "emulation of avx2", "proof and this processor"
  std::vector<Robustness> robustness;
  std::optional<Comparison> time;                              // only where the target is this machine
  uint64_t reference_bytes = 0, optimised_bytes = 0;           // of the files
  std::optional<uint64_t> reference_memory, optimised_memory;  // what loading and running adds
  std::vector<Proof> proofs;
  bool saturating_target = false;
  std::optional<Safety> safety;  // of the file that would be handed out
};

enum class Verdict { holds, fails, open };
std::string_view name_of(Verdict verdict);

struct Gate {
  std::string name, limit, measured;
  Verdict verdict = Verdict::open;
  std::string why, repair;  // of what does not hold
  // Of cost, which is the user's to judge: with this option it would have held ("--min-memory 12"). Of what
  // makes answers wrong, none.
  std::string option = {};
};

// "3.88 ms", and of quick networks as many places as it takes to tell them apart: "0.0213 ms".
std::string time_text(double ms);

std::vector<Gate> judge(const Measurements& measured, const Limits& limits);
bool all_hold(const std::vector<Gate>& gates);  // open ones do not count
// When only cost fails: the options with which it would be handed out; "" otherwise.
std::string options_to_accept(const std::vector<Gate>& gates);

}  // namespace oree::certification
