#include "nodes/workshop/optimise.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "core/graph/file.h"
#include "core/graph/index.h"
#include "nodes/workshop/calibrate.h"
#include "nodes/workshop/judge.h"
#include "nodes/workshop/measure.h"
#include "nodes/workshop/prepare.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "services/quantisation/equalise.h"
#include "services/quantisation/fusion.h"
#include "services/quantisation/quantise.h"
#include "services/quantisation/selection.h"

namespace oree::workshop {

namespace {

namespace fs = std::filesystem;
using certification::Stage;

// Below this, answers differ visibly; then the first operators, whose errors all others amplify, stay in
// float.
constexpr double kGoodAnswers = 26;                         // dB
constexpr double kPrefixes[] = {0.1, 0.2, 0.3, 0.45, 0.6};  // shares of the operators with weights
constexpr size_t kChoosingSamples = 24, kDisturbedSamples = 40;

// Temporary files of one call; gone at its end.
class WorkFolder {
 public:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {}
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

double accuracy_of(const certification::Score& score) {
  if (!score.has_labels()) return score.agreement;
  return static_cast<double>(score.top1) / static_cast<double>(score.labelled);
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name"))
      return std::string(trim(std::string_view(line).substr(line.find(':') + 1)));
  }
  return "an unnamed processor";
}

// The network to quantise, its channels as they came or evened out, and what its tensors look like.
struct Variant {
  std::string name;
  graph::Model model;
  Observations observations;
};

struct Candidate {
  calibration::Method method;
  const Variant* variant = nullptr;
  quantisation::Quantised quantised;
  double sqnr_db = -1;
  size_t prefix = 0;  // operators with weights at the beginning that stay in float
};

class Workshop {
 public:
  Workshop(const OptimiseOptions& options, const Tools& tools, const fs::path& work)
      : options_(options), tools_(tools), work_(work) {}

  Result<std::vector<Outcome>> run() {
    if (Status done = open(); !done) return forward(done);
    if (Status done = measure_baseline(); !done) return forward(done);
    if (Status done = prepare_network(); !done) return forward(done);
    if (Status done = calibrate(); !done) return forward(done);
    std::vector<kernels::Target> targets = options_.targets;
    if (targets.empty()) targets.push_back(kernels::this_machine());
    std::vector<Outcome> outcomes;
    for (const kernels::Target target : targets) {
      Result<Outcome> outcome = optimise_for(target);
      if (!outcome) return forward(outcome);
      outcomes.push_back(std::move(*outcome));
    }
    return outcomes;
  }

 private:
  void tell(const std::string& line) const {
    if (tools_.tell) tools_.tell(line);
  }

  Status open() {
    Result<Network> network = open_network(options_.model, tools_.backend);
    if (!network) return forward(network);
    network_ = std::move(*network);
    Result<Dataset> dataset = Dataset::open(options_.data, network_, options_.dataset);
    if (!dataset) return forward(dataset);
    dataset_ = std::move(*dataset);
    tell(cat(network_.name, ": ", size_text(network_.bytes), "; ", dataset_->calibration().size(),
             " samples to calibrate with, ", dataset_->evaluation().size(), " to judge by"));
    return {};
  }

  Status measure_baseline() {
    Result<std::unique_ptr<inference::Model>> model = tools_.backend.load(network_.file, {});
    if (!model) return forward(model);
    float_model_ = std::move(*model);
    auto answers = answers_of(network_, *float_model_, *dataset_, dataset_->evaluation());
    if (!answers) return forward(answers);
    float_answers_ = std::move(*answers);
    const certification::Score own =
        certification::score(network_.task, float_answers_, float_answers_, dataset_->labels());
    Result<Input> sample = dataset_->load(dataset_->evaluation()[0]);
    if (!sample) return forward(sample);
    sample_ = std::move(*sample);
    const auto timing = time_of(*float_model_, sample_.tensor.view(), 0.3);
    if (!timing) return forward(timing);
    float_memory_ = memory_of(tools_.weigher, network_.file);
    stages_.push_back({"float", "the network as it came", accuracy_of(own), network_.bytes, timing->p50_ms,
                       float_memory_.value_or(0)});
    tell_stage(stages_.back());
    for (const DisturbanceFacts& facts : disturbances()) {
      if (facts.pictures_only && !network_.pictures) continue;
      auto disturbed = answers_of(network_, *float_model_, *dataset_, disturbed_samples(), facts.disturbance);
      if (!disturbed) return forward(disturbed);
      disturbed_answers_.push_back(std::move(*disturbed));
    }
    return {};
  }

