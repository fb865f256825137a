#include "nodes/workshop/network.h"

#include <algorithm>

#include "base/text.h"
#include "nodes/workshop/studies/runnable.h"
#include "services/serving/outputs/decoder.h"

namespace oree::workshop {

namespace {

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

}  // namespace

Result<Network> open_network(const std::filesystem::path& path, inference::Backend& backend) {
  Result<package::Manifest> manifest = manifest_of(path);
  if (!manifest) return forward(manifest);
  Network network;
  Result<Runnable> runnable = make_runnable(manifest->model_file);
  if (!runnable) return forward(runnable);
  network.source = runnable->source;
  network.file = runnable->file;
  network.keep = runnable->keep;
  network.name = std::filesystem::is_directory(path) ? manifest->name : network.source.stem().string();
  network.bytes = runnable->bytes;
  network.digest = runnable->digest;
  network.integer_weights = runnable->integer_weights();
  if (!runnable->model)
    return fail(ErrorKind::unsupported, cat(network.source.string(),
                                            ": an .ort is already what its runtime made of a network; give "
                                            "the .onnx it was made from"));
  network.model = std::move(*runnable->model);
  const Result<std::unique_ptr<inference::Model>> loaded = backend.load(network.file, {});
  if (!loaded) return forward(loaded);
  const inference::Signature& signature = (*loaded)->signature();
  if (signature.inputs.size() != 1 || signature.inputs[0].dtype != tensor::DType::f32)
    return fail(
        ErrorKind::unsupported,
        cat(network.source.string(), ": one float input is wanted; it has ", signature.inputs.size(),
            signature.inputs.empty() ? std::string{}
                                     : cat(", the first ", tensor::facts(signature.inputs[0].dtype).name),
            network.integer_weights > 0 ? "; it is in 8 bits already, start from the float network" : ""));
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
                                  int width, int height, std::optional<float> threshold) {
  std::vector<inference::Output> outputs(model.signature().outputs.size());
  if (Status ran = model.run({&input, 1}, outputs); !ran) return forward(ran);
  certification::Answer answer;
  if (network.task == certification::Task::objects) {
    package::Manifest manifest = network.manifest;
    manifest.score_threshold = threshold.value_or(manifest.score_threshold);
    const Result<serving::Decoder> decoder = serving::decoder_for(network.manifest.decode);
    if (!decoder) return forward(decoder);
    std::vector<tensor::TensorView> views;
    for (const inference::Output& output : outputs) views.push_back(output.view());
    Result<inference::Prediction> prediction = (*decoder)({manifest, placement, width, height}, views);
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
