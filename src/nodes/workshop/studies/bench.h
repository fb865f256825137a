// How fast a network answers here, alone and against another one.
//
//   closed loop   `clients` ask one after the other as fast as they are answered: what the network can do
//   open loop     questions come at random moments (Poisson) whether the last is answered or not; times count
//                 from the moment a question was due, so that a stall is paid for by all who wait for it
//   paired        both networks in turns, so that whatever else the machine does meets both alike
//
// A percentile is given only when there are enough runs to be 99 % sure that it is not better than it looks
// (MLPerf's rule of early stopping without an over-latency run).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/model.h"
#include "nodes/workshop/studies/runnable.h"
#include "platform/json/value.h"
#include "services/certification/gates.h"

namespace oree::workshop {

struct BenchPlan {
  int threads = 1;       // inside one run
  unsigned clients = 1;  // who ask at the same time
  double warm_up = 0.5, seconds = 3;
  double rate = 0;         // questions a second of the open loop; 0: 70 % of what the closed one managed
  double accepted = 0.02;  // of a comparison: how much slower still counts as equal
};

struct Percentiles {
  double mean = 0, p50 = 0;
  std::optional<double> p90, p95, p99;  // of enough runs
  double most = 0;
};
Percentiles percentiles_of(std::vector<double> milliseconds);

struct Load {
  size_t runs = 0;
  double seconds = 0, offered_per_second = 0;  // offered: of the open loop
  Percentiles milliseconds;
  double cpu_ms_per_run = 0;  // of all threads
  double per_second() const { return seconds > 0 ? static_cast<double>(runs) / seconds : 0; }
};

// Joules that the processor's own counter says; absent, as in most virtual machines, with the reason.
struct Energy {
  std::optional<double> joules_per_run;
  std::string why_not;
};

struct Bench {
  Runnable network;
  double load_ms = 0;
  std::optional<uint64_t> memory;  // what loading and running adds to a process
  Load closed, open;
  Energy energy;
};

// `inputs` are what is asked, in turns; made up when empty. `weigher` as in measure.h.
Result<Bench> bench(const std::filesystem::path& network, std::vector<std::vector<tensor::Tensor>> inputs,
                    const BenchPlan& plan, inference::Backend& backend, const std::filesystem::path& weigher);

enum class Verdict { faster, equal, slower, undecided };
std::string_view name_of(Verdict verdict);
struct Duel {
  certification::Comparison time;        // reference: the first
  Verdict verdict = Verdict::undecided;  // of the first, against the second
};
// `unsupported` when they do not take the same inputs.
Result<Duel> compare(const Bench& first, const Bench& second, const BenchPlan& plan,
                     inference::Backend& backend);
// The interval decides: all of it faster, all of it slower, all of it within what is accepted, or none.
Verdict verdict_of(const certification::Comparison& time, double accepted);

json::Value to_json(const Bench& bench);
json::Value to_json(const Duel& duel);

}  // namespace oree::workshop
