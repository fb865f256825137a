// What a wire dialect asks of whoever serves models, so that no dialect knows how models are kept, scheduled
// or run. `services/serving` implements it; nodes hand one to the other.
//
// All of it is thread-safe. Error sentences are those that clients of the Open Inference Protocol look for;
// the kind decides each dialect's code.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/inference/service/call.h"
#include "core/inference/service/statistics.h"

namespace oree::inference {

struct PortDescription {
  tensor::TensorSpec spec;          // shape with the batch dimension (-1) first where max_batch_size > 0
  bool optional = false;            // inputs only
  std::vector<std::string> labels;  // outputs only: of the classes, may be empty
};

// What a version takes and gives, fixed while it is loaded.
struct Description {
  std::string name;
  std::string version;         // "1"
  std::string platform;        // "onnxruntime_onnx", "openvino", "ensemble", …
  int64_t max_batch_size = 0;  // 0: the model has no batch dimension
  std::vector<PortDescription> inputs, outputs;
};

// One version of one model, ready to be asked. Whoever holds it finishes on it, whatever is loaded meanwhile.
class Served {
 public:
  virtual ~Served() = default;
  virtual const Description& description() const = 0;
  // The model's configuration as completed, as JSON in Triton's field names (core/modelconfig parses it).
  virtual const std::string& config_json() const = 0;
  // Usually answers within a fraction of a millisecond: may be asked on an I/O thread.
  virtual bool quick() const = 0;
  // Checks the call against the description, then runs or queues it. Always ends in call.finished().
  virtual void start(Call& call) = 0;
  virtual ModelStatistics statistics() const = 0;
};

struct IndexRow {
  std::string name;
  std::string version;  // "" for a model that has no version folder, or was never looked at
  std::string state;    // READY, UNAVAILABLE, LOADING, UNLOADING or "" when it was never loaded
  std::string reason;
};

// What a client may give to load(): nothing, or a configuration, or a configuration and the files themselves.
struct LoadRequest {
  std::string config_json;                   // "" = the model's own
  std::map<std::string, std::string> files;  // "1/model.onnx" → bytes; needs config_json
};

enum class Wait { yes, no };

class Service {
 public:
  virtual ~Service() = default;
  // version "" = by the model's policy, the newest ready one. Wait::no never touches a disk: what would have
  // to be loaded first is `busy` then, and to be asked for again from a thread that may wait.
  virtual Result<std::shared_ptr<Served>> find(std::string_view name, std::string_view version,
                                               Wait wait) = 0;
  // The ready versions of a model, ascending; `not_found` when there is no such model.
  virtual Result<std::vector<std::string>> versions(std::string_view name) = 0;
  virtual bool ready() const = 0;  // nothing is being loaded that was asked for at the start
  virtual std::vector<IndexRow> index() const = 0;
  virtual Status load(std::string_view name, const LoadRequest& request) = 0;
  virtual Status unload(std::string_view name, bool with_dependents) = 0;
  // Of every loaded version; name "" = of all models.
  virtual Result<std::vector<ModelStatistics>> statistics(std::string_view name,
                                                          std::string_view version) = 0;
};

// Names (each input once, none missing, none unknown), datatypes, shapes, byte counts and requested outputs,
// in the protocol's sentences; fills `outputs` (all of them when none was asked for) with their indexes. Pure
// but for that.
Status check_call(const Description& description, Call& call);

}  // namespace oree::inference