  std::span<const Sample> disturbed_samples() const {
    const std::vector<Sample>& all = dataset_->evaluation();
    return std::span(all).first(std::min(all.size(), kDisturbedSamples));
  }

  void tell_stage(const Stage& stage) const {
    std::string line = cat("  ", stage.name, ": ");
    if (stage.accuracy >= 0) line += cat("accuracy ", fixed(stage.accuracy * 100, 2), " %, ");
    line += size_text(stage.bytes);
    if (stage.p50_ms >= 0) line += cat(", ", fixed(stage.p50_ms, 2), " ms");
    if (stage.memory > 0) line += cat(", ", size_text(stage.memory), " resident");
    tell(line);
    if (tools_.on_stage) tools_.on_stage(stage);
  }

  Status prepare_network() {
    Result<Prepared> prepared = prepare(network_.model, tools_.backend);
    if (!prepared) return forward(prepared);
    prepared_ = std::move(prepared->model);
    const fs::path file = work_ / "prepared.onnx";
    if (Status stored = graph::store(prepared_, file); !stored) return stored;
    Result<std::unique_ptr<inference::Model>> model = tools_.backend.load(file, {});
    if (!model) return forward(model, "the prepared network");
    const auto samples = choosing_samples();
    auto before = values_of(*float_model_, *dataset_, samples);
    if (!before) return forward(before);
    auto after = values_of(**model, *dataset_, samples);
    if (!after) return forward(after);
    const certification::Score same = certification::score(certification::Task::values, *before, *after, {});
    constexpr double kSameAnswers = 60;  // dB: a thousandth of the signal
    if (same.sqnr_db < kSameAnswers)
      return fail(ErrorKind::bug,
                  cat("preparing the network changed its answers (", fixed(same.sqnr_db, 1), " dB)"));
    choosing_values_ = std::move(*before);
    if (prepared->done.empty()) return {};
    const auto timing = time_of(**model, sample_.tensor.view(), 0.2);
    if (!timing) return forward(timing);
    std::error_code ignored;
    stages_.push_back({"prepared", join(prepared->done, ", "), stages_[0].accuracy,
                       fs::file_size(file, ignored), timing->p50_ms, 0});
    tell_stage(stages_.back());
    return {};
  }

  std::span<const Sample> choosing_samples() const {
    const std::vector<Sample>& all = dataset_->calibration();
    return std::span(all).first(std::min(all.size(), kChoosingSamples));
  }

  Status calibrate() {
    const graph::Index index(prepared_.graph);
    const std::vector<std::string> names = quantisation::tensors_to_observe(index);
    Result<Observations> seen =
        observe(prepared_, names, *dataset_, dataset_->calibration(), tools_.backend, work_);
    if (!seen) return forward(seen);
    tell(cat("  calibrated ", seen->size(), " tensors"));
    variants_.push_back({"", prepared_, std::move(*seen)});
    return options_.equalise ? equalise(names) : Status{};
  }

  // Evening out changes what some tensors look like: those are looked at again.
  Status equalise(const std::vector<std::string>& names) {
    quantisation::ChannelReach reach;
    for (const auto& [name, statistics] : variants_[0].observations) {
      std::vector<double>& most = reach[name];
      for (size_t c = 0; c < statistics.channel_maxima().size(); ++c)
        most.push_back(
            std::max(double{statistics.channel_maxima()[c]}, -double{statistics.channel_minima()[c]}));
    }
    Variant even{"channels evened out", prepared_, variants_[0].observations};
    std::vector<std::string> changed = quantisation::equalise_channels(even.model, reach, 0.5);
    std::erase_if(changed,
                  [&](const std::string& name) { return std::ranges::find(names, name) == names.end(); });
    if (changed.empty()) return {};
    Result<Observations> seen =
        observe(even.model, changed, *dataset_, dataset_->calibration(), tools_.backend, work_);
    if (!seen) return forward(seen);
    for (auto& [name, statistics] : *seen) even.observations.insert_or_assign(name, std::move(statistics));
    variants_.push_back(std::move(even));
    return {};
  }

