// What a model has done since it was loaded, exactly: nothing is sampled. Triton's statistics extension,
// whose clients (perf_analyzer among them) subtract two of these.
// https://github.com/triton-inference-server/server, docs/protocol/extension_statistics.md
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace oree::inference {

struct Duration {
  uint64_t count = 0;
  uint64_t ns = 0;
};

struct BatchStatistics {
  uint64_t batch_size = 0;
  Duration compute_input, compute_infer, compute_output;
};

struct MeasuredRun {
  uint64_t batch_size = 0;
  double us = 0;
};

enum class FailureReason { rejected, canceled, backend, other };

struct ModelStatistics {
  std::string name;
  std::string version;
  uint64_t last_inference_ms = 0;  // since 1970; 0: never
  uint64_t inference_count = 0;    // batch entries, cached answers not among them
  uint64_t execution_count = 0;    // runs of the network
  Duration success, fail, queue, compute_input, compute_infer, compute_output, cache_hit, cache_miss;
  std::vector<BatchStatistics> batches;  // by batch size
  std::array<uint64_t, 4> failures{};    // by FailureReason
  uint64_t pending = 0;                  // requests that wait or run now
  uint64_t memory_bytes = 0;             // what the version holds, as far as it is known
  double load_seconds = 0;
  // Of answered requests, from received to finished, since the version was loaded; 0: none yet.
  double p50_us = 0, p95_us = 0, p99_us = 0;
  // One run of the network by batch size, as measured on this machine; empty: not measured.
  std::vector<MeasuredRun> measured;
};

}  // namespace oree::inference
