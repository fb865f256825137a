#include "nodes/workshop/optimise.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "core/graph/file.h"
#include "nodes/workshop/choice/choose.h"
#include "nodes/workshop/judge.h"
#include "nodes/workshop/measure.h"
#include "nodes/workshop/prepare.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "services/quantisation/fusion.h"
#include "services/quantisation/quantise.h"

namespace oree::workshop {

namespace {

namespace fs = std::filesystem;
using certification::Stage;

constexpr size_t kDisturbedSamples = 32;
constexpr size_t kSameSamples = 8;  // on which preparing must not have changed an answer
// For the table of stages; the gate measures longer.
constexpr Pace kGlance{.seconds = 0.1, .least_rounds = 9, .own_time = true};
constexpr double kNarrow = 0.02;  // of the speed gate's interval: nobody acts on less

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
  if (score.boxes > 0) return score.ap;
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

class Workshop {
 public:
  Workshop(const OptimiseOptions& options, const Tools& tools, const fs::path& work)
      : options_(options), tools_(tools), work_(work) {}

  Result<std::vector<Outcome>> run() {
    if (Status done = open(); !done) return forward(done);
    if (Status done = measure_baseline(); !done) return forward(done);
    if (Status done = prepare_network(); !done) return forward(done);
    Result<Chooser> chooser = Chooser::calibrate(
        {prepared_, network_, *float_model_, *dataset_, float_values_, options_, tools_, work_});
    if (!chooser) return forward(chooser);
    std::vector<kernels::Target> targets = options_.targets;
    if (targets.empty()) targets.push_back(kernels::this_machine());
    std::vector<Outcome> outcomes;
    std::optional<Candidate> before;
    for (const kernels::Target target : targets) {
      Result<Candidate> chosen = chooser->best_for(target, before ? &*before : nullptr);
      if (!chosen) return forward(chosen);
      Result<Outcome> outcome = optimise_for(target, *chosen);
      if (!outcome) return forward(outcome);
      outcomes.push_back(std::move(*outcome));
      if (!before) before = std::move(*chosen);
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
    const certification::Score own = score_of(network_, *dataset_, float_answers_, float_answers_);
    Result<Input> sample = dataset_->load(dataset_->evaluation()[0]);
    if (!sample) return forward(sample);
    sample_ = std::move(*sample);
    const auto timing = time_of(*float_model_, sample_.tensor.view(), kGlance);
    if (!timing) return forward(timing);
    float_memory_ = memory_of(tools_.weigher, network_.file);
    stages_.push_back({"float", "the network as it came", accuracy_of(own), network_.bytes, timing->p50_ms,
                       float_memory_.value_or(0)});
    tell_stage(stages_.back());
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
    network_.model = {};  // its weights would stay in memory beside those of the prepared one
    const fs::path file = work_ / "prepared.onnx";
    if (Status stored = graph::store(prepared_, file); !stored) return stored;
    Result<std::unique_ptr<inference::Model>> model = tools_.backend.load(file, {});
    if (!model) return forward(model, "the prepared network");
    const auto samples = choosing_samples(*dataset_);
    auto before = values_of(*float_model_, *dataset_, samples);
    if (!before) return forward(before);
    const auto after = values_of(**model, *dataset_, samples.first(std::min(samples.size(), kSameSamples)));
    if (!after) return forward(after);
    const certification::Score same = certification::score(certification::Task::values, *before, *after, {});
    constexpr double kSameAnswers = 60;  // dB: a thousandth of the signal
    if (same.sqnr_db < kSameAnswers)
      return fail(ErrorKind::bug,
                  cat("preparing the network changed its answers (", fixed(same.sqnr_db, 1), " dB)"));
    float_values_ = std::move(*before);
    if (prepared->done.empty()) return {};
    const auto ratio = time_ratio(*float_model_, **model, sample_.tensor.view(), kGlance);
    if (!ratio) return forward(ratio);
    std::error_code ignored;
    stages_.push_back({"prepared", join(prepared->done, ", "), stages_[0].accuracy,
                       fs::file_size(file, ignored), stages_[0].p50_ms * *ratio, 0});
    tell_stage(stages_.back());
    return {};
  }

  Result<Outcome> optimise_for(kernels::Target target, const Candidate& chosen) {
    Result<Outcome> outcome = judged(target, chosen);
    if (!outcome) return outcome;
    if (slower_than_float(*outcome)) {
      // Passes alone may be all that this network gains from here.
      Result<Outcome> floats = judged_in_float(target, *outcome);
      if (!floats) return floats;
      outcome = std::move(floats);
    }
    if (outcome->holds) {
      if (Status done = hand_out(*outcome, work_ / "candidate.onnx"); !done) return forward(done);
    }
    return outcome;
  }

  // Whoever asks for more than the float network's speed is told what integers reach, and whoever allows less
  // gets them.
  bool slower_than_float(const Outcome& outcome) const {
    const std::optional<certification::Comparison>& time = outcome.certificate.measured.time;
    return options_.limits.speedup <= 1 && time && time->speedup < options_.limits.speedup;
  }

  Result<Outcome> judged(kernels::Target target, const Candidate& chosen) {
    Outcome outcome;
    outcome.target = target;
    describe(outcome.certificate, target);
    describe_integers(outcome.certificate, chosen, target);
    return judged(std::move(outcome), "integers", chosen.quantised.model);
  }

  Result<Outcome> judged_in_float(kernels::Target target, const Outcome& integers) {
    Outcome outcome;
    outcome.target = target;
    certification::Certificate& c = outcome.certificate;
    describe(c, target);
    c.stages = integers.certificate.stages;
    c.recipe = "floats as they came, operators folded and fused";
    const certification::Comparison& time = *integers.certificate.measured.time;
    c.notes.push_back(cat("8 bits are left out: with them it is ", fixed(time.speedup, 2), " times as fast (",
                          fixed(time.speedup_low, 2), " to ", fixed(time.speedup_high, 2), ")"));
    tell(cat("  ", c.notes.back()));
    return judged(std::move(outcome), "floats", prepared_);
  }

  Result<Outcome> judged(Outcome outcome, const std::string& stage, const graph::Model& model) {
    const fs::path file = work_ / "candidate.onnx";
    if (Status done = measure(outcome, stage, model, file); !done) return forward(done);
    if (Status done = check_fusion(outcome.certificate, model, file); !done) return forward(done);
    outcome.certificate.gates = certification::judge(outcome.certificate.measured, options_.limits);
    outcome.holds = certification::all_hold(outcome.certificate.gates);
    return outcome;
  }

  void describe(certification::Certificate& c, kernels::Target target) const {
    c.target = kernels::facts(target).name;
    c.model = cat(network_.name, ".", c.target, ".onnx");
    c.source = network_.source.filename().string();
    c.source_digest = network_.digest;
    c.machine = cat(processor(), " (", kernels::facts(kernels::this_machine()).name, ")");
    c.runtime = cat(tools_.backend.name(), " ", tools_.backend.version());
    c.data = options_.data.filename().string();
    c.data_digest = dataset_->digest();
    c.calibration_samples = dataset_->calibration().size();
    if (network_.integer_weights > 0)
      c.notes.push_back(cat("the source holds ", network_.integer_weights,
                            " weights in small integers, whatever its name says: what is kept is measured "
                            "against them, not against a float network"));
    c.stages = stages_;
  }

  void describe_integers(certification::Certificate& c, const Candidate& chosen,
                         kernels::Target target) const {
    c.recipe = cat("8 bits, ranges by ", calibration::name_of(chosen.method), " over ",
                   dataset_->calibration().size(), " samples, weights per channel",
                   options_.correct_bias ? ", bias corrected" : "", chosen.variant->name.empty() ? "" : ", ",
                   chosen.variant->name);
    c.notes.insert(c.notes.begin(), chosen.quantised.notes.begin(), chosen.quantised.notes.end());
    if (!chosen.floats.empty())
      c.notes.push_back(
          cat(chosen.floats.size(),
              " operators with weights stay in float: integers would lose too much there, or be "
              "no faster"));
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
  }

  Status measure(Outcome& outcome, const std::string& name, const graph::Model& quantised,
                 const fs::path& file) {
    certification::Measurements& m = outcome.certificate.measured;
    const Result<OnTarget> on = load_for(quantised, outcome.target, tools_.backend, work_);
    if (!on) return forward(on);
    m.score_by = on->by;
    m.proofs = on->emulation.proofs;
    m.saturating_target = kernels::facts(outcome.target).saturates;
    auto answers = answers_of(network_, *on->model, *dataset_, dataset_->evaluation());
    if (!answers) return forward(answers);
    m.score = score_of(network_, *dataset_, float_answers_, *answers);
    if (Status done = measure_disturbed(m, *on->model); !done) return done;
    if (Status stored = graph::store(quantised, file); !stored) return stored;
    const Result<graph::Model> written = graph::load(file, {.external_data = false});
    if (!written) return forward(written, "what was written cannot be read again");
    m.safety = certification::inspect(*written);
    std::error_code ignored;
    m.reference_bytes = network_.bytes;
    m.optimised_bytes = fs::file_size(file, ignored);
    Stage stage{name, outcome.certificate.recipe, accuracy_of(m.score), m.optimised_bytes};
    if (outcome.target == kernels::this_machine()) {  // `on` is what was written, loaded again
      auto time = compare_times(*float_model_, *on->model, sample_.tensor.view(),
                                {.own_time = true, .narrow = kNarrow});
      if (!time) return forward(time);
      m.time = *time;
      // As the ratio that the gate goes by: the float network's own time was taken earlier, and machines
      // change.
      stage.p50_ms = stages_[0].p50_ms / std::max(time->speedup, 1e-9);
      m.reference_memory = float_memory_;
      m.optimised_memory = memory_of(tools_.weigher, file);
      stage.memory = m.optimised_memory.value_or(0);
    }
    outcome.certificate.stages.push_back(stage);
    tell_stage(stage);
    return {};
  }

  Status measure_disturbed(certification::Measurements& m, const inference::Model& model) {
    std::vector<const inference::Model*> models{&model};
    if (disturbed_answers_.empty()) models.push_back(float_model_.get());  // once for all targets
    auto all = disturbed_answers_of(network_, models, *dataset_, disturbed_samples());
    if (!all) return forward(all);
    for (size_t i = 0; i < all->size(); ++i) {
      std::vector<std::vector<certification::Answer>>& answers = (*all)[i].answers;
      if (models.size() == 2) disturbed_answers_.push_back(std::move(answers[1]));
      m.robustness.push_back(
          {(*all)[i].disturbance, score_of(network_, *dataset_, disturbed_answers_[i], answers[0])});
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
  std::vector<certification::Answer> float_answers_, float_values_;
  std::vector<std::vector<certification::Answer>> disturbed_answers_;  // of the float network, by disturbance
  std::optional<uint64_t> float_memory_;
  Input sample_;
  graph::Model prepared_;
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
