#include "nodes/workshop/network.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "core/graph/file.h"
#include "core/graph/numbers.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "services/serving/outputs/decoder.h"

namespace oree::workshop {

namespace {

constexpr uint64_t kMaxModelBytes = uint64_t{2} << 30;

Result<package::Manifest> manifest_of(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return package::load_manifest(path);
  package::Manifest manifest;
  manifest.folder = path.parent_path();
  manifest.model_file = path;
  manifest.name = path.stem().string();
  manifest.version = "1";
  return manifest;
}

certification::Task task_of(const Network& network, const inference::Signature& signature) {
  using certification::Task;
  if (network.pictures && network.manifest.task == package::Task::detection) return Task::objects;
  if (network.pictures && network.manifest.task == package::Task::segmentation) return Task::values;
  // One row of scores is a classifier; anything else is a function whose values count.
  if (signature.outputs.size() != 1) return Task::values;
  const tensor::Shape& shape = signature.outputs[0].shape;
  int64_t classes = 1;
  for (size_t i = 1; i < shape.size(); ++i) classes *= shape[i];
  const bool row =
      shape.size() >= 2 && (shape[0] == 1 || shape[0] < 0) && shape.back() > 1 && classes == shape.back();
  const tensor::Shape& input = signature.inputs[0].shape;
  // An autoencoder gives back what it was given.
  return row && input.size() >= 2 && input != shape ? Task::classes : Task::values;
}

// A network with such weights answers nothing, and every later message would only be about that.
Status check_weights(const Network& network) {
  for (const graph::Tensor& tensor : network.model.graph.initializers) {
    if (tensor.type != graph::DataType::f32) continue;
    const std::span<const float> values = tensor.as<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i])) continue;
      return fail(ErrorKind::invalid,
                  cat(network.file.string(), ": element ", i, " of the weights '", tensor.name, "' is ",
                      std::isnan(values[i]) ? "not a number" : "infinite", "; train or export it again"));
    }
  }
  return {};
}

}  // namespace

Result<Network> open_network(const std::filesystem::path& path, inference::Backend& backend) {
  Result<package::Manifest> manifest = manifest_of(path);
  if (!manifest) return forward(manifest);
  Network network;
  network.file = manifest->model_file;
  network.name = std::filesystem::is_directory(path) ? manifest->name : network.file.stem().string();
  files::RealDisk disk;
  const Result<ByteBuffer> bytes = disk.read(network.file, kMaxModelBytes);
  if (!bytes) return forward(bytes);
  network.bytes = bytes->size();
  network.digest = crypto::sha256(*bytes).hex();
  Result<graph::Model> model = graph::load(network.file);
  if (!model) return forward(model);
  network.model = std::move(*model);
  if (Status checked = check_weights(network); !checked) return forward(checked);
  const Result<std::unique_ptr<inference::Model>> loaded = backend.load(network.file, {});
  if (!loaded) return forward(loaded);
  const inference::Signature& signature = (*loaded)->signature();
  if (signature.inputs.size() != 1 || signature.inputs[0].dtype != tensor::DType::f32)
    return fail(
        ErrorKind::unsupported,
        cat(network.file.string(), ": one float input is wanted; it has ", signature.inputs.size(),
            signature.inputs.empty() ? std::string{}
                                     : cat(", the first ", tensor::facts(signature.inputs[0].dtype).name)));
  network.input = signature.inputs[0].shape;
  for (int64_t& size : network.input) size = std::max<int64_t>(size, 1);
  Result<package::Manifest> completed = package::complete(*manifest, signature.inputs, signature.outputs);
  network.pictures = completed.has_value();
  if (completed)
    network.manifest = std::move(*completed);
  else {
    network.manifest = std::move(*manifest);
    network.why_no_pictures = completed.error().what;
  }
  network.task = task_of(network, signature);
  return network;
}

Result<certification::Answer> ask(const Network& network, const inference::Model& model,
                                  const tensor::TensorView& input, const image::Placement& placement,
                                  int width, int height) {
  std::vector<inference::Output> outputs(model.signature().outputs.size());
  if (Status ran = model.run({&input, 1}, outputs); !ran) return forward(ran);
  certification::Answer answer;
  if (network.task == certification::Task::objects) {
    const Result<serving::Decoder> decoder = serving::decoder_for(network.manifest.decode);
    if (!decoder) return forward(decoder);
    std::vector<tensor::TensorView> views;
    for (const inference::Output& output : outputs) views.push_back(output.view());
    Result<inference::Prediction> prediction =
        (*decoder)({network.manifest, placement, width, height}, views);
    if (!prediction) return forward(prediction);
    answer.objects = std::move(prediction->objects);
    return answer;
  }
  for (const inference::Output& output : outputs) {
    if (output.dtype != tensor::DType::f32) continue;
    const auto values = output.view().as<float>();
    answer.scores.insert(answer.scores.end(), values.begin(), values.end());
  }
  if (answer.scores.empty())
    return fail(ErrorKind::unsupported, "the network has no float output to compare");
  return answer;
}

}  // namespace oree::workshop
