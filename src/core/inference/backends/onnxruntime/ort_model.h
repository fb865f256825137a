// One session as a Model. The session is shared with the outputs it lent, which may live longer.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/backends/onnxruntime/ort_operators.h"
#include "core/inference/backends/onnxruntime/ort_runtime.h"
#include "core/inference/model.h"

namespace oree::inference::ort {

class OrtModel final : public Model {
 public:
  static Result<std::unique_ptr<Model>> load(std::shared_ptr<const Runtime> runtime,
                                             const std::filesystem::path& file, const LoadOptions& options);
  static Result<std::unique_ptr<Model>> load_bytes(std::shared_ptr<const Runtime> runtime, ByteView network,
                                                   const std::string& name, const LoadOptions& options);

  const Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "onnxruntime"; }
  Status run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const override {
    return run_in(Company::alone, inputs, outputs);
  }
  Status run_in(Company company, std::span<const tensor::TensorView> inputs,
                std::span<Output> outputs) const override;

 private:
  // Members are destroyed in reverse: the session goes before the environment it lives in.
  struct Loaded {
    std::shared_ptr<const Runtime> runtime;
    std::unique_ptr<const Operators> operators;  // null: none
    Owned<OrtSession> session;
    Owned<OrtSession> single;  // the same network on the calling thread only; null: as `session`
  };
  // A network's file, or its bytes.
  struct Source {
    std::string name;
    std::optional<ByteView> bytes;
  };
  static Result<std::unique_ptr<Model>> create(std::shared_ptr<const Runtime> runtime, const Source& source,
                                               const LoadOptions& options);
  OrtModel(std::shared_ptr<const Loaded> loaded, Owned<OrtRunOptions> shrinking)
      : loaded_(std::move(loaded)), shrinking_(std::move(shrinking)) {}

  static Result<Owned<OrtSession>> open_session(const Runtime& runtime, const Source& source,
                                                const LoadOptions& options, const Operators* operators);
  Status describe();
  const OrtRunOptions* run_options(std::span<const tensor::TensorView> inputs) const;
  Status take(Owned<OrtValue> value, Output& output) const;
  Status take_text(Owned<OrtValue> value, Output& output) const;

  std::shared_ptr<const Loaded> loaded_;
  Owned<OrtRunOptions> shrinking_;
  mutable std::atomic<int64_t> usual_{0};  // variable part of the first run's largest input; 0: none ran yet
  Signature signature_;
  std::vector<const char*> input_names_, output_names_;  // into signature_
};

}  // namespace oree::inference::ort
