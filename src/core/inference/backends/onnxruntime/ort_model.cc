#include "core/inference/backends/onnxruntime/ort_model.h"

#include "base/text.h"
#include "core/inference/backends/onnxruntime/ort_describe.h"
#include "core/inference/backends/onnxruntime/ort_values.h"
#include "core/inference/checks.h"

namespace oree::inference::ort {

namespace {

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
      new OrtModel(std::make_shared<Loaded>(Loaded{std::move(runtime), std::move(operators), nullptr,
                                                   std::move(*session), std::move(single)}),
                   std::move(*shrinking)));
  const bool plain = options.operators.empty() && options.accelerators.empty() && options.fuse &&
                     options.fused_file.empty() && options.threads == 1;
  if (!source.bytes && plain) model->file_ = source.name;
  model->options_ = options;
  if (Status described = model->describe(); !described) return forward(described, source.name);
  model->loaded_->runtime->give_back_memory();  // the file as parsed is as large as the model
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
  return run_on(sessions(), company, inputs, outputs);
}

Status OrtModel::run_on(const std::shared_ptr<const Loaded>& loaded, Company company,
                        std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const {
  const Runtime& runtime = *loaded->runtime;
  RunValues values(runtime, inputs.size(), outputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (Status set = values.set_input(i, inputs[i]); !set) return set;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const tensor::DType dtype = signature_.outputs[i].dtype;
    if (outputs[i].preset.empty() || dtype == tensor::DType::text) continue;
    if (Status set = values.set_output(i, dtype, outputs[i]); !set) return set;
  }
  const bool narrow = company == Company::together && loaded->single != nullptr;
  OrtSession* session = narrow ? loaded->single.get() : loaded->session.get();
  const Status ran = runtime.check(runtime.api()(kRun, session, run_options(inputs), input_names_.data(),
                                                 values.inputs(), inputs.size(), output_names_.data(),
                                                 output_names_.size(), values.outputs()));
  const Status computed = loaded->operators == nullptr ? Status{} : loaded->operators->take_failure();
  if (!ran || !computed) return forward(computed ? ran : computed, "the model did not run");
  for (size_t i = 0; i < outputs.size(); ++i) {
    Output& output = outputs[i];
    output.dtype = signature_.outputs[i].dtype;
    if (output.dtype == tensor::DType::text) {
      if (Status taken = take_text(runtime, values.take_output(i), output); !taken)
        return forward(taken, signature_.outputs[i].name);
    } else if (!output.preset.empty()) {
      output.data = output.preset;
    } else if (Status taken = take(loaded, values.take_output(i), output); !taken) {
      return taken;
    }
  }
  return {};
}

// Lends what the session allocated: `keep` holds the tensor, and the session whose allocator it came from.
Status OrtModel::take(const std::shared_ptr<const Loaded>& loaded, Owned<OrtValue> value, Output& output) {
  const Runtime& runtime = *loaded->runtime;
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
  output.keep = std::make_shared<Lent>(Lent{loaded, std::move(value)});
  return {};
}

// Their strings lie all over the heap, so text is always copied into our form.
Status OrtModel::take_text(const Runtime& runtime, Owned<OrtValue> value, Output& output) {
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
