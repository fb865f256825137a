#include <doctest/doctest.h>

#include "base/text.h"
#include "core/package/manifest.h"

namespace oree::package {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::TensorSpec;
using Specs = std::vector<TensorSpec>;

const Specs kPicture{{"images", DType::f32, {1, 3, 224, 224}}};

Specs picture(Shape shape, DType dtype = DType::f32) {
  return {{"images", dtype, std::move(shape)}};
}

Specs output(Shape shape, std::string name = "out", DType dtype = DType::f32) {
  return {{std::move(name), dtype, std::move(shape)}};
}

Result<Manifest> completed_or(std::string_view yaml, const Specs& inputs, const Specs& outputs) {
  auto manifest = parse_manifest(yaml, "models/ducks/1");
  REQUIRE_MESSAGE(manifest.has_value(), (manifest ? "" : manifest.error().what));
  return complete(*std::move(manifest), inputs, outputs);
}

Manifest completed(std::string_view yaml, const Specs& inputs, const Specs& outputs) {
  auto manifest = completed_or(yaml, inputs, outputs);
  REQUIRE_MESSAGE(manifest.has_value(), (manifest ? "" : manifest.error().what));
  return *std::move(manifest);
}

std::string mistake(std::string_view yaml, const Specs& inputs, const Specs& outputs) {
  const auto manifest = completed_or(yaml, inputs, outputs);
  REQUIRE_FALSE(manifest.has_value());
  CHECK(manifest.error().kind == ErrorKind::invalid);
  return manifest.error().what;
}

TEST_CASE("TakesSizeLayoutAndChannelsFromTheGraph") {
  const Manifest nchw = completed("", picture({1, 3, 480, 640}), output({1, 4}));
  CHECK(nchw.input.layout == image::Layout::nchw);
  CHECK(nchw.input.width == 640);
  CHECK(nchw.input.height == 480);
  CHECK(nchw.input.channels == image::Channels::rgb);
  CHECK(nchw.input.pixel == image::Pixel::f32);
  CHECK(nchw.input_name == "images");

  const Manifest nhwc = completed("", picture({-1, 48, 64, 1}, DType::u8), output({-1, 4}));
  CHECK(nhwc.input.layout == image::Layout::nhwc);
  CHECK(nhwc.input.width == 64);
  CHECK(nhwc.input.channels == image::Channels::gray);
  CHECK(nhwc.input.pixel == image::Pixel::u8);
}

TEST_CASE("KnowsThreeOutputsAsCornersAndCountsTheClassesOfCells") {
  const Specs corners{{"detected_boxes", DType::f32, {-1, 4}},
                      {"detected_classes", DType::i64, {-1}},
                      {"detected_scores", DType::f32, {-1}}};
  CHECK(completed("labels: [a, b]", kPicture, corners).decode == Decode::corners);
  const std::string_view cells = "output: {decode: yolov2}";
  CHECK(completed(cells, kPicture, output({1, 35, 13, 13})).labels.size() == 2);
  CHECK(mistake(cells, kPicture, output({1, 36, 13, 13})).find("no output that yolov2 decodes") !=
        std::string::npos);
  CHECK(completed("output: {decode: yolov2, anchors: [[1, 2]]}", kPicture, output({1, 8, 7, 7})).anchors ==
        std::vector<std::array<float, 2>>{{1, 2}});
}

TEST_CASE("AsksForTheSizeOfAVariableInput") {
  const Specs variable = picture({-1, 3, -1, -1});
  CHECK(mistake("", variable, output({1, 4})) ==
        "models/ducks/1/model.yaml: input: the size of 'images' FP32 [-1,3,-1,-1] is variable; write for "
        "example "
        "`input: {size: [224, 224]}`");
  const Manifest manifest = completed("input: {size: [320, 256]}", variable, output({1, 4}));
  CHECK(manifest.input.width == 320);
  CHECK(manifest.input.height == 256);
}

TEST_CASE("SaysThatTheWidthComesFirst") {
  CHECK(mistake("input: {size: [480, 640]}", picture({1, 3, 480, 640}), output({1, 4})) ==
        "models/ducks/1/model.yaml: input: 'size' is [480, 640], but 'images' FP32 [1,3,480,640] is 640 wide "
        "and 480 "
        "high (the width comes first); write for example `input: {size: [640, 480]}`");
}

TEST_CASE("AsksForTheLayoutThatTheShapeDoesNotTell") {
  for (const Shape& shape : {Shape{1, -1, -1, -1}, Shape{1, 3, 3, 3}, Shape{1, 4, 224, 224}}) {
    CHECK(mistake("input: {size: [3, 3]}", picture(shape), output({1, 4})).find("`input: {layout: nchw}`") !=
          std::string::npos);
  }
  CHECK(completed("input: {size: [8, 8], layout: nhwc}", picture({1, -1, -1, -1}), output({1, 4}))
            .input.layout == image::Layout::nhwc);
  CHECK(mistake("input: {layout: nchw}", picture({1, 224, 224, 3}), output({1, 4}))
            .find("`input: {layout: nhwc}`") != std::string::npos);
}

TEST_CASE("ChecksChannelsAndPixelsAgainstTheGraph") {
  const Specs gray = picture({1, 1, 28, 28});
  CHECK(mistake("input: {channels: rgb}", gray, output({1, 10})).find("`input: {channels: gray}`") !=
        std::string::npos);
  CHECK(mistake("input: {channels: gray}", kPicture, output({1, 10})).find("`input: {channels: rgb}`") !=
        std::string::npos);
  CHECK(mistake("input: {scale: 0.5}", picture({1, 3, 8, 8}, DType::u8), output({1, 2}))
            .find("remove 'mean'") != std::string::npos);
  CHECK(mistake("", picture({1, 3, 8, 8}, DType::i64), output({1, 2})).find("export it with FP32 or UINT8") !=
        std::string::npos);
}

TEST_CASE("RefusesInputsThatAreNoOnePicture") {
  CHECK(mistake("", {}, output({1, 2})).find("the graph has 0 inputs") != std::string::npos);
  CHECK(mistake("", {kPicture[0], kPicture[0]}, output({1, 2})).find("export it with one input") !=
        std::string::npos);
  CHECK(mistake("", picture({1, 3, 224}), output({1, 2})).find("4 dimensions") != std::string::npos);
  CHECK(mistake("", picture({8, 3, 224, 224}), output({8, 2})).find("wants 8 pictures") != std::string::npos);
  CHECK(mistake("input: {name: x}", kPicture, output({1, 2})).find("`input: {name: images}`") !=
        std::string::npos);
  CHECK(mistake("", picture({1, 3, 100'000, 8}), output({1, 2})).find("no size between") !=
        std::string::npos);
  CHECK(mistake("", picture({1, 3, 0, 8}), output({1, 2})).find("no size between") != std::string::npos);
}

TEST_CASE("DecodesClassifiersBySoftmaxUnlessTheOutputsNameSaysOtherwise") {
  CHECK(completed("", kPicture, output({1, 10})).decode == Decode::softmax);
  CHECK(completed("", kPicture, output({10})).decode == Decode::softmax);
  CHECK(completed("", kPicture, output({1, 10, 1, 1})).decode == Decode::softmax);
  CHECK(completed("", kPicture, output({1, 10}, "Softmax_12")).decode == Decode::probabilities);
  CHECK(completed("", kPicture, output({1, 10}, "probabilities")).decode == Decode::probabilities);
  CHECK(completed("output: {decode: softmax}", kPicture, output({1, 10}, "probs")).decode == Decode::softmax);
  CHECK(completed("", kPicture, output({1, 10})).task == Task::classification);
  CHECK(mistake("", kPicture, output({1, 1})).find("`output: {decode: probabilities}`") != std::string::npos);
  CHECK(completed("labels: [bad]\noutput: {decode: probabilities}", kPicture, output({1, 1})).labels.size() ==
        1);
}

TEST_CASE("TellsDetectorsApartByTheNumberOfTheirCandidates") {
  const Specs at416 = picture({1, 3, 416, 416});
  const Specs at640 = picture({1, 3, 640, 640});
  CHECK(completed("", at416, output({1, 3549, 85})).decode == Decode::yolox);
  CHECK(completed("", at640, output({1, 25200, 85})).decode == Decode::yolov5);
  CHECK(completed("", at640, output({1, 84, 8400})).decode == Decode::yolov8);
  CHECK(completed("", picture({1, 3, 320, 480}), output({1, 6, 3150})).decode == Decode::yolov8);
  CHECK(completed("", picture({1, 3, 1280, 1280}), output({1, 102000, 85})).decode == Decode::yolov5);
  CHECK(completed("", at640, output({1, 84, 8400})).labels.size() == 80);
  CHECK(completed("", at640, output({1, 84, 8400})).task == Task::detection);
}

TEST_CASE("AsksForADetectorThatTheShapeDoesNotTell") {
  CHECK(mistake("task: detection", kPicture, output({1, 300, 6})).find("`output: {decode: yolov5}`") !=
        std::string::npos);
  CHECK(mistake("task: detection", kPicture, output({1, -1, 85})).find("`output: {decode: yolov5}`") !=
        std::string::npos);
  CHECK(mistake("labels: [a, b]", kPicture, output({1, -1, 6})).find("yolov8") != std::string::npos);
  CHECK(completed("labels: [a, b]", kPicture, output({1, 6, -1})).decode == Decode::yolov8);
  CHECK(completed("output: {decode: yolox}\nlabels: [a]", kPicture, output({1, -1, 6})).decode ==
        Decode::yolox);
}

TEST_CASE("KnowsSsdByItsFourOutputsAndAsksForLabels") {
  const Specs four{{"boxes", DType::f32, {1, 10, 4}},
                   {"classes", DType::f32, {1, 10}},
                   {"scores", DType::f32, {1, 10}},
                   {"count", DType::f32, {1}}};
  CHECK(completed("labels: [a, b]", kPicture, four).decode == Decode::ssd);
  CHECK(mistake("", kPicture, four).find("`labels: [good, bad]`") != std::string::npos);
  CHECK(mistake("output: {decode: ssd}\nlabels: [a]", kPicture, output({1, 10, 4}))
            .find("ssd has four outputs") != std::string::npos);
}

TEST_CASE("DecodesMapsByTheNumberOfTheirChannels") {
  const Manifest many = completed("", kPicture, output({1, 4, 56, 56}));
  CHECK(many.task == Task::segmentation);
  CHECK(many.decode == Decode::softmax_map);
  CHECK(many.labels.size() == 4);
  CHECK(completed("labels: [defect]", kPicture, output({1, 1, 56, 56})).decode == Decode::sigmoid_map);
  CHECK(completed("task: segmentation\nlabels: [defect]", kPicture, output({1, 56, 56})).decode ==
        Decode::sigmoid_map);
  CHECK(completed("", kPicture, output({1, 4, 56, 56}, "sigmoid")).decode == Decode::probability_map);
  CHECK(completed("", picture({1, 64, 64, 3}), output({1, 32, 32, 5})).labels.size() == 5);
  CHECK(mistake("", kPicture, output({1, 200, 56, 56})).find("at most 127") != std::string::npos);
}

TEST_CASE("DecodesAMapOfOneChannelWithoutLabelsBySigmoid") {
  CHECK(completed("", kPicture, output({1, 1, 56, 56})).decode == Decode::sigmoid_map);
  CHECK(completed("", picture({1, 64, 64, 3}), output({1, 32, 32, 1})).decode == Decode::sigmoid_map);
}

TEST_CASE("NamesClassesByNumberAndNotesItWhenLabelsAreAbsent") {
  const Manifest manifest = completed("", kPicture, output({1, 3}));
  CHECK(manifest.labels == std::vector<std::string>{"0", "1", "2"});
  CHECK(join(manifest.notes, "\n") ==
        "task: taken for classification, because the output is 'out' FP32 [1,3]\n"
        "output: decoded as softmax, because the first output is 'out' FP32 [1,3]\n"
        "labels: none are given, so the 3 classes are called 0 to 2");
  CHECK(completed("task: classification\nlabels: [a, b]\noutput: {decode: softmax}", kPicture, output({1, 2}))
            .notes.empty());
  CHECK(mistake("", kPicture, output({1, -1})).find("`labels: [good, bad]`") != std::string::npos);
  CHECK(completed("labels: [a, b]", kPicture, output({1, -1})).labels.size() == 2);
}

TEST_CASE("ChecksTheNumberOfLabels") {
  CHECK(mistake("labels: [a, b]", kPicture, output({1, 5})) ==
        "models/ducks/1/model.yaml: labels: there are 2, but 'out' FP32 [1,5] has 5 classes");
  CHECK(
      mistake("labels: [a, b]", kPicture, output({1, 3})).ends_with("which then comes first in the labels"));
}

TEST_CASE("RefusesOutputsThatCannotBeDecoded") {
  CHECK(mistake("", kPicture, {}).find("the graph has none") != std::string::npos);
  CHECK(mistake("", kPicture, output({1, 5}, "out", DType::i64)).find("export it with FP32") !=
        std::string::npos);
  CHECK(mistake("output: {decode: yolov8}", kPicture, output({1, 5})).find("no output that yolov8 decodes") !=
        std::string::npos);
  CHECK(mistake("", kPicture, output({1, 2, 3, 4, 5})).find("`task: classification`") != std::string::npos);
  CHECK(mistake("", kPicture, output({1, 1'000'000})).find("no output that softmax decodes") !=
        std::string::npos);
  CHECK(mistake("", kPicture, output({1, 0})).find("no output that softmax decodes") != std::string::npos);
}

TEST_CASE("RefusesShapesThatNoTensorHas") {
  for (const int64_t size : {int64_t{-2}, INT64_MIN, INT64_MAX}) {
    CHECK(mistake("", kPicture, output({1, 5, size})).find("impossible shape") != std::string::npos);
    CHECK(mistake("", picture({1, 3, size, 8}), output({1, 5})).find("impossible shape") !=
          std::string::npos);
  }
}

TEST_CASE("FindsAllMistakesOfAGraphAtOnce") {
  const std::string what = mistake("labels: [a]", picture({1, 3, -1, -1}, DType::i8), output({1, 4}));
  CHECK(split(what, '\n').size() == 3);
}

}  // namespace
}  // namespace oree::package
