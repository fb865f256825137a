// Real networks on real photographs, where the shared data and ONNX Runtime are at hand.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "services/serving/predictor/image_predictor.h"

namespace oree::serving {
namespace {

std::filesystem::path shared_data() {
  if (const char* folder = std::getenv("OREE_SHARED_DATA")) return folder;
  return std::filesystem::path(OREE_SOURCE_DIR) / "../shared/data";
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  const std::string text = content(file);
  for (const std::string_view line : split(text, '\n')) {
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  }
  return lines;
}

// Null, with a message, where the file or the runtime is missing.
std::shared_ptr<const inference::Model> load(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    MESSAGE("skipped: no " << file.string());
    return nullptr;
  }
  const auto backend = inference::open_onnxruntime();
  if (!backend) {
    MESSAGE("skipped: " << backend.error().what);
    return nullptr;
  }
  auto model = (*backend)->load(file, {.threads = 1});
  REQUIRE(model.has_value());
  return std::move(*model);
}

image::Image photograph(const std::filesystem::path& file) {
  auto image = image::decode(as_bytes(content(file)), {});
  REQUIRE(image.has_value());
  return std::move(*image);
}

TEST_CASE("MobileNetV2NamesTheFruitOnTheShelf") {
  const auto model =
      load(shared_data() / "imagenet-tflite/mobilenet_v2_1.0_224_float_from_int8_weights.onnx");
  if (!model) return;
  package::Manifest manifest;
  manifest.labels = lines_of(shared_data() / "imagenet-tflite/imagenet_labels.txt");
  manifest.input.width = manifest.input.height = 224;
  manifest.input.mean = {127.5f, 127.5f, 127.5f};
  manifest.input.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f};
  manifest.input.resize = image::Resize::center_crop;
  manifest.input.crop = 0.875f;
  manifest.decode = package::Decode::softmax;
  const auto predictor = ImagePredictor::create({"mobilenet", "1", ""}, manifest, model, {});
  REQUIRE(predictor.has_value());
  int pictures = 0, right = 0;
  for (const std::string& line : lines_of(shared_data() / "grocery/labels.csv")) {
    const auto cells = split(line, ',');
    const auto index = cells[0].starts_with("eval/") ? parse_number<int64_t>(cells[2]) : std::nullopt;
    if (!index) continue;  // calibration pictures, fruit that ImageNet does not know
    const image::Image picture = photograph(shared_data() / "grocery" / cells[0]);
    const auto prediction = (*predictor)->predict(picture.view(), nullptr);
    REQUIRE(prediction.has_value());
    const auto best = static_cast<int64_t>(prediction->best() - prediction->classes.data());
    ++pictures;
    right += best == *index + 1 ? 1 : 0;  // the network counts a background class first
  }
  const double accuracy = 100.0 * right / pictures;
  MESSAGE("top-1 " << accuracy << " % of " << pictures);
  CHECK(pictures > 200);
  // Pillow and ONNX Runtime in Python make it 64.5 %; a wrong crop, channel order or scale costs points.
  CHECK(accuracy > 63.5);
  CHECK(accuracy < 65.5);
}

TEST_CASE("YoloXFindsTheCatAndBothDogs") {
  const auto model = load(shared_data() / "yolox-nano/yolox_nano.onnx");
  if (!model) return;
  package::Manifest manifest;
  manifest.task = package::Task::detection;
  manifest.labels = {"person",        "bicycle", "car",  "motorcycle",    "airplane",     "bus",
                     "train",         "truck",   "boat", "traffic light", "fire hydrant", "stop sign",
                     "parking meter", "bench",   "bird", "cat",           "dog"};
  while (manifest.labels.size() < 80) manifest.labels.push_back(cat("coco-", manifest.labels.size()));
  manifest.input.width = manifest.input.height = 416;
  manifest.input.channels = image::Channels::bgr;
  manifest.input.resize = image::Resize::letterbox;
  manifest.decode = package::Decode::yolox;
  manifest.score_threshold = 0.4f;
  const auto predictor = ImagePredictor::create({"yolox", "1", ""}, manifest, model, {});
  REQUIRE(predictor.has_value());
  const auto objects_in = [&](const std::string& file) {
    const image::Image picture = photograph(shared_data() / "coral-photos" / file);
    auto prediction = (*predictor)->predict(picture.view(), nullptr);
    REQUIRE(prediction.has_value());
    return std::move(prediction->objects);
  };
  const auto cats = objects_in("cat_720p.jpg");
  REQUIRE(cats.size() == 1);
  CHECK(cats[0].label == "cat");
  CHECK(cats[0].box.bottom == 720);  // it is cut off by the picture's edge
  const auto dogs = objects_in("pets.jpg");
  REQUIRE(dogs.size() == 2);
  CHECK(dogs[0].label == "dog");
  CHECK(dogs[1].label == "dog");
  // By eye: the grey one stands at 108..258 x 5..297, the black one at 345..495 x 165..365.
  CHECK(dogs[0].box.left == doctest::Approx(108).epsilon(0.1));
  CHECK(dogs[0].box.bottom == doctest::Approx(297).epsilon(0.05));
  CHECK(dogs[1].box.left == doctest::Approx(345).epsilon(0.05));
  CHECK(dogs[1].box.top == doctest::Approx(165).epsilon(0.1));
}

}  // namespace
}  // namespace oree::serving
