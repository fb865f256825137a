#include "core/graph/tflite/tflite.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "core/graph/check/check.h"
#include "core/graph/file.h"

namespace oree::graph {
namespace {

namespace fs = std::filesystem;

fs::path shared_data() {
  const char* named = std::getenv("OREE_SHARED_DATA");
  return named != nullptr ? fs::path(named) : fs::path(OREE_SOURCE_DIR).parent_path() / "shared/data";
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* kModels[] = {"mlperf-tiny/ad01_fp32.tflite",
                                   "mlperf-tiny/ad01_int8.tflite",
                                   "mlperf-tiny/ic_resnet8_float.tflite",
                                   "mlperf-tiny/ic_resnet8_int8.tflite",
                                   "mlperf-tiny/kws_ref_model_float32.tflite",
                                   "mlperf-tiny/kws_ref_model_int8.tflite",
                                   "mlperf-tiny/sww_int8.tflite",
                                   "mlperf-tiny/vww_96_float.tflite",
                                   "mlperf-tiny/vww_96_int8.tflite",
                                   "imagenet-tflite/mobilenet_v1_0.25_128_quant.tflite",
                                   "imagenet-tflite/tf2_mobilenet_v2_1.0_224_ptq.tflite",
                                   "tflm/micro_speech_quantized.tflite",
                                   "tflm/person_detect_int8.tflite",
                                   "tflm/mnist_lstm_float.tflite",
                                   "tflm/mnist_lstm_int8.tflite",
                                   "vio-models/marker_quality_control/model.tflite",
                                   "vio-models/pin_detection/model_unquant.tflite",
                                   "vio-models/yolo_coco_nano/best_int8.tflite",
                                   "yolox-nano/yolox_nano_dynamic_range_quantize.tflite"};

TEST_CASE("Real TensorFlow Lite models become models that check") {
  if (!fs::exists(shared_data())) {
    MESSAGE("skipped: no data sets at " << shared_data());
    return;
  }
  for (const char* name : kModels) {
    CAPTURE(std::string(name));
    const auto model = load(shared_data() / name);
    REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().what));
    const auto good = check(*model);
    CHECK_MESSAGE(good.has_value(), (good ? "" : good.error().what));
  }
}

TEST_CASE("What is no TensorFlow Lite model is refused, wherever it was cut or changed") {
  CHECK(read_tflite(as_bytes("hello")).error().what.find("no TensorFlow Lite model") != std::string::npos);
  std::string stump = std::string("\x10\0\0\0TFL3", 8);
  CHECK(!read_tflite(as_bytes(stump)));
  const fs::path file = shared_data() / "tflm/micro_speech_quantized.tflite";
  if (!fs::exists(file)) return;
  const std::string whole = bytes_of(file);
  for (size_t length = 0; length < whole.size(); length += 97)
    CHECK(!read_tflite(as_bytes(std::string_view(whole).substr(0, length))));
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    std::string changed = whole;
    for (int i = 0; i < 3; ++i) changed[8 + random() % (changed.size() - 8)] = static_cast<char>(random());
    const auto model = read_tflite(as_bytes(changed));
    if (!model) CHECK(!model.error().what.empty());
  }
}

}  // namespace
}  // namespace oree::graph
