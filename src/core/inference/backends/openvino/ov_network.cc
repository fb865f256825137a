#include "core/inference/backends/openvino/ov_network.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace oree::inference::openvino {

namespace {

constexpr size_t kMostIdle = 16;

Result<tensor::Shape> shape_of(const Runtime& runtime, const Tensor& tensor) {
  Shape shape{};
  if (Status got = runtime.check(runtime.api().tensor_shape(&tensor, &shape)); !got) return forward(got);
  tensor::Shape sides(shape.sides, shape.sides + shape.rank);
  runtime.api().free_shape(&shape);
  return sides;
}

Result<tensor::TensorSpec> spec_of(const Runtime& runtime, const Port& port, std::string_view what) {
  const Api& api = runtime.api();
  tensor::TensorSpec spec;
  char* name = nullptr;
  if (Status got = runtime.check(api.port_name(&port, &name)); !got) return forward(got, what);
  spec.name = name;
  api.free_text(name);
  int type = 0;
  if (Status got = runtime.check(api.port_type(&port, &type)); !got) return forward(got, spec.name);
  const std::optional<tensor::DType> dtype = dtype_of(type);
  if (!dtype) {
    return fail(ErrorKind::unsupported,
                cat(what, " '", spec.name, "' has OpenVINO's datatype ", type, ", which is not carried"));
  }
  spec.dtype = *dtype;
  PartialShape shape{};
  if (Status got = runtime.check(api.port_shape(&port, &shape)); !got) return forward(got, spec.name);
  const bool ranked = shape.rank.least == shape.rank.most;
  for (int64_t i = 0; ranked && i < shape.rank.least; ++i) {
    const Bounds& side = shape.sides[i];
    spec.shape.push_back(side.least == side.most ? side.least : -1);
  }
  api.free_partial_shape(&shape);
  if (ranked) return spec;
  return fail(ErrorKind::unsupported, cat(what, " '", spec.name, "' leaves its number of dimensions open"));
}

Result<std::vector<tensor::TensorSpec>> specs_of(const Runtime& runtime, const Graph& graph, bool inputs) {
  const Api& api = runtime.api();
  size_t count = 0;
  if (Status got = runtime.check((inputs ? api.count_inputs : api.count_outputs)(&graph, &count)); !got)
    return forward(got);
  std::vector<tensor::TensorSpec> specs;
  for (size_t i = 0; i < count; ++i) {
    Port* port = nullptr;
    if (Status got = runtime.check((inputs ? api.input : api.output)(&graph, i, &port)); !got)
      return forward(got);
    const Owned<Port> owned(port, api.free_port);
    Result<tensor::TensorSpec> spec = spec_of(runtime, *port, inputs ? "input" : "output");
    if (!spec) return forward(spec);
    specs.push_back(std::move(*spec));
  }
  return specs;
}

}  // namespace

Result<Signature> signature_of(const Runtime& runtime, const Graph& graph) {
  Result<std::vector<tensor::TensorSpec>> inputs = specs_of(runtime, graph, true);
  if (!inputs) return forward(inputs);
  Result<std::vector<tensor::TensorSpec>> outputs = specs_of(runtime, graph, false);
  if (!outputs) return forward(outputs);
  return Signature{std::move(*inputs), std::move(*outputs)};
}

struct Network::Busy {
  std::shared_ptr<Network> from;
  Owned<Request> request;

  Busy(std::shared_ptr<Network> network, Owned<Request> taken)
      : from(std::move(network)), request(std::move(taken)) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    const std::lock_guard lock(from->mutex_);
    if (from->idle_.size() < kMostIdle) from->idle_.push_back(std::move(request));
  }
};

