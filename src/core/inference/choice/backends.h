// The runtimes of this program: opened when first asked for, found by name or by a model file's format.
//
//   Backends backends(standard_backends());
//   auto loaded = backends.load({"models/a/1/model.tflite"}, "auto", {.threads = 2});
//
// Thread-safe. Models may outlive it. A runtime that is not installed is no failure until somebody asks for
// it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/inference/model.h"

namespace oree::inference {

struct BackendRow {
  std::string name;                  // "onnxruntime"
  std::vector<std::string> formats;  // endings of the files that it reads, best first: ".onnx"
  std::function<Result<std::unique_ptr<Backend>>()> open;
};

// ONNX Runtime, then the plug-ins beside the program. The order decides what is used where nothing is said.
std::vector<BackendRow> standard_backends();

// A model file of one format as another's bytes, for runtimes that read only the latter.
struct Conversion {
  std::string from, to;  // ".tflite", ".onnx"
  std::function<Result<std::string>(const std::filesystem::path& file)> convert;
};

struct ModelSource {
  std::filesystem::path file;  // its ending is the format; stands in errors
  // The bytes, where they do not lie on a disk in the clear; may go when load() returns.
  std::optional<ByteView> bytes = {};
  // Of the content, hex. Given: models of the same content, runtime and options are one model in memory.
  std::string digest = {};
};

// What "auto" found about one runtime.
struct Candidate {
  std::string backend;
  std::string version;
  std::chrono::nanoseconds run{0};  // one run; 0: was not measured
  std::string refused;              // why not
};

struct Choice {
  std::string backend;
  std::vector<Candidate> candidates;  // empty when there was nothing to choose
  bool remembered = false;            // measured by an earlier start
};

struct Loaded {
  std::shared_ptr<const Model> model;
  Choice choice;
};

class Backends {
 public:
  // `memory`: the file in which measurements are kept between starts; "" = nowhere.
  explicit Backends(std::vector<BackendRow> rows, std::vector<Conversion> conversions = {},
                    std::filesystem::path memory = {});
  ~Backends();

  // `not_found` names those that there are; `unavailable` says how to get the missing library.
  Result<Backend*> find(std::string_view name);
  // Names of those that can load the file, themselves or through a conversion, and are installed.
  std::vector<std::string> for_file(const std::filesystem::path& file);

  // Opens the runtime that load() will want, while its caller has other things to do.
  void prepare(const std::filesystem::path& file, std::string_view backend);

  // By name; "" = the first that reads the format; "auto" = the quickest here, measured once for each
  // content, processor and runtime version (measure.h), which takes up to two seconds.
  Result<Loaded> load(const ModelSource& source, std::string_view backend, const LoadOptions& options);

 private:
  struct Opened;
  struct Shared;
  Result<std::shared_ptr<const Model>> load_with(size_t row, const ModelSource& source,
                                                 const LoadOptions& options);
  Result<std::shared_ptr<const Model>> load_anew(size_t row, const ModelSource& source,
                                                 const LoadOptions& options);
  Result<Loaded> load_quickest(const ModelSource& source, const LoadOptions& options);
  Result<Backend*> open(size_t row);
  std::vector<size_t> rows_for(const ModelSource& source);
  const Conversion* conversion_for(size_t row, const std::string& format) const;

  const std::vector<BackendRow> rows_;
  const std::vector<Conversion> conversions_;
  const std::filesystem::path memory_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Opened>> opened_;  // one per row; guarded by mutex_
  std::unique_ptr<Shared> shared_;
};

}  // namespace oree::inference
