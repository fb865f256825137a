#include "services/serving/trial/golden.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::serving {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMaxFile = 32 << 20;
constexpr size_t kMaxGolden = 1'000;
constexpr size_t kBins = 100;
constexpr double kTolerance = 0.1;

Result<std::string> read_file(const fs::path& path) {
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  if (failed) return fail(ErrorKind::not_found, cat(path.string(), ": ", failed.message()));
  if (size > kMaxFile)
    return fail(ErrorKind::invalid, cat(path.string(), " is larger than ", size_text(kMaxFile)));
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in && !in.eof()) return fail(ErrorKind::unavailable, cat(path.string(), " cannot be read"));
  return text;
}

double tolerance_of(const json::Value& expected) {
  const json::Value* given = expected.find("tolerance");
  return given != nullptr ? given->number().value_or(kTolerance) : kTolerance;
}

std::unexpected<Error> other(const std::string& name, std::string_view wanted, std::string_view got) {
  return fail(ErrorKind::invalid, cat("golden input '", name, "': expected ", wanted, ", got ", got));
}

Status check_class(const std::string& name, const json::Value& expected, const inference::Prediction& got) {
  const std::string* label = expected.find("label")->text();
  const auto* best = got.best();
  if (label == nullptr)
    return fail(ErrorKind::invalid, cat("golden input '", name, "': 'label' must be a text"));
  if (best == nullptr || best->label != *label)
    return other(name, *label, best != nullptr ? best->label : "nothing");
  const json::Value* score = expected.find("score");
  if (score == nullptr || !score->number()) return {};
  if (std::abs(*score->number() - static_cast<double>(best->score)) <= tolerance_of(expected)) return {};
  return other(name, cat(*label, " with ", fixed(*score->number(), 3)), fixed(best->score, 3));
}

Status check_objects(const std::string& name, const json::Array& expected, const inference::Prediction& got) {
  std::vector<std::string> wanted, found;
  for (const auto& label : expected) {
    if (label.text() == nullptr)
      return fail(ErrorKind::invalid, cat("golden input '", name, "': 'labels' must be texts"));
    wanted.push_back(*label.text());
  }
  for (const auto& object : got.objects) found.push_back(object.label);
  std::ranges::sort(wanted);
  std::ranges::sort(found);
  if (wanted == found) return {};
  return other(name, cat("[", join(wanted, ", "), "]"), cat("[", join(found, ", "), "]"));
}

Status check_areas(const std::string& name, const json::Value& expected, const json::Object& areas,
                   const inference::Prediction& got) {
  for (const auto& [label, share] : areas) {
    const auto at = std::ranges::find(got.mask.labels, label) - got.mask.labels.begin();
    if (static_cast<size_t>(at) >= got.mask.area_ratios.size()) return other(name, label, "a map without it");
    const double found = got.mask.area_ratios[static_cast<size_t>(at)];
    const double wanted = share.number().value_or(-1);
    if (std::abs(found - wanted) > tolerance_of(expected)) {
      return other(name, cat(label, " on ", fixed(wanted, 3), " of the picture"), fixed(found, 3));
    }
  }
  return {};
}

Status compare(const std::string& name, const json::Value& expected, const inference::Prediction& got) {
  if (expected.find("label") != nullptr) return check_class(name, expected, got);
  const json::Value* labels = expected.find("labels");
  if (labels != nullptr && labels->array() != nullptr) return check_objects(name, *labels->array(), got);
  const json::Value* areas = expected.find("areas");
  if (areas != nullptr && areas->object() != nullptr)
    return check_areas(name, expected, *areas->object(), got);
  return fail(ErrorKind::invalid, cat("golden input '", name, "' must say 'label', 'labels' or 'areas'"));
}

Status check_one(const inference::Predictor& predictor, const fs::path& picture) {
  const std::string name = picture.stem().string();
  const auto bytes = read_file(picture);
  if (!bytes) return forward(bytes);
  const auto image = image::decode(as_bytes(*bytes), {});
  if (!image) return forward(image, cat("golden input '", name, "'"));
  const auto text = read_file(fs::path(picture).replace_extension(".json"));
  if (!text) return forward(text);
  const auto expected = json::parse(*text);
  if (!expected) return forward(expected, cat("golden input '", name, "'"));
  const auto got = predictor.predict(image->view(), nullptr);
  if (!got) return forward(got, cat("golden input '", name, "'"));
  return compare(name, *expected, *got);
}

// A network that takes tensors, with zeros where it says no size.
Status run_once(const ServedModel& model) {
  std::vector<tensor::Tensor> inputs;
  std::vector<tensor::TensorView> views;
  for (const auto& spec : model.model->signature().inputs) {
    if (spec.dtype == tensor::DType::text) return {};  // nothing to make up
    tensor::Shape shape = spec.shape;
    for (auto& side : shape) side = side < 1 ? 1 : side;
    auto zeros = tensor::Tensor::create(spec.dtype, shape);
    if (!zeros) return forward(zeros);
    std::ranges::fill(zeros->mutable_bytes(), std::byte{0});
    inputs.push_back(std::move(*zeros));
  }
  for (const auto& input : inputs) views.push_back(input.view());
  std::vector<inference::Output> outputs(model.model->signature().outputs.size());
  return model.model->run(views, outputs);
}

Status look_at_blank(const ServedModel& model) {
  const auto& input = model.manifest.input;
  image::Image blank(std::max(1, input.width), std::max(1, input.height), 3);
  for (int y = 0; y < blank.height(); ++y) std::fill_n(blank.row(y), blank.width() * 3, uint8_t{128});
  const auto got = model.untapped->predict(blank.view(), nullptr);
  return got ? Status() : forward(got);
}

bool is_picture(const fs::path& path) {
  const std::string ending = lower(path.extension().string());
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

}  // namespace

Status check_golden(const ServedModel& model, const fs::path& folder) {
  std::vector<fs::path> pictures;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder / "golden", failed)) {
    if (is_picture(entry.path())) pictures.push_back(entry.path());
  }
  if (model.untapped == nullptr) return run_once(model);
  if (pictures.empty()) return look_at_blank(model);
  if (pictures.size() > kMaxGolden)
    return fail(ErrorKind::invalid, cat("more than ", kMaxGolden, " golden inputs"));
  std::ranges::sort(pictures);
  for (const auto& picture : pictures) {
    if (auto same = check_one(*model.untapped, picture); !same) return same;
  }
  return {};
}

std::optional<monitoring::BinSketch> learned_confidences(const fs::path& folder) {
  const auto text = read_file(folder / "confidences.json");
  if (!text) return std::nullopt;
  const auto root = json::parse(*text);
  if (!root || root->array() == nullptr || root->array()->size() != kBins) return std::nullopt;
  std::vector<uint64_t> counts;
  for (const auto& value : *root->array()) {
    const auto count = value.integer();
    if (!count || *count < 0) return std::nullopt;
    counts.push_back(static_cast<uint64_t>(*count));
  }
  return monitoring::BinSketch(0, 1, std::move(counts));
}

}  // namespace oree::serving
