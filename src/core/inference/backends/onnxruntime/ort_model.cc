#include "core/inference/backends/onnxruntime/ort_model.h"

#include <malloc.h>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/ort_describe.h"
#include "core/inference/backends/onnxruntime/ort_providers.h"
#include "core/inference/backends/onnxruntime/ort_values.h"
#include "core/inference/checks.h"

namespace oree::inference::ort {

namespace {

// Fusions without changes of layout, which a written graph could not be compared with.
constexpr int kAllOptimisations = 99, kFusions = 2, kNoOptimisations = 0;

// Threads that spin between runs cost a core for nothing at the pace of a production line; within a run,
// where the next part of a layer is microseconds away, they are worth it. The arena without planned patterns
// gave the smallest and steadiest memory; README.md has the figures.
Result<Owned<OrtSessionOptions>> session_options(const Runtime& runtime, const LoadOptions& wanted) {
  const Api& api = runtime.api();
  OrtSessionOptions* raw = nullptr;
  if (Status made = runtime.check(api(kCreateSessionOptions, &raw)); !made) return forward(made);
  Owned<OrtSessionOptions> options = runtime.own(raw);
  for (OrtStatus* status : {
           api(kSetSessionGraphOptimizationLevel, raw,
               !wanted.fuse                ? kNoOptimisations
               : wanted.fused_file.empty() ? kAllOptimisations
                                           : kFusions),
           api(kSetIntraOpNumThreads, raw, wanted.threads),
           api(kSetInterOpNumThreads, raw, 1),
           api(kDisableMemPattern, raw),
           api(kAddSessionConfigEntry, raw, "session.intra_op.allow_spinning",
               wanted.threads > 1 ? "1" : "0"),
           api(kAddSessionConfigEntry, raw, "session.force_spinning_stop", "1"),
           api(kAddSessionConfigEntry, raw, "session.inter_op.allow_spinning", "0"),
       }) {
    if (Status set = runtime.check(status); !set) return forward(set);
  }
  for (const auto& [name, value] : wanted.settings) {
    const Status set = runtime.check(api(kAddSessionConfigEntry, raw, name.c_str(), value.c_str()));
    if (!set) return forward(set, name);
  }
  if (Status added = add_accelerators(runtime, *raw, wanted.accelerators); !added) return forward(added);
  if (!wanted.fused_file.empty()) {
    const Status set = runtime.check(api(kSetOptimizedModelFilePath, raw, wanted.fused_file.c_str()));
    if (!set) return forward(set);
  }
  return options;
}

// The arena keeps the peak of all runs for ever. Runs larger than the usual one (a bigger batch, a bigger
// picture) give theirs back at their end.
Result<Owned<OrtRunOptions>> shrinking_options(const Runtime& runtime) {
  OrtRunOptions* raw = nullptr;
  if (Status made = runtime.check(runtime.api()(kCreateRunOptions, &raw)); !made) return forward(made);
  Owned<OrtRunOptions> options = runtime.own(raw);
  const Status set =
      runtime.check(runtime.api()(kAddRunConfigEntry, raw, "memory.enable_memory_arena_shrinkage", "cpu:0"));
  if (!set) return forward(set);
  return options;
}

// Product of the dimensions that the graph leaves open.
int64_t variable_part(const tensor::TensorSpec& spec, std::span<const int64_t> shape) {
  int64_t product = 1;
  for (size_t i = 0; i < shape.size(); ++i) product *= spec.shape[i] < 0 ? shape[i] : 1;
  return product;
}

std::vector<const char*> names_of(const std::vector<tensor::TensorSpec>& specs) {
  std::vector<const char*> names;
  for (const tensor::TensorSpec& spec : specs) names.push_back(spec.name.c_str());
  return names;
}

}  // namespace

Result<std::unique_ptr<Model>> OrtModel::load(std::shared_ptr<const Runtime> runtime,
                                              const std::filesystem::path& file, const LoadOptions& options) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) {
    return fail(ErrorKind::not_found, cat(file.string(), ": no such model file"));
  }
  return create(std::move(runtime), {file.string(), std::nullopt}, options);
}

Result<std::unique_ptr<Model>> OrtModel::load_bytes(std::shared_ptr<const Runtime> runtime, ByteView network,
                                                    const std::string& name, const LoadOptions& options) {
  return create(std::move(runtime), {name, network}, options);
}

Result<Owned<OrtSession>> OrtModel::open_session(const Runtime& runtime, const Source& source,
                                                 const LoadOptions& options, const Operators* operators) {
  Result<Owned<OrtSessionOptions>> settings = session_options(runtime, options);
  if (!settings) return forward(settings, source.name);
  if (operators != nullptr) {
    if (Status added = operators->add_to(**settings); !added) return forward(added, source.name);
  }
  OrtSession* session = nullptr;
  const Status created =
      runtime.check(source.bytes ? runtime.api()(kCreateSessionFromArray, runtime.env(), source.bytes->data(),
                                                 source.bytes->size(), settings->get(), &session)
                                 : runtime.api()(kCreateSession, runtime.env(), source.name.c_str(),
                                                 settings->get(), &session));
  if (!created) return forward(created, source.name);
  return runtime.own(session);
}

