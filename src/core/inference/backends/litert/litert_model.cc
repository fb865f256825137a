#include "core/inference/backends/litert/litert_model.h"

#include <cstring>
#include <thread>

#include "base/text.h"
#include "core/inference/backends/litert/litert_network.h"
#include "core/inference/checks.h"

namespace oree::inference::litert {

namespace {

void free_text(void* text) {
  std::free(text);
}

// XNNPACK takes its settings as a line of text.
Result<Owned<Options>> options_of(const Api& api, int threads) {
  Options* raw = nullptr;
  if (const int status = api.create_options(&raw)) return failure(status, "making options");
  Owned<Options> options(raw, api.destroy_options);
  if (const int status = api.set_accelerators(raw, kProcessor))
    return failure(status, "choosing the processor");
  OpaqueOptions* kernels = nullptr;
  char* text = ::strdup(cat("num_threads = ", threads, "\n").c_str());
  if (const int status = api.create_opaque("xnnpack", text, free_text, &kernels))
    return failure(status, "setting the number of threads");
  if (const int status = api.add_opaque(raw, kernels))
    return failure(status, "setting the number of threads");
  return options;
}

// A tensor that lies in memory of ours where LiteRT may use it.
struct Place {
  tensor::Tensor memory;
  Owned<Buffer> buffer{nullptr, nullptr};

  Status create(const Api& api, tensor::DType dtype, tensor::Shape shape) {
    RankedType type{};
    type.element = element_of(dtype);
    type.layout.rank = static_cast<uint32_t>(shape.size()) & 0x7f;
    for (size_t i = 0; i < shape.size(); ++i) type.layout.dimensions[i] = static_cast<int32_t>(shape[i]);
    Result<tensor::Tensor> made = tensor::Tensor::create(dtype, std::move(shape));
    if (!made) return forward(made);
    Buffer* raw = nullptr;
    const int status =
        api.buffer_over(&type, made->mutable_bytes().data(), made->mutable_bytes().size(), nullptr, &raw);
    if (status != 0) return failure(status, "lending memory");
    buffer = Owned<Buffer>(raw, api.destroy_buffer);
    memory = std::move(*made);
    return {};
  }
};

}  // namespace

// One compiled model with memory for its tensors; for one run at a time.
class LiteRtModel::Instance {
 public:
  static Result<std::unique_ptr<Instance>> create(std::shared_ptr<const Network> network, int threads) {
    const Api& api = network->runtime->api;
    Result<Owned<Options>> options = options_of(api, threads);
    if (!options) return forward(options);
    Compiled* raw = nullptr;
    const int status =
        api.compile(network->runtime->environment.get(), network->handle.get(), options->get(), &raw);
    if (status != 0) return failure(status, "it was not compiled");
    return std::unique_ptr<Instance>(new Instance(std::move(network), raw));
  }

