// Which requests are traced, and what is written of them: Triton's trace extension, for both faces.
// https://github.com/triton-inference-server/server, docs/protocol/extension_trace.md
//
// Settings hold for all models, or for one, which then differs from the rest until its value is cleared.
// Where traces go is the server's to say (TraceSink), never a client's. Thread-safe; costs one load of an
// atomic while nothing is traced.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/inference/service/service.h"

namespace oree::oip {

// One trace as JSON, and the number of the file that it belongs to: counted up every `log_frequency` traces.
// Called by whoever finishes a request.
using TraceSink = std::function<void(uint64_t file, std::string_view json)>;

// A setting by name, its values as text; none = back to what holds for all models, or to the default.
using TraceValues = std::vector<std::pair<std::string, std::vector<std::string>>>;

// What is written of one request.
struct TraceTicket {
  uint64_t id = 0;  // 0: it is not traced
  bool timestamps = false, tensors = false;
  uint64_t file = 0;
};

class Trace {
 public:
  // Without a sink every change is refused.
  explicit Trace(TraceSink sink) : sink_(std::move(sink)) {}

  // model "" = all. `invalid` names the value; then nothing has changed.
  Status update(std::string_view model, const TraceValues& changes);
  TraceValues values(std::string_view model) const;
  // Of a model that is not there, in Triton's words.
  static Error unknown(std::string_view model);

  // Asked once for each request.
  TraceTicket take_ticket(std::string_view model) {
    return on_.load(std::memory_order_relaxed) ? draw(model) : TraceTicket{};
  }
  // Before the call's tensors go.
  void write(const TraceTicket& ticket, const inference::Call& call, const inference::Description& model);

 private:
  struct Setting {
    std::optional<bool> timestamps, tensors;
    std::optional<uint32_t> rate, log_frequency;
    std::optional<int32_t> count;
    uint64_t seen = 0, taken = 0;
  };
  static Status change(Setting& setting, std::string_view name, const std::vector<std::string>& values);
  Setting merged(std::string_view model) const;
  TraceTicket draw(std::string_view model);

  TraceSink sink_;
  std::atomic<bool> on_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, Setting, std::less<>> settings_;  // "" = all
  uint64_t last_id_ = 0;
};

}  // namespace oree::oip
