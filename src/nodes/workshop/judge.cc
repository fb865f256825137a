#include "nodes/workshop/judge.h"

#include "base/text.h"
#include "core/graph/file.h"

namespace oree::workshop {

Result<OnTarget> load_for(const graph::Model& quantised, kernels::Target target, inference::Backend& backend,
                          const std::filesystem::path& work) {
  const bool saturates = kernels::facts(target).saturates;
  const bool here_saturates = kernels::facts(kernels::this_machine()).saturates;
  Result<certification::Emulation> emulation = certification::emulate(quantised, saturates);
  if (!emulation) return forward(emulation);
  OnTarget on;
  const bool own = target == kernels::this_machine();
  const bool proven = emulation->unsafe_layers() == 0;
  const bool as_written = own || proven || saturates == here_saturates;
  inference::LoadOptions options;
  if (!as_written) options.operators = emulation->operators;
  const std::filesystem::path file = work / (as_written ? "candidate.onnx" : "emulated.onnx");
  if (Status stored = graph::store(as_written ? quantised : emulation->model, file); !stored)
    return forward(stored);
  Result<std::unique_ptr<inference::Model>> model = backend.load(file, options);
  if (!model) return forward(model, "what was written does not load again");
  on.by =
      own           ? "this processor"
      : !as_written ? cat("emulated sums of ", kernels::facts(target).name)
      : kernels::facts(target).activations == kernels::Activations::u8
          ? cat("this processor",
                proven && saturates ? "; it is proven that no pair of products can saturate" : "; exact sums")
          : "this processor, signed integers in float";
  on.model = std::move(*model);
  on.emulation = std::move(*emulation);
  return on;
}

Result<std::vector<certification::Answer>> answers_of(const Network& network, const inference::Model& model,
                                                      const Dataset& dataset, std::span<const Sample> samples,
                                                      std::optional<Disturbance> disturbance) {
  std::vector<certification::Answer> answers;
  unsigned number = 0;
  for (const Sample& sample : samples) {
    Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    if (disturbance) disturb(input->tensor, *disturbance, ++number);
    Result<certification::Answer> answer =
        ask(network, model, input->tensor.view(), input->placement, input->width, input->height);
    if (!answer) return forward(answer);
    answers.push_back(std::move(*answer));
  }
  return answers;
}

Result<std::vector<certification::Answer>> values_of(const inference::Model& model, const Dataset& dataset,
                                                     std::span<const Sample> samples) {
  std::vector<certification::Answer> answers;
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    const tensor::TensorView view = input->tensor.view();
    std::vector<inference::Output> outputs(model.signature().outputs.size());
    if (Status ran = model.run({&view, 1}, outputs); !ran) return forward(ran);
    certification::Answer answer;
    for (const inference::Output& output : outputs) {
      if (output.dtype != tensor::DType::f32) continue;
      const auto values = output.view().as<float>();
      answer.scores.insert(answer.scores.end(), values.begin(), values.end());
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<std::vector<TargetScore>> score_on(const std::filesystem::path& path,
                                          const std::filesystem::path& data, const DatasetOptions& options,
                                          std::span<const kernels::Target> targets,
                                          inference::Backend& backend, const std::filesystem::path& work) {
  const Result<Network> network = open_network(path, backend);
  if (!network) return forward(network);
  const Result<Dataset> dataset = Dataset::open(data, *network, options);
  if (!dataset) return forward(dataset);
  if (network->task != certification::Task::classes)
    return fail(ErrorKind::unsupported, cat(path.string(), ": only classifiers are scored by themselves"));
  const std::vector<int> labels = dataset->labels();
  std::vector<TargetScore> scores;
  for (const kernels::Target target : targets) {
    const Result<OnTarget> on = load_for(network->model, target, backend, work);
    if (!on) return forward(on);
    const auto answers = answers_of(*network, *on->model, *dataset, dataset->evaluation());
    if (!answers) return forward(answers);
    const certification::Score found = certification::score(network->task, *answers, *answers, labels);
    if (!found.has_labels())
      return fail(ErrorKind::invalid, cat(data.string(), ": the samples have no labels to score by"));
    scores.push_back({target, found.labelled, found.top1, on->emulation.unsafe_layers(),
                      on->emulation.proofs.size(), on->by});
  }
  return scores;
}

}  // namespace oree::workshop