  Status run(const inference::Signature& signature, std::span<const tensor::TensorView> inputs,
             std::span<Output> outputs) {
    if (Status shaped = shape_for(signature, inputs); !shaped) return shaped;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].data.empty()) return fail(ErrorKind::unsupported, "LiteRT takes no empty tensors");
      std::memcpy(inputs_[i].memory.mutable_bytes().data(), inputs[i].data.data(), inputs[i].data.size());
    }
    const int status =
        network_->runtime->api.run(compiled_.get(), 0, in_.size(), in_.data(), out_.size(), out_.data());
    if (status != 0) return failure(status, "the model did not run");
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (Status delivered = deliver(outputs_[i].memory, outputs[i]); !delivered)
        return forward(delivered, signature.outputs[i].name);
    }
    return {};
  }

 private:
  Instance(std::shared_ptr<const Network> network, Compiled* compiled)
      : network_(std::move(network)), compiled_(compiled, network_->runtime->api.destroy_compiled) {}

  // New shapes mean new memory; the same ones, which is the rule, cost a comparison.
  Status shape_for(const inference::Signature& signature, std::span<const tensor::TensorView> inputs) {
    bool same = inputs_.size() == inputs.size();
    for (size_t i = 0; same && i < inputs.size(); ++i)
      same = std::ranges::equal(inputs_[i].memory.shape(), inputs[i].shape);
    if (same) return {};
    inputs_.clear();  // until all is done there is nothing to run with
    const Api& api = network_->runtime->api;
    std::vector<Place> places(inputs.size());
    in_.assign(inputs.size(), nullptr);
    for (size_t i = 0; i < inputs.size(); ++i) {
      std::vector<int> sides(inputs[i].shape.begin(), inputs[i].shape.end());
      const size_t place = network_->input_order[i];
      bool variable = false;
      for (const int64_t side : signature.inputs[i].shape) variable |= side < 0;
      if (variable) {
        if (const int status = api.resize_input(compiled_.get(), 0, place, sides.data(), sides.size()))
          return failure(status, cat("input '", signature.inputs[i].name, "' cannot have the shape ",
                                     tensor::shape_text(inputs[i].shape)));
      }
      const tensor::Shape shape(inputs[i].shape.begin(), inputs[i].shape.end());
      if (Status made = places[i].create(api, inputs[i].dtype, shape); !made) return made;
      in_[place] = places[i].buffer.get();
    }
    if (Status made = shape_outputs(signature); !made) return made;
    inputs_ = std::move(places);
    return {};
  }

  Status shape_outputs(const inference::Signature& signature) {
    const Api& api = network_->runtime->api;
    const size_t count = signature.outputs.size();
    std::vector<Layout> layouts(count);
    if (const int status = api.output_layouts(compiled_.get(), 0, count, layouts.data(), true))
      return failure(status, "asking for the shapes of the outputs");
    outputs_.clear();
    outputs_.resize(count);
    out_.assign(count, nullptr);
    for (size_t i = 0; i < count; ++i) {
      const Layout& layout = layouts[network_->output_order[i]];
      tensor::Shape shape;
      for (size_t side = 0; side < layout.rank; ++side) shape.push_back(layout.dimensions[side]);
      if (Status made = outputs_[i].create(api, signature.outputs[i].dtype, std::move(shape)); !made)
        return forward(made, signature.outputs[i].name);
      out_[network_->output_order[i]] = outputs_[i].buffer.get();
    }
    return {};
  }

  static Status deliver(const tensor::Tensor& made, Output& output) {
    output.dtype = made.dtype();
    if (!output.preset.empty()) {
      if (output.shape != made.shape()) {
        return fail(ErrorKind::invalid, cat("the output has shape ", tensor::shape_text(made.shape()),
                                            ", not ", tensor::shape_text(output.shape)));
      }
      std::memcpy(output.preset.data(), made.bytes().data(), output.preset.size());
      output.data = output.preset;
      return {};
    }
    Result<tensor::Tensor> copy = tensor::Tensor::create(made.dtype(), made.shape());
    if (!copy) return forward(copy);
    std::memcpy(copy->mutable_bytes().data(), made.bytes().data(), made.bytes().size());
    output.shape = made.shape();
    auto keep = std::make_shared<tensor::Tensor>(std::move(*copy));
    output.data = keep->bytes();
    output.keep = std::move(keep);
    return {};
  }

  // Buffers go before what they belong to.
  const std::shared_ptr<const Network> network_;
  Owned<Compiled> compiled_;
  std::vector<Place> inputs_, outputs_;  // in our order
  std::vector<Buffer*> in_, out_;        // in LiteRT's
};

LiteRtModel::LiteRtModel(std::shared_ptr<const Network> network, inference::Signature signature, int threads)
    : network_(std::move(network)),
      signature_(std::move(signature)),
      threads_(threads),
      most_(std::max(1u, std::thread::hardware_concurrency())) {}
LiteRtModel::~LiteRtModel() = default;

Result<std::unique_ptr<Model>> LiteRtModel::load(std::shared_ptr<const Runtime> runtime, ByteBuffer network,
                                                 const std::string& name, const LoadOptions& options) {
  Result<tflite::Model> parsed = tflite::parse(std::move(network));
  if (!parsed) return fail(ErrorKind::invalid, cat(name, ": ", parsed.error().what));
  Result<inference::Signature> signature = signature_of(*parsed);
  if (!signature) return forward(signature, name);
  Result<std::shared_ptr<const Network>> loaded =
      Network::create(std::move(runtime), parsed->bytes, *signature);
  if (!loaded) return forward(loaded, name);
  std::unique_ptr<LiteRtModel> model(
      new LiteRtModel(std::move(*loaded), std::move(*signature), options.threads));
  // The first one now, so that what cannot be compiled is refused here and the first run does not pay for it.
  Result<std::unique_ptr<Instance>> first = model->take();
  if (!first) return forward(first, name);
  model->give_back(std::move(*first));
  return model;
}

Result<std::unique_ptr<LiteRtModel::Instance>> LiteRtModel::take() const {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || made_ < most_; });
    if (!idle_.empty()) {
      std::unique_ptr<Instance> instance = std::move(idle_.back());
      idle_.pop_back();
      return instance;
    }
    ++made_;
  }
  Result<std::unique_ptr<Instance>> made = Instance::create(network_, threads_);
  if (made) return made;
  const std::lock_guard lock(mutex_);
  --made_;
  returned_.notify_one();
  return made;
}

void LiteRtModel::give_back(std::unique_ptr<Instance> instance) const {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(instance));
  }
  returned_.notify_one();
}

Status LiteRtModel::run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const {
  if (Status checked = check_inputs(signature_, inputs); !checked) return checked;
  if (Status checked = check_outputs(signature_, outputs); !checked) return checked;
  Result<std::unique_ptr<Instance>> instance = take();
  if (!instance) return forward(instance);
  Status ran = (*instance)->run(signature_, inputs, outputs);
  give_back(std::move(*instance));
  return ran;
}

}  // namespace oree::inference::litert
