#include "nodes/workshop/judge.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/file.h"

namespace oree::workshop {

namespace {
// Drawn boxes are held against all that a detector can give: a threshold would cut the recall.
constexpr float kDoubtful = 0.01f;
}  // namespace

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
                                                      const Dataset& dataset,
                                                      std::span<const Sample> samples) {
  std::vector<certification::Answer> answers;
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    Result<certification::Answer> answer =
        ask(network, model, input->tensor.view(), input->placement, input->width, input->height,
            dataset.has_drawn() ? std::optional(kDoubtful) : std::nullopt);
    if (!answer) return forward(answer);
    answers.push_back(std::move(*answer));
  }
  return answers;
}

Result<std::vector<DisturbedAnswers>> disturbed_answers_of(const Network& network,
                                                           std::span<const inference::Model* const> models,
                                                           const Dataset& dataset,
                                                           std::span<const Sample> samples) {
  std::vector<DisturbedAnswers> all;
  std::vector<certification::Disturbance> kinds;
  for (const certification::DisturbanceFacts& facts : certification::disturbances()) {
    if (facts.pictures_only && !network.pictures) continue;
    kinds.push_back(facts.disturbance);
    all.push_back({std::string(facts.name), {}});
    all.back().answers.resize(models.size());
  }
  unsigned number = 0;
  for (const Sample& sample : samples) {
    Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    const std::span<float> values = input->tensor.as<float>();
    const std::vector<float> clean(values.begin(), values.end());
    ++number;
    for (size_t i = 0; i < kinds.size(); ++i) {
      std::ranges::copy(clean, values.begin());
      certification::disturb(input->tensor, kinds[i], number);
      for (size_t m = 0; m < models.size(); ++m) {
        Result<certification::Answer> answer =
            ask(network, *models[m], input->tensor.view(), input->placement, input->width, input->height);
        if (!answer) return forward(answer);
        all[i].answers[m].push_back(std::move(*answer));
      }
    }
  }
  return all;
}

Result<std::vector<certification::Answer>> values_of(const inference::Model& model, const Dataset& dataset,
                                                     std::span<const Sample> samples) {
  std::vector<certification::Answer> answers;
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    auto values = values_of(model, {&*input, 1});
    if (!values) return forward(values);
    answers.push_back(std::move(values->front()));
  }
  return answers;
}

Result<std::vector<certification::Answer>> values_of(const inference::Model& model,
                                                     std::span<const Input> inputs) {
  std::vector<certification::Answer> answers;
  for (const Input& input : inputs) {
    const tensor::TensorView view = input.tensor.view();
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

certification::Score score_of(const Network& network, const Dataset& dataset,
                              std::span<const certification::Answer> reference,
                              std::span<const certification::Answer> answers) {
  const std::vector<int> labels = dataset.labels();
  if (!dataset.has_drawn())
    return certification::score(network.task, reference, answers,
                                std::span(labels).first(std::min(labels.size(), answers.size())));
  const float threshold = network.manifest.score_threshold;
  certification::Score score = certification::score(network.task, certification::above(reference, threshold),
                                                    certification::above(answers, threshold), {});
  const std::vector<certification::Drawn> drawn = dataset.drawn();
  certification::add_average_precision(score, reference, answers,
                                       std::span(drawn).first(std::min(drawn.size(), answers.size())));
  return score;
}

Result<std::vector<TargetScore>> score_on(const ScoreRequest& request, inference::Backend& backend,
                                          const std::filesystem::path& work) {
  const Result<Network> network = open_network(request.network, backend);
  if (!network) return forward(network);
  const Result<Dataset> dataset = Dataset::open(request.data, *network, request.options);
  if (!dataset) return forward(dataset);
  std::vector<certification::Answer> truth;
  if (!request.reference.empty()) {
    const Result<std::unique_ptr<inference::Model>> model =
        [&]() -> Result<std::unique_ptr<inference::Model>> {
      const Result<Network> reference = open_network(request.reference, backend);
      if (!reference) return forward(reference);
      if (reference->input != network->input || reference->task != network->task)
        return fail(ErrorKind::invalid,
                    cat(request.reference.string(), " and ", request.network.string(),
                        " do not answer the same question: their inputs or outputs differ"));
      return backend.load(reference->file, {});
    }();
    if (!model) return forward(model);
    auto answers = answers_of(*network, **model, *dataset, dataset->evaluation());
    if (!answers) return forward(answers);
    truth = std::move(*answers);
  }
  std::vector<TargetScore> scores;
  for (const kernels::Target target : request.targets) {
    const Result<OnTarget> on = load_for(network->model, target, backend, work);
    if (!on) return forward(on);
    const auto answers = answers_of(*network, *on->model, *dataset, dataset->evaluation());
    if (!answers) return forward(answers);
    const certification::Score found =
        score_of(*network, *dataset, truth.empty() ? *answers : truth, *answers);
    if (truth.empty() && !found.has_labels() && found.boxes == 0)
      return fail(ErrorKind::invalid, cat(request.data.string(),
                                          ": the samples have no labels or boxes to score "
                                          "by; name the float network with --reference"));
    scores.push_back({target, found, on->emulation.unsafe_layers(), on->emulation.proofs.size(), on->by});
  }
  return scores;
}

}  // namespace oree::workshop
