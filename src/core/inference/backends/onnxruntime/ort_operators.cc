#include "core/inference/backends/onnxruntime/ort_operators.h"

#include <cstring>

#include "core/inference/backends/onnxruntime/ort_describe.h"

namespace oree::inference::ort {

// Their struct as of version 11; later versions append and look at `version` first.
struct OrtCustomOp {
  uint32_t version;
  void* (*create_kernel)(const OrtCustomOp*, const void* api, const OrtKernelInfo*);
  const char* (*name)(const OrtCustomOp*);
  const char* (*execution_provider)(const OrtCustomOp*);
  int (*input_type)(const OrtCustomOp*, size_t);
  size_t (*input_count)(const OrtCustomOp*);
  int (*output_type)(const OrtCustomOp*, size_t);
  size_t (*output_count)(const OrtCustomOp*);
  void (*compute)(void* kernel, OrtKernelContext*);
  void (*destroy_kernel)(void* kernel);
  int (*input_characteristic)(const OrtCustomOp*, size_t);
  int (*output_characteristic)(const OrtCustomOp*, size_t);
};

struct Operators::Entry : OrtCustomOp {
  std::shared_ptr<const Operator> operation;
  const Operators* owner = nullptr;

  static const Entry& of(const OrtCustomOp* op) { return *static_cast<const Entry*>(op); }
  Entry(std::shared_ptr<const Operator> given, const Operators* of_whom);
};

Operators::Entry::Entry(std::shared_ptr<const Operator> given, const Operators* of_whom)
    : operation(std::move(given)), owner(of_whom) {
  version = 11;
  // The kernel is the entry itself: it has no state of its own.
  create_kernel = [](const OrtCustomOp* op, const void*, const OrtKernelInfo*) -> void* {
    return const_cast<Entry*>(&of(op));
  };
  name = [](const OrtCustomOp* op) { return of(op).operation->name.c_str(); };
  execution_provider = [](const OrtCustomOp*) -> const char* { return nullptr; };
  input_type = [](const OrtCustomOp* op, size_t) { return element_type_of(of(op).operation->input); };
  input_count = [](const OrtCustomOp*) -> size_t { return 1; };
  output_type = [](const OrtCustomOp* op, size_t) { return element_type_of(of(op).operation->output); };
  output_count = [](const OrtCustomOp*) -> size_t { return 1; };
  compute = [](void* kernel, OrtKernelContext* context) {
    const auto* entry = static_cast<const Entry*>(kernel);
    entry->owner->compute(*entry->operation, *context);
  };
  destroy_kernel = [](void*) {};
  input_characteristic = [](const OrtCustomOp*, size_t) { return 0; };
  output_characteristic = [](const OrtCustomOp*, size_t) { return 0; };
}

Operators::Operators(std::shared_ptr<const Runtime> runtime)
    : runtime_(std::move(runtime)), domain_(runtime_->own<OrtCustomOpDomain>(nullptr)) {}
Operators::~Operators() = default;

Result<std::unique_ptr<Operators>> Operators::create(
    std::shared_ptr<const Runtime> runtime, std::span<const std::shared_ptr<const Operator>> operators) {
  std::unique_ptr<Operators> made(new Operators(std::move(runtime)));
  const Runtime& r = *made->runtime_;
  OrtCustomOpDomain* domain = nullptr;
  if (Status created = r.check(r.api()(kCreateCustomOpDomain, kOperatorDomain, &domain)); !created)
    return forward(created);
  made->domain_ = r.own(domain);
  for (const std::shared_ptr<const Operator>& operation : operators) {
    made->entries_.push_back(std::make_unique<Entry>(operation, made.get()));
    const OrtCustomOp* entry = made->entries_.back().get();
    if (Status added = r.check(r.api()(kCustomOpDomain_Add, domain, entry)); !added) return forward(added);
  }
  return made;
}

Status Operators::add_to(OrtSessionOptions& options) const {
  return runtime_->check(runtime_->api()(kAddCustomOpDomain, &options, domain_.get()));
}

Status Operators::take_failure() const {
  const std::scoped_lock lock(mutex_);
  return std::exchange(failure_, Status{});
}

void Operators::compute(const Operator& entry, OrtKernelContext& context) const {
  const Status done = computed(entry, context);
  if (done) return;
  const std::scoped_lock lock(mutex_);
  if (failure_) failure_ = forward(done, entry.name);
}

Status Operators::computed(const Operator& entry, OrtKernelContext& context) const {
  const Api& api = runtime_->api();
  const OrtValue* in = nullptr;
  if (Status got = runtime_->check(api(kKernelContext_GetInput, &context, size_t{0}, &in)); !got) return got;
  const Result<tensor::TensorSpec> spec = spec_of(*runtime_, *in);
  if (!spec) return forward(spec);
  if (spec->dtype == tensor::DType::text)
    return fail(ErrorKind::unsupported, "an operator of this program takes no text");
  const Result<size_t> count = tensor::element_count(spec->shape);
  if (!count) return forward(count);
  void* data = nullptr;
  if (Status got = runtime_->check(api(kGetTensorMutableData, const_cast<OrtValue*>(in), &data)); !got)
    return got;
  const size_t size = *count * tensor::facts(spec->dtype).bytes;
  const Result<tensor::Tensor> made =
      entry.compute({spec->dtype, spec->shape, {static_cast<const std::byte*>(data), size}});
  if (!made) return forward(made);
  OrtValue* out = nullptr;
  const Status placed = runtime_->check(
      api(kKernelContext_GetOutput, &context, size_t{0}, made->shape().data(), made->shape().size(), &out));
  if (!placed) return placed;
  if (Status got = runtime_->check(api(kGetTensorMutableData, out, &data)); !got) return got;
  std::memcpy(data, made->bytes().data(), made->bytes().size());
  return {};
}

}  // namespace oree::inference::ort
