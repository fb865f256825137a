// The opened library: its table, its one environment, and its failures as our Errors.
// Shared by the models made from it. Thread-safe after open().
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "core/inference/backends/onnxruntime/ort_api.h"
#include "platform/tensor/tensor.h"

namespace oree::inference::ort {

class Runtime {
 public:
  static Result<std::shared_ptr<const Runtime>> open(const std::filesystem::path& library);

  const Api& api() const { return api_; }
  const OrtEnv* env() const { return env_.get(); }
  const OrtMemoryInfo* cpu_memory() const { return memory_.get(); }
  const std::string& version() const { return version_; }

  // Gives back what only loading a network needed: freed memory, and pages of the library and of this
  // program, of which more is run to load than to compute. Those that are needed after all come again from
  // the system's cache of files. A few milliseconds at most.
  void give_back_memory() const;

  // Takes ownership of what a call returned.
  Status check(OrtStatus* status) const;
  template <class T>
  Owned<T> own(T* object) const {
    return Owned<T>(object, Releaser<T>{api_});
  }

 private:
  Runtime(Api api, std::string version, const void* code);
  Status start();

  Api api_;
  std::string version_;
  const void* code_;  // of the library, somewhere
  Owned<OrtEnv> env_;
  Owned<OrtMemoryInfo> memory_;
};

// Their element type numbers ↔ our datatypes. nullopt and 0: not carried.
std::optional<tensor::DType> dtype_of(int element_type);
int element_type_of(tensor::DType dtype);

}  // namespace oree::inference::ort
