// One session as a Model. The session is shared with the outputs it lent, which may live longer.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/inference/backends/onnxruntime/ort_session.h"
#include "core/inference/backends/onnxruntime/ort_twins.h"
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
    // Threads that came later are for those who know that they are alone.
    return run_in(file_.empty() ? Company::alone : Company::together, inputs, outputs);
  }
  Status run_in(Company company, std::span<const tensor::TensorView> inputs,
                std::span<Output> outputs) const override;

  Status widen(int threads) const override;

 private:
  // Members are destroyed in reverse: sessions go before what they were opened with and live in.
  struct Loaded {
    std::shared_ptr<const Runtime> runtime;
    std::shared_ptr<const Operators> operators;    // null: none
    std::shared_ptr<const SharedWeights> weights;  // null: each session has its own
    std::shared_ptr<OrtSession> session;
    std::shared_ptr<OrtSession> single;  // the same network on the calling thread only; null: as `session`
  };
  static Result<std::unique_ptr<Model>> create(std::shared_ptr<const Runtime> runtime, const Source& source,
                                               const LoadOptions& options);
  OrtModel(std::shared_ptr<const Loaded> loaded, Owned<OrtRunOptions> shrinking)
      : loaded_(std::move(loaded)), shrinking_(std::move(shrinking)) {}

  Status describe();
  std::shared_ptr<const Loaded> sessions() const {
    const std::lock_guard lock(place_);
    return loaded_;
  }
  // With these sessions, whatever loaded_ is by now.
  Status run_on(const std::shared_ptr<const Loaded>& loaded, Company company,
                std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const;
  Status prove(const std::shared_ptr<const Loaded>& next) const;
  const OrtRunOptions* run_options(std::span<const tensor::TensorView> inputs) const;
  static Status take(const std::shared_ptr<const Loaded>& loaded, Owned<OrtValue> value, Output& output);
  static Status take_text(const Runtime& runtime, Owned<OrtValue> value, Output& output);

  mutable std::mutex widening_;  // one at a time
  std::filesystem::path file_;   // "": not known, or not to be opened again
  LoadOptions options_;
  mutable std::mutex place_;
  mutable std::shared_ptr<const Loaded> loaded_;  // guarded by place_
  Owned<OrtRunOptions> shrinking_;
  mutable std::atomic<int64_t> usual_{0};  // variable part of the first run's largest input; 0: none ran yet
  Signature signature_;
  std::vector<const char*> input_names_, output_names_;  // into signature_
};

}  // namespace oree::inference::ort