Result<std::unique_ptr<Model>> OrtModel::create(std::shared_ptr<const Runtime> runtime, const Source& source,
                                                const LoadOptions& options) {
  if (options.threads < 1)
    return fail(ErrorKind::invalid, cat("threads must be 1 or more, not ", options.threads));
  std::unique_ptr<const Operators> operators;
  if (!options.operators.empty()) {
    Result<std::unique_ptr<Operators>> made = Operators::create(runtime, options.operators);
    if (!made) return forward(made);
    operators = std::move(*made);
  }
  Result<Owned<OrtRunOptions>> shrinking = shrinking_options(*runtime);
  if (!shrinking) return forward(shrinking);
  Result<Owned<OrtSession>> session = open_session(*runtime, source, options, operators.get());
  if (!session) return forward(session);
  Owned<OrtSession> single = runtime->own<OrtSession>(nullptr);
  if (options.crowds && options.threads > 1) {
    LoadOptions one = options;
    one.threads = 1;
    Result<Owned<OrtSession>> made = open_session(*runtime, source, one, operators.get());
    if (!made) return forward(made);
    single = std::move(*made);
  }
  std::unique_ptr<OrtModel> model(
      new OrtModel(std::make_shared<Loaded>(Loaded{std::move(runtime), std::move(operators),
                                                   std::move(*session), std::move(single)}),
                   std::move(*shrinking)));
  if (Status described = model->describe(); !described) return forward(described, source.name);
  malloc_trim(0);  // the file as parsed is as large as the model, and no longer needed
  return model;
}

Status OrtModel::describe() {
  Result<Signature> signature = signature_of(*loaded_->runtime, *loaded_->session);
  if (!signature) return forward(signature);
  signature_ = std::move(*signature);
  input_names_ = names_of(signature_.inputs);
  output_names_ = names_of(signature_.outputs);
  return {};
}

const OrtRunOptions* OrtModel::run_options(std::span<const tensor::TensorView> inputs) const {
  int64_t largest = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    largest = std::max(largest, variable_part(signature_.inputs[i], inputs[i].shape));
  }
  int64_t usual = usual_.load(std::memory_order_relaxed);
  if (usual == 0 && usual_.compare_exchange_strong(usual, largest)) return nullptr;
  return largest > usual ? shrinking_.get() : nullptr;
}

Status OrtModel::run_in(Company company, std::span<const tensor::TensorView> inputs,
                        std::span<Output> outputs) const {
  if (Status checked = check_inputs(signature_, inputs); !checked) return checked;
  if (Status checked = check_outputs(signature_, outputs); !checked) return checked;
  const Runtime& runtime = *loaded_->runtime;
  RunValues values(runtime, inputs.size(), outputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (Status set = values.set_input(i, inputs[i]); !set) return set;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const tensor::DType dtype = signature_.outputs[i].dtype;
    if (outputs[i].preset.empty() || dtype == tensor::DType::text) continue;
    if (Status set = values.set_output(i, dtype, outputs[i]); !set) return set;
  }
  const bool narrow = company == Company::together && loaded_->single != nullptr;
  OrtSession* session = narrow ? loaded_->single.get() : loaded_->session.get();
  const Status ran = runtime.check(runtime.api()(kRun, session, run_options(inputs), input_names_.data(),
                                                 values.inputs(), inputs.size(), output_names_.data(),
                                                 output_names_.size(), values.outputs()));
  const Status computed = loaded_->operators == nullptr ? Status{} : loaded_->operators->take_failure();
  if (!ran || !computed) return forward(computed ? ran : computed, "the model did not run");
  for (size_t i = 0; i < outputs.size(); ++i) {
    Output& output = outputs[i];
    output.dtype = signature_.outputs[i].dtype;
    if (output.dtype == tensor::DType::text) {
      if (Status taken = take_text(values.take_output(i), output); !taken)
        return forward(taken, signature_.outputs[i].name);
    } else if (!output.preset.empty()) {
      output.data = output.preset;
    } else if (Status taken = take(values.take_output(i), output); !taken) {
      return taken;
    }
  }
  return {};
}

// Lends what the session allocated: `keep` holds the tensor, and the session whose allocator it came from.
Status OrtModel::take(Owned<OrtValue> value, Output& output) const {
  const Runtime& runtime = *loaded_->runtime;
  Result<tensor::TensorSpec> spec = spec_of(runtime, *value);
  if (!spec) return forward(spec);
  const Result<size_t> count = tensor::element_count(spec->shape);
  if (!count) return forward(count);
  void* data = nullptr;
  if (Status found = runtime.check(runtime.api()(kGetTensorMutableData, value.get(), &data)); !found)
    return found;
  output.dtype = spec->dtype;
  output.shape = std::move(spec->shape);
  output.data = {static_cast<const std::byte*>(data), *count * tensor::facts(output.dtype).bytes};
  struct Lent {
    std::shared_ptr<const Loaded> from;
    Owned<OrtValue> value;
  };
  output.keep = std::make_shared<Lent>(Lent{loaded_, std::move(value)});
  return {};
}

// Their strings lie all over the heap, so text is always copied into our form.
Status OrtModel::take_text(Owned<OrtValue> value, Output& output) const {
  const Runtime& runtime = *loaded_->runtime;
  Result<tensor::TensorSpec> spec = spec_of(runtime, *value);
  if (!spec) return forward(spec);
  const Result<size_t> count = tensor::element_count(spec->shape);
  if (!count) return forward(count);
  Result<ByteBuffer> text = text_of(runtime, *value, *count);
  if (!text) return forward(text);
  if (!output.preset.empty()) return place_text(*text, spec->shape, output);
  output.shape = std::move(spec->shape);
  auto keep = std::make_shared<ByteBuffer>(std::move(*text));
  output.data = *keep;
  output.keep = std::move(keep);
  return {};
}

}  // namespace oree::inference::ort