  static quantisation::Ranges ranges_by(const Variant& variant, calibration::Method method,
                                        kernels::Target target) {
    const bool symmetric = kernels::facts(target).activations == kernels::Activations::s8_symmetric;
    const calibration::Grid grid{symmetric ? 255 : 256, symmetric};
    quantisation::Ranges ranges;
    for (const auto& [name, statistics] : variant.observations) {
      const calibration::Range range = calibration::choose_range(statistics, method, grid);
      ranges.insert({name, {range.low, range.high, statistics.channel_means()}});
    }
    return ranges;
  }

  Result<Candidate> candidate(const Variant& variant, calibration::Method method, kernels::Target target,
                              size_t prefix = 0) const {
    quantisation::Recipe recipe{
        target, options_.correct_bias, {options_.keep_float.begin(), options_.keep_float.end()}};
    for (const std::string& output : weighted_outputs(variant.model, prefix))
      recipe.keep_float.insert(output);
    Result<quantisation::Quantised> made =
        quantisation::quantise(variant.model, ranges_by(variant, method, target), recipe);
    if (!made) return forward(made, options_.model.string());
    Candidate result{method, &variant, std::move(*made)};
    const Result<OnTarget> on = load_for(result.quantised.model, target, tools_.backend, work_);
    if (!on) return forward(on);
    const auto values = values_of(*on->model, *dataset_, choosing_samples());
    if (!values) return forward(values);
    result.prefix = prefix;
    result.sqnr_db = certification::score(certification::Task::values, choosing_values_, *values, {}).sqnr_db;
    tell(cat("  ", kernels::facts(target).name, ", ", calibration::name_of(method),
             variant.name.empty() ? "" : ", ", variant.name,
             prefix == 0 ? std::string{} : cat(", the first ", prefix, " in float"), ": ",
             fixed(result.sqnr_db, 1), " dB"));
    return result;
  }

  // Outputs of the first `count` operators with weights; all of them for the largest number.
  static std::vector<std::string> weighted_outputs(const graph::Model& model, size_t count) {
    std::vector<std::string> outputs;
    for (const graph::Node& node : model.graph.nodes) {
      if (outputs.size() == count) break;
      if (quantisation::kind_of(node) == quantisation::Kind::weighted) outputs.push_back(node.outputs[0]);
    }
    return outputs;
  }

  // As few as bring the answers near enough.
  Result<Candidate> with_prefix(Candidate best, kernels::Target target) const {
    const size_t all = weighted_outputs(best.variant->model, SIZE_MAX).size();
    for (const double share : kPrefixes) {
      if (best.sqnr_db >= kGoodAnswers) break;
      const auto count = static_cast<size_t>(share * static_cast<double>(all) + 0.5);
      if (count == 0 || count <= best.prefix) continue;
      Result<Candidate> made = candidate(*best.variant, best.method, target, count);
      if (!made) return forward(made);
      if (made->sqnr_db > best.sqnr_db) best = std::move(*made);
    }
    return best;
  }

  // First the variant, by one method; then the method.
  Result<Candidate> best_candidate(kernels::Target target) const {
    std::vector<calibration::Method> methods{calibration::Method::minmax, calibration::Method::average,
                                             calibration::Method::mse, calibration::Method::percentile};
    if (options_.method) methods = {*options_.method};
    std::optional<Candidate> best;
    const auto consider = [&](const Variant& variant, calibration::Method method) -> Status {
      Result<Candidate> made = candidate(variant, method, target);
      if (!made) return forward(made);
      if (!best || made->sqnr_db > best->sqnr_db) best = std::move(*made);
      return {};
    };
    for (const Variant& variant : variants_) {
      if (Status done = consider(variant, methods[0]); !done) return forward(done);
    }
    const Variant& chosen = *best->variant;
    for (size_t i = 1; i < methods.size(); ++i) {
      if (Status done = consider(chosen, methods[i]); !done) return forward(done);
    }
    return with_prefix(std::move(*best), target);
  }

