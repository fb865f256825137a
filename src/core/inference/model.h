// A loaded network: named inputs and outputs, and run(). The one interface every runtime is hidden behind.
//
// run() is const and thread-safe. Inputs and outputs come in the order of signature(). A conformance suite in
// testing/conformance.h states what every implementation must do; each backend's tests call it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/tensor/tensor.h"

namespace oree::inference {

struct Signature {
  std::vector<tensor::TensorSpec> inputs;  // -1 = variable
  std::vector<tensor::TensorSpec> outputs;
};

// Where one output goes. Give memory of exactly the right size to receive it there without a copy (shape and
// dtype as the model makes it); or leave `preset` empty, and the model lends memory that `keep` holds.
// Text (platform/tensor/text.h) goes to the front of a preset that is large enough; `data` says how far.
struct Output {
  std::span<std::byte> preset;
  tensor::DType dtype = tensor::DType::f32;  // filled by run()
  tensor::Shape shape;  // filled by run(); when preset, must hold the expected shape before
  ByteView data;        // filled by run(): preset, or lent memory
  std::shared_ptr<void> keep;

  tensor::TensorView view() const { return {dtype, shape, data}; }
};

// What else the machine is doing, as far as whoever schedules runs knows. A hint: answers are the same.
enum class Company {
  together,  // other runs go on or wait: stay on the calling thread, so that as many run as there are cores
  alone,     // nothing else is wanted now: as many threads as LoadOptions::threads says
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const Signature& signature() const = 0;
  virtual std::string_view backend() const = 0;
  // `invalid` for a wrong count, dtype, shape or byte size, naming the tensor, what came and what is
  // expected.
  virtual Status run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const = 0;
  // The same, told how many threads are worth it. run() is alone, but for threads that widen() brought.
  virtual Status run_in(Company /*company*/, std::span<const tensor::TensorView> inputs,
                        std::span<Output> outputs) const {
    return run(inputs, outputs);
  }
  // From now on runs that are alone take so many threads; 1 takes that back. As slow as loading, beside runs
  // that go on; answers stay the same. `unsupported` where the runtime, or this network, cannot.
  virtual Status widen(int threads) const;
};

// An operator that is a function of this program. A graph names it as `name` in kOperatorDomain, version 1;
// it takes one tensor and gives one. `compute` is called from any thread that runs the model.
struct Operator {
  std::string name;
  tensor::DType input = tensor::DType::f32, output = tensor::DType::f32;
  std::function<Result<tensor::Tensor>(const tensor::TensorView&)> compute;
};
inline constexpr const char* kOperatorDomain = "oree.operators";

// Something faster than the processor, by the name the runtime's own users know ("cuda", "tensorrt"), with
// its options by their own names: {"cuda", {{"device_id", "0"}}}.
struct Accelerator {
  std::string name;
  std::map<std::string, std::string> options = {};
};

struct LoadOptions {
  int threads = 1;  // inside one run that is alone; shared by all models of a runtime where it can
  // With more than one thread: also ready for runs in company, which costs the weights a second time.
  bool crowds = false;
  // Tried in this order; what none of them can do runs on the processor. `unavailable` when one is missing.
  std::vector<Accelerator> accelerators = {};
  // The runtime's own settings by their own names, for those who know them.
  std::map<std::string, std::string> settings = {};
  // What follows is for rooms that look into a runtime; a backend that cannot says `unsupported`.
  bool fuse = true;  // false: run the graph's nodes as they are written
  // When set: where to write the graph that is really run, as it is before layouts are changed.
  std::filesystem::path fused_file = {};
  std::vector<std::shared_ptr<const Operator>> operators = {};
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view version() const = 0;
  virtual Result<std::unique_ptr<Model>> load(const std::filesystem::path& file,
                                              const LoadOptions& options) = 0;
  // The same from memory, which may go when this returns: for models that must not lie on a disk in the
  // clear. `name` stands in errors where the file would. A network that keeps its weights in other files
  // cannot.
  virtual Result<std::unique_ptr<Model>> load_bytes(ByteView network, const std::string& name,
                                                    const LoadOptions& options) = 0;
};

}  // namespace oree::inference
