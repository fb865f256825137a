#include "services/serving/scheduler/recorder.h"

#include <algorithm>

namespace oree::serving {

namespace {

using inference::BatchStatistics;
using inference::CallTimes;
using inference::Duration;

uint64_t between(MonoTime from, MonoTime to) {
  return to > from ? static_cast<uint64_t>(std::chrono::nanoseconds(to - from).count()) : 0;
}

void add(Duration& duration, uint64_t ns) {
  ++duration.count;
  duration.ns += ns;
}

uint64_t milliseconds_of(WallTime now) {
  return static_cast<uint64_t>(std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count());
}

BatchStatistics& row_of(std::vector<BatchStatistics>& rows, uint64_t size) {
  const auto at = std::ranges::lower_bound(rows, size, {}, &BatchStatistics::batch_size);
  if (at != rows.end() && at->batch_size == size) return *at;
  return *rows.insert(at, {size, {}, {}, {}});
}

}  // namespace

MonoTime beginning(const CallTimes& times) {
  return times.received == MonoTime{} ? times.queued : times.received;
}

void Recorder::ran(std::span<const Waiting> calls, uint64_t rows, WallTime now) {
  const CallTimes& run = calls[0].call->times;
  const uint64_t input = between(run.compute_start, run.infer_start);
  const uint64_t infer = between(run.infer_start, run.infer_end);
  const uint64_t output = between(run.infer_end, run.compute_end);
  ++statistics_.execution_count;
  statistics_.inference_count += rows;
  statistics_.last_inference_ms = milliseconds_of(now);
  for (const Waiting& waiting : calls) {
    const CallTimes& times = waiting.call->times;
    add(statistics_.success, between(beginning(times), times.compute_end));
    add(statistics_.queue, between(times.queued, times.compute_start));
    add(statistics_.compute_input, input);
    add(statistics_.compute_infer, infer);
    add(statistics_.compute_output, output);
  }
  BatchStatistics& row = row_of(statistics_.batches, rows);
  add(row.compute_input, input);
  add(row.compute_infer, infer);
  add(row.compute_output, output);
}

void Recorder::cached(const inference::Call& call, std::chrono::nanoseconds looked, WallTime now) {
  statistics_.last_inference_ms = milliseconds_of(now);
  add(statistics_.success, between(beginning(call.times), call.times.compute_end));
  add(statistics_.cache_hit, static_cast<uint64_t>(looked.count()));
}

void Recorder::missed(std::chrono::nanoseconds took) {
  add(statistics_.cache_miss, static_cast<uint64_t>(took.count()));
}

void Recorder::failed(const inference::Call& call, inference::FailureReason reason, MonoTime now) {
  add(statistics_.fail, between(beginning(call.times), now));
  ++statistics_.failures[static_cast<size_t>(reason)];
}

}  // namespace oree::serving