  Result<Outcome> optimise_for(kernels::Target target) {
    Result<Candidate> chosen = best_candidate(target);
    if (!chosen) return forward(chosen);
    Outcome outcome;
    outcome.target = target;
    certification::Certificate& c = outcome.certificate;
    describe(c, *chosen, target);
    const fs::path file = work_ / "candidate.onnx";
    if (Status done = measure(outcome, chosen->quantised.model, file); !done) return forward(done);
    if (Status done = check_fusion(c, chosen->quantised.model, file); !done) return forward(done);
    c.gates = certification::judge(c.measured, options_.limits);
    outcome.holds = certification::all_hold(c.gates);
    if (outcome.holds) {
      if (Status done = hand_out(outcome, file); !done) return forward(done);
    }
    return outcome;
  }

  void describe(certification::Certificate& c, const Candidate& chosen, kernels::Target target) const {
    c.target = kernels::facts(target).name;
    c.model = cat(network_.name, ".", c.target, ".onnx");
    c.source = network_.file.filename().string();
    c.source_digest = network_.digest;
    c.machine = cat(processor(), " (", kernels::facts(kernels::this_machine()).name, ")");
    c.runtime = cat(tools_.backend.name(), " ", tools_.backend.version());
    c.recipe = cat("8 bits, ranges by ", calibration::name_of(chosen.method), " over ",
                   dataset_->calibration().size(), " samples, weights per channel",
                   options_.correct_bias ? ", bias corrected" : "", chosen.variant->name.empty() ? "" : ", ",
                   chosen.variant->name);
    c.data = options_.data.filename().string();
    c.data_digest = dataset_->digest();
    c.calibration_samples = dataset_->calibration().size();
    c.notes = chosen.quantised.notes;
    if (chosen.prefix > 0)
      c.notes.push_back(cat("the first ", chosen.prefix,
                            " operators with weights stay in float: their errors grow in all that follow"));
    size_t narrowed = 0, channels = 0;
    for (const quantisation::LayerReport& layer : chosen.quantised.layers) {
      narrowed += layer.narrowed;
      channels += layer.channels;
    }
    if (kernels::facts(target).saturates)
      c.notes.push_back(cat(narrowed, " of ", channels,
                            " channels were narrowed so that no pair of products can saturate"));
    for (const quantisation::Decision& decision : chosen.quantised.decisions) {
      if (!decision.quantised)
        c.float_operators.push_back(cat(decision.node, " (", decision.op, "): ", decision.why));
    }
    c.stages = stages_;
  }

  Status measure(Outcome& outcome, const graph::Model& quantised, const fs::path& file) {
    certification::Measurements& m = outcome.certificate.measured;
    const Result<OnTarget> on = load_for(quantised, outcome.target, tools_.backend, work_);
    if (!on) return forward(on);
    m.score_by = on->by;
    m.proofs = on->emulation.proofs;
    m.saturating_target = kernels::facts(outcome.target).saturates;
    auto answers = answers_of(network_, *on->model, *dataset_, dataset_->evaluation());
    if (!answers) return forward(answers);
    m.score = certification::score(network_.task, float_answers_, *answers, dataset_->labels());
    if (Status done = measure_disturbed(m, *on->model); !done) return done;
    if (Status stored = graph::store(quantised, file); !stored) return stored;
    std::error_code ignored;
    m.reference_bytes = network_.bytes;
    m.optimised_bytes = fs::file_size(file, ignored);
    Stage stage{"integers", outcome.certificate.recipe, accuracy_of(m.score), m.optimised_bytes};
    if (outcome.target == kernels::this_machine()) {
      const Result<std::unique_ptr<inference::Model>> own = tools_.backend.load(file, {});
      if (!own) return forward(own, "what was written does not load again");
      auto time = compare_times(*float_model_, **own, sample_.tensor.view(), {});
      if (!time) return forward(time);
      m.time = *time;
      stage.p50_ms = time->optimised.p50_ms;
      m.reference_memory = float_memory_;
      m.optimised_memory = memory_of(tools_.weigher, file);
      stage.memory = m.optimised_memory.value_or(0);
    }
    outcome.certificate.stages.push_back(stage);
    tell_stage(stage);
    return {};
  }

