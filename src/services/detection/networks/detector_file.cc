#include "services/detection/networks/detector_file.h"

#include <cmath>
#include <limits>

#include "base/text.h"
#include "platform/config/fields.h"

namespace oree::detection {

namespace {

namespace fs = std::filesystem;
using config::Fields;
using config::Node;

constexpr std::string_view kFileName = "detector.yaml";
constexpr int kMaxWindow = 100'000;

// A number as training wrote it: NaN and infinity are facts here, not slips of the pen.
double trained_number(Fields& fields, std::string_view key, bool required, double fallback) {
  const std::string text =
      required ? fields.required<std::string>(key) : fields.optional<std::string>(key, "");
  if (text.empty()) return fallback;
  const std::string word = lower(text);
  if (word.find("nan") != word.npos) return std::numeric_limits<double>::quiet_NaN();
  if (word.find("inf") != word.npos) return std::numeric_limits<double>::infinity();
  const auto number = parse_number<double>(text);
  if (!number) fields.mistake(key, cat("must be a number, got '", text, "'"));
  return number.value_or(fallback);
}

void check_learned(Fields& fields, NetworkKind kind, const TrainingFacts& training) {
  if (!std::isfinite(training.loss)) {
    fields.mistake("loss",
                   "is not finite: this network did not learn and is refused; train it again (with tanh "
                   "instead of ReLU, or a smaller learning rate)");
  }
  if (!std::isfinite(training.threshold) || training.threshold <= 0) {
    fields.mistake("threshold", "must be finite and above 0: this network did not learn and is refused");
  }
  if (kind != NetworkKind::lstm_autoencoder) return;
  const bool usable = std::isfinite(training.median_error) && training.median_error > 0;
  if (!usable || training.threshold > kMaxThresholdOverMedian * training.median_error) {
    fields.mistake("threshold", cat("is ", fixed(training.threshold, 4),
                                    ", more than 10 times the median error ", fixed(training.median_error, 4),
                                    ": this network is refused, it would miss "
                                    "what is not wild; train it longer, or on healthy rows only"));
  }
}

Result<TrainingFacts> read_training(const Node& node, NetworkKind kind) {
  Fields fields(node, "training");
  const bool needed = kind == NetworkKind::lstm_autoencoder;
  TrainingFacts out;
  out.loss = trained_number(fields, "loss", true, 0);
  out.threshold = trained_number(fields, "threshold", needed, kVibrationThreshold);
  out.median_error = trained_number(fields, "median_error", needed, 0);
  check_learned(fields, kind, out);
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

fs::path inside(Fields& fields, std::string_view key, std::string_view fallback, const fs::path& folder) {
  const fs::path name = fields.optional<std::string>(key, std::string(fallback));
  const bool leaves = name.is_absolute() || name.empty() || *name.lexically_normal().begin() == "..";
  if (leaves) fields.mistake(key, "must be a file in the same folder");
  return folder / name;
}

}  // namespace

Result<DetectorFile> parse_detector_file(std::string_view text, const fs::path& folder) {
  const auto node = config::parse(text, (folder / kFileName).string());
  if (!node) return forward(node);
  Fields fields(*node, "");
  DetectorFile out;
  const std::string kind = fields.choice("detector", {"lstm_autoencoder", "vibration_cnn"});
  out.kind = kind == "vibration_cnn" ? NetworkKind::vibration_cnn : NetworkKind::lstm_autoencoder;
  out.description = fields.optional<std::string>("description", "");
  out.columns = fields.required<std::vector<std::string>>("columns");
  if (fields.has("columns") && (out.columns.empty() || out.columns.size() > 64)) {
    fields.mistake("columns", "must be 1 to 64 names");
  }
  out.window = static_cast<size_t>(fields.between<int>("window", 60, 2, kMaxWindow));
  out.every = fields.duration("every", out.every);
  if (out.every <= microseconds{0}) fields.mistake("every", "must be above 0");
  out.model_file = inside(fields, "model_file", "model.onnx", folder);
  if (out.kind == NetworkKind::lstm_autoencoder) {
    out.scaler_file = inside(fields, "scaler_file", "scaler.onnx", folder);
  }
  fields.node("provenance");
  fields.optional<std::string>("licence", "");
  if (const Node* training = fields.required_node("training", Node::Kind::map)) {
    const auto facts = read_training(*training, out.kind);
    fields.absorb(facts);
    if (facts) out.training = *facts;
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

Result<DetectorFile> load_detector_file(const fs::path& folder) {
  const auto text = config::load_text((folder / kFileName).string());
  if (!text) return forward(text);
  return parse_detector_file(*text, folder);
}

}  // namespace oree::detection