Result<std::shared_ptr<Network>> Network::compile(std::shared_ptr<const Runtime> runtime, const Graph& graph,
                                                  int thread_count, int stream_count) {
  // Answers as exact as the other runtimes give them; no thread nailed to a core, which cameras and brokers
  // want, too.
  const std::string threads = cat(thread_count), streams = cat(stream_count);
  Compiled* raw = nullptr;
  const int status = runtime->api().compile(runtime->core(), &graph, "CPU", 8, &raw, "INFERENCE_NUM_THREADS",
                                            threads.c_str(), "NUM_STREAMS", streams.c_str(),
                                            "INFERENCE_PRECISION_HINT", "f32", "ENABLE_CPU_PINNING", "NO");
  if (Status compiled = runtime->check(status); !compiled) return forward(compiled);
  Owned<Compiled> owned(raw, runtime->api().free_compiled);
  return std::shared_ptr<Network>(new Network(std::move(runtime), std::move(owned)));
}

Result<std::shared_ptr<Network::Busy>> Network::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto busy = std::make_shared<Busy>(shared_from_this(), std::move(idle_.back()));
      idle_.pop_back();
      return busy;
    }
  }
  Request* raw = nullptr;
  if (Status made = runtime_->check(runtime_->api().create_request(compiled_.get(), &raw)); !made)
    return forward(made);
  return std::make_shared<Busy>(shared_from_this(), Owned<Request>(raw, runtime_->api().free_request));
}

Status Network::set_input(Request& request, size_t i, const tensor::TensorView& input) const {
  static std::byte nothing{};  // an empty tensor must still lie somewhere
  const Shape shape{static_cast<int64_t>(input.shape.size()), const_cast<int64_t*>(input.shape.data())};
  void* memory = input.data.empty() ? &nothing : const_cast<std::byte*>(input.data.data());
  Tensor* raw = nullptr;
  const Status made = runtime_->check(runtime_->api().tensor_over(type_of(input.dtype), shape, memory, &raw));
  if (!made) return made;
  const Owned<Tensor> owned(raw, runtime_->api().free_tensor);
  return runtime_->check(runtime_->api().set_input(&request, i, raw));
}

Status Network::deliver(const std::shared_ptr<Busy>& busy, size_t i, Output& output) const {
  const Api& api = runtime_->api();
  Tensor* raw = nullptr;
  if (Status got = runtime_->check(api.get_output(busy->request.get(), i, &raw)); !got) return got;
  const Owned<Tensor> owned(raw, api.free_tensor);
  Result<tensor::Shape> shape = shape_of(*runtime_, *raw);
  if (!shape) return forward(shape);
  const Result<size_t> count = tensor::element_count(*shape);
  if (!count) return forward(count);
  const size_t size = *count * tensor::facts(output.dtype).bytes;
  void* data = nullptr;
  if (Status got = runtime_->check(size == 0 ? 0 : api.tensor_data(raw, &data)); !got) return got;
  if (output.preset.empty()) {
    output.shape = std::move(*shape);
    output.data = {static_cast<const std::byte*>(data), size};
    output.keep = busy;
    return {};
  }
  if (output.shape != *shape) {
    return fail(ErrorKind::invalid, cat("the output has shape ", tensor::shape_text(*shape), ", not ",
                                        tensor::shape_text(output.shape)));
  }
  std::memcpy(output.preset.data(), data, size);
  output.data = output.preset;
  return {};
}

Status Network::run(const Signature& signature, std::span<const tensor::TensorView> inputs,
                    std::span<Output> outputs) {
  Result<std::shared_ptr<Busy>> busy = take();
  if (!busy) return forward(busy);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (Status set = set_input(*(*busy)->request, i, inputs[i]); !set)
      return forward(set, signature.inputs[i].name);
  }
  if (Status ran = runtime_->check(runtime_->api().infer((*busy)->request.get())); !ran)
    return forward(ran, "the model did not run");
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].dtype = signature.outputs[i].dtype;
    if (Status delivered = deliver(*busy, i, outputs[i]); !delivered)
      return forward(delivered, signature.outputs[i].name);
  }
  return {};
}

}  // namespace oree::inference::openvino