  Status measure_disturbed(certification::Measurements& m, const inference::Model& model) {
    size_t at = 0;
    const std::vector<int> labels = dataset_->labels();
    for (const DisturbanceFacts& facts : disturbances()) {
      if (facts.pictures_only && !network_.pictures) continue;
      auto answers = answers_of(network_, model, *dataset_, disturbed_samples(), facts.disturbance);
      if (!answers) return forward(answers);
      m.robustness.push_back(
          {std::string(facts.name), certification::score(network_.task, disturbed_answers_[at++], *answers,
                                                         std::span(labels).first(answers->size()))});
    }
    return {};
  }

  // The graph that the runtime runs, against the one that was predicted.
  Status check_fusion(certification::Certificate& c, const graph::Model& quantised, const fs::path& file) {
    const quantisation::Prediction prediction = quantisation::predict_fusion(quantised);
    c.predicted_islands = prediction.islands.size();
    for (const quantisation::Unfused& unfused : prediction.unfused) {
      const bool weighted = unfused.op == "Conv" || unfused.op == "Gemm" || unfused.op == "MatMul";
      if (weighted)  // others behind the last weights are float on purpose
        c.notes.push_back(
            cat(unfused.node, " (", unfused.op, ") runs in float: ", unfused.why, "; ", unfused.repair));
    }
    const fs::path run = work_ / "run.onnx";
    const auto loaded = tools_.backend.load(file, {.fused_file = run});
    if (!loaded) return forward(loaded);
    const Result<graph::Model> written = graph::load(run);
    if (!written) return forward(written, "the graph that the runtime wrote");
    const quantisation::Comparison found = quantisation::compare(prediction, *written);
    c.agreed_islands = found.agreed;
    for (const std::string& difference : found.differences) c.notes.push_back(difference);
    return {};
  }

  Status hand_out(Outcome& outcome, const fs::path& file) {
    certification::Certificate& c = outcome.certificate;
    files::RealDisk disk;
    const Result<ByteBuffer> bytes = disk.read(file, uint64_t{2} << 30);
    if (!bytes) return forward(bytes);
    c.model_digest = crypto::sha256(*bytes).hex();
    c.issued = tools_.clock.wall();
    const json::Value value = certification::to_json(c);
    const std::string text = certification::signed_text(value, tools_.key);
    const std::string html = certification::page(value, tools_.key.public_key().base64());
    outcome.model = options_.out / c.model;
    outcome.certificate_file = options_.out / cat(network_.name, ".", c.target, ".certificate.json");
    outcome.page = options_.out / cat(network_.name, ".", c.target, ".certificate.html");
    // The model last: whoever sees it finds its certificate beside it.
    if (Status done = disk.write(outcome.page, as_bytes(html)); !done) return done;
    if (Status done = disk.write(outcome.certificate_file, as_bytes(text)); !done) return done;
    return disk.write(outcome.model, *bytes);
  }

  const OptimiseOptions& options_;
  const Tools& tools_;
  const fs::path work_;
  Network network_;
  std::optional<Dataset> dataset_;
  std::unique_ptr<inference::Model> float_model_;
  std::vector<certification::Answer> float_answers_, choosing_values_;
  std::vector<std::vector<certification::Answer>> disturbed_answers_;
  std::optional<uint64_t> float_memory_;
  Input sample_;
  graph::Model prepared_;
  std::vector<Variant> variants_;
  std::vector<Stage> stages_;
};

}  // namespace

Result<std::vector<Outcome>> optimise(const OptimiseOptions& options, const Tools& tools) {
  files::RealDisk disk;
  if (Status made = disk.make_folder(options.out); !made) return forward(made);
  const WorkFolder work(options.out / cat(".work-", to_hex(as_bytes(crypto::new_uuid(0))).substr(0, 16)));
  if (Status made = disk.make_folder(work.path()); !made) return forward(made);
  return Workshop(options, tools, work.path()).run();
}

}  // namespace oree::workshop
