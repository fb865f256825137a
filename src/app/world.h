// What a command brings into being before it wires rooms together: the clock, the disk, the log, the runtime.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "core/inference/model.h"
#include "core/sealing/key_source.h"
#include "nodes/edge/live/log_tail.h"
#include "platform/files/files.h"

namespace oree::app {

struct World {
  explicit World(LogLevel least) : log(clock, least) {}

  SystemClock clock;
  files::RealDisk disk;
  edge::LogTail log;
  std::unique_ptr<inference::Backend> backend;
};

// `unavailable` when ONNX Runtime is not found; says where it was looked for.
Result<std::unique_ptr<World>> make_world(LogLevel least);

// What opens sealed networks; null for "". Says on standard error when it is weak.
Result<std::shared_ptr<sealing::KeySource>> open_model_key(const std::filesystem::path& file);

// Blocks until SIGINT or SIGTERM. block_signals() must have been called before any thread was started.
void block_signals();
void wait_for_signal();
bool signal_came(milliseconds wait);  // within this time

}  // namespace oree::app
