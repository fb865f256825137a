// One inference: what was asked, and what came of it. The one value that travels from a wire dialect through
// the scheduler to a runtime and back.
//
// A dialect derives from it, keeps it alive until finished(), and may use it again afterwards: clear() keeps
// the memory. Everything a call is given is borrowed (names, shapes, bytes: usually from the request's
// buffer) and must stay until finished(). Not thread-safe; from start() to finished() it is the server's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/inference/model.h"
#include "platform/tensor/tensor.h"

namespace oree::inference {

struct CallInput {
  std::string_view name;
  tensor::DType dtype = tensor::DType::f32;
  std::span<const int64_t> shape;  // with the batch dimension, where the model has one
  // Row-major, little-endian, any alignment. Text: per element its length as u32 LE, then its bytes.
  ByteView data;
};

struct CallOutput {
  std::string_view name;
  // Where the bytes shall go, when the client owns memory for them (a shared-memory region): at least as
  // large as the output. Empty: the server lends memory, see `tensor.keep`.
  std::span<std::byte> preset;
  size_t index = 0;  // in Description::outputs; filled by the server
  Output tensor;     // filled by the server
};

// Requests of one sequence go to the same place in order. 0 and "" = none.
struct Sequence {
  uint64_t id = 0;
  std::string_view text_id;
  bool start = false;
  bool end = false;
  bool given() const { return id != 0 || !text_id.empty(); }
};

// When the parts of a call happened, for statistics; unset ones are the epoch.
struct CallTimes {
  std::chrono::steady_clock::time_point received, queued, compute_start, infer_start, infer_end, compute_end;
};

class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  // ---- asked
  std::string_view id;              // echoed
  std::vector<CallInput> inputs;    // in the client's order
  std::vector<CallOutput> outputs;  // empty: all of them; the server fills the list
  Sequence sequence;
  uint64_t priority = 0;     // 1 = highest; 0: the model's default
  microseconds timeout{0};   // in the queue; 0: the model's default
  bool may_run_here = true;  // start() may run the network on the calling thread if the model is quick

  // ---- answered
  CallTimes times;
  bool from_cache = false;

  // One more wanted output, whose memory is that of an earlier one.
  CallOutput& add_output() {
    if (spare_.empty()) return outputs.emplace_back();
    outputs.push_back(std::move(spare_.back()));
    spare_.pop_back();
    return outputs.back();
  }

  // False once nobody waits for the answer any more: asked before a run, by any thread between start() and
  // finished(). Such a call is not run; it still hears of its end.
  virtual bool wanted() const { return true; }

  // Called exactly once per start(), on any thread, perhaps before start() returns. On success `outputs` are
  // filled in order. Must not block for long; may destroy or reuse the call.
  virtual void finished(Status status) = 0;

  void clear() {
    id = {};
    inputs.clear();
    for (CallOutput& output : outputs) {
      tensor::Shape shape = std::move(output.tensor.shape);
      shape.clear();
      output = {};
      output.tensor.shape = std::move(shape);
      spare_.push_back(std::move(output));
    }
    outputs.clear();
    sequence = {};
    priority = 0;
    timeout = microseconds{0};
    may_run_here = true;
    times = {};
    from_cache = false;
  }

 private:
  std::vector<CallOutput> spare_;  // emptied, for their shapes' memory
};

}  // namespace oree::inference
