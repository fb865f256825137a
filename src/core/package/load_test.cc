#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "base/text.h"
#include "core/package/manifest.h"

namespace oree::package {
namespace {

namespace fs = std::filesystem;

// models/ducks/1 in a place of its own, with an empty model.onnx.
class Package {
 public:
  Package() : root_(fs::temp_directory_path() / cat("oree_package_", ::getpid())) {
    fs::remove_all(root_);
    fs::create_directories(folder());
    write("model.onnx", "");
  }
  ~Package() { fs::remove_all(root_); }
  Package(const Package&) = delete;
  Package& operator=(const Package&) = delete;

  fs::path root() const { return root_; }
  fs::path folder() const { return root_ / "ducks" / "1"; }
  void write(const std::string& file, std::string_view text) const { std::ofstream(folder() / file) << text; }

 private:
  fs::path root_;
};

Manifest parsed(std::string_view text) {
  auto manifest = parse_manifest(text, "models/ducks/1");
  REQUIRE_MESSAGE(manifest.has_value(), (manifest ? "" : manifest.error().what));
  return *std::move(manifest);
}

std::string mistake(std::string_view text) {
  const auto manifest = parse_manifest(text, "models/ducks/1");
  REQUIRE_MESSAGE(!manifest, text);
  CHECK(manifest.error().kind == ErrorKind::invalid);
  return manifest.error().what;
}

TEST_CASE("ReadsEveryField") {
  const Manifest manifest = parsed(R"(task: classification
description: Good ducks and others
labels: [good, missing_eye, no, 1]
input: {name: images, size: [96, 64], layout: nhwc, channels: bgr, mean: [1, 2, 3], scale: 0.5, resize: center_crop,
  crop: 0.875, pad: 0}
output: {decode: probabilities, score_threshold: 0.5, iou_threshold: 0.6}
provenance: {trained_by: me, data: 2026-01-01}
licence: Apache-2.0
)");
  CHECK(manifest.name == "ducks");
  CHECK(manifest.version == "1");
  CHECK(manifest.model_file == fs::path("models/ducks/1/model.onnx"));
  CHECK(manifest.task == Task::classification);
  CHECK(manifest.task_given);
  CHECK(manifest.description == "Good ducks and others");
  CHECK(manifest.labels == std::vector<std::string>{"good", "missing_eye", "no", "1"});
  CHECK(manifest.input_name == "images");
  CHECK(manifest.input_size_given);
  CHECK(manifest.input.width == 96);
  CHECK(manifest.input.height == 64);
  CHECK(manifest.input.layout == image::Layout::nhwc);
  CHECK(manifest.input.channels == image::Channels::bgr);
  CHECK(manifest.input.mean == std::array<float, 3>{1, 2, 3});
  CHECK(manifest.input.scale == std::array<float, 3>{0.5f, 0.5f, 0.5f});
  CHECK(manifest.input.resize == image::Resize::center_crop);
  CHECK(manifest.input.crop == 0.875f);
  CHECK(manifest.input.pad == 0);
  CHECK(manifest.decode == Decode::probabilities);
  CHECK(manifest.score_threshold == 0.5f);
  CHECK(manifest.iou_threshold == 0.6f);
  CHECK(manifest.provenance.at("data") == "2026-01-01");
  CHECK(manifest.licence == "Apache-2.0");
}

TEST_CASE("LeavesWhatIsNotWrittenToTheGraph") {
  const Manifest manifest = parsed("# nothing said\n");
  CHECK_FALSE(manifest.task_given);
  CHECK_FALSE(manifest.input_size_given);
  CHECK_FALSE(manifest.layout_given);
  CHECK_FALSE(manifest.channels_given);
  CHECK(manifest.decode == Decode::automatic);
  CHECK(manifest.labels.empty());
  CHECK(manifest.input.pad == 114);
  CHECK(manifest.score_threshold == 0.25f);
}

TEST_CASE("KnowsTheTaskFromTheDecoder") {
  const Manifest manifest = parsed("output: {decode: yolox}\n");
  CHECK(manifest.task == Task::detection);
  CHECK(manifest.task_given);
}

TEST_CASE("FindsAllMistakesOfAFileAtOnce") {
  CHECK(mistake("task: clasification\nlabels: []\ninput: {sise: [1, 2], scale: [1, 2], pad: 300}\n"
                "output: {decode: yolo}\nlicense: MIT\n") ==
        "models/ducks/1/model.yaml:1:7: 'task' must be classification, detection or segmentation, got "
        "'clasification'; did you mean 'classification'?\n"
        "models/ducks/1/model.yaml:2:9: 'labels' must hold at least one label\n"
        "models/ducks/1/model.yaml:3:9: input: unknown key 'sise'; did you mean 'size'?\n"
        "models/ducks/1/model.yaml:3:30: input: 'scale' must be one number, or a list of three\n"
        "models/ducks/1/model.yaml:3:43: input: 'pad' must lie between 0 and 255, got 300\n"
        "models/ducks/1/model.yaml:4:18: output: 'decode' must be automatic, softmax, probabilities, yolov5, "
        "yolov8, "
        "yolox, ssd, yolov2, corners, softmax_map, sigmoid_map or probability_map, got 'yolo'; did you mean "
        "'yolox'?");
}

TEST_CASE("SuggestsTheBritishLicence") {
  CHECK(mistake("license: MIT\n") ==
        "models/ducks/1/model.yaml:1:1: unknown key 'license'; did you mean 'licence'?");
}

TEST_CASE("RefusesADecoderOfAnotherTask") {
  CHECK(mistake("task: classification\noutput: {decode: yolov5}\n") ==
        "models/ducks/1/model.yaml:2:18: output: 'decode' is yolov5, which belongs to detection, but the "
        "task is "
        "classification");
}

TEST_CASE("RefusesSizesThatAreNone") {
  for (const std::string_view size : {"[96]", "[96, 96, 3]", "[0, 96]", "[96, 20000]", "[-1, 96]", "96",
                                      "[a, 96]", "[96.5, 96]", "['96', 96]"}) {
    CHECK_MESSAGE(mistake(cat("input: {size: ", size, "}")).find("'size' must") != std::string::npos, size);
  }
}

TEST_CASE("RefusesNumbersThatCannotBeMeant") {
  CHECK(mistake("input: {scale: 0}").find("'scale' must not be 0") != std::string::npos);
  CHECK(mistake("input: {scale: 1e300}").find("'scale' is too large") != std::string::npos);
  CHECK(mistake("input: {crop: 0}").find("'crop' must lie between 0.01 and 1") != std::string::npos);
  CHECK(mistake("output: {score_threshold: 1.5}").find("must lie between 0 and 1") != std::string::npos);
  CHECK(mistake("input: {mean: inf}").find("'mean' must be a number") != std::string::npos);
}

TEST_CASE("RefusesPathsThatLeaveThePackage") {
  for (const std::string_view path : {"../labels.txt", "/etc/passwd", "a/../../b", "''", "..", "sub/",
                                      "./labels.txt", "'..\\labels.txt'"}) {
    CHECK_MESSAGE(mistake(cat("labels_file: ", path)).find("inside the package folder") != std::string::npos,
                  path);
    CHECK_MESSAGE(mistake(cat("model_file: ", path)).find("inside the package folder") != std::string::npos,
                  path);
  }
}

TEST_CASE("ReadsLabelsFromAFile") {
  const Package package;
  package.write("labels.txt", "\xEF\xBB\xBF good \r\nmissing eye\r\n\r\n\n");
  package.write("model.yaml", "labels_file: labels.txt\n");
  const auto manifest = load_manifest(package.folder());
  REQUIRE_MESSAGE(manifest.has_value(), (manifest ? "" : manifest.error().what));
  CHECK(manifest->labels == std::vector<std::string>{"good", "missing eye"});

  const auto fails_with = [&](std::string_view labels, std::string_view why) {
    package.write("labels.txt", labels);
    const auto broken = load_manifest(package.folder());
    REQUIRE_FALSE(broken.has_value());
    CHECK_MESSAGE(broken.error().what.find(why) != std::string::npos, broken.error().what);
  };
  fails_with("good\n\nbad\n", "labels.txt:2:1: holds an empty label");
  fails_with(
      "good\nd\xE9"
      "faut\n",
      "labels.txt:2:2: this is not UTF-8");
  fails_with("\n \n", "holds no label");
  package.write("model.yaml", "labels_file: labels.txt\nlabels: [a]\n");
  fails_with("good\n", "stands beside 'labels'");
  package.write("model.yaml", "labels_file: none.txt\n");
  fails_with("good\n", "there is no file");
}

TEST_CASE("FollowsALinkToALargeModelButNotToLabelsElsewhere") {
  const Package package;
  const fs::path elsewhere = package.root() / "elsewhere";
  std::ofstream(elsewhere) << "good\nbad\n";
  fs::remove(package.folder() / "model.onnx");
  fs::create_symlink(elsewhere, package.folder() / "model.onnx");
  package.write("model.yaml", "labels: [a, b]\n");
  CHECK(load_manifest(package.folder()).has_value());

  fs::create_symlink(elsewhere, package.folder() / "labels.txt");
  package.write("model.yaml", "labels_file: labels.txt\n");
  const auto refused = load_manifest(package.folder());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().what.find("leads out of the package folder") != std::string::npos);

  package.write("own.txt", "good\n");
  fs::remove(package.folder() / "labels.txt");
  fs::create_symlink("own.txt", package.folder() / "labels.txt");
  CHECK(load_manifest(package.folder()).has_value());
}

TEST_CASE("WantsTheModelFileAndNotTheYaml") {
  const Package package;
  CHECK(load_manifest(package.folder()).has_value());
  CHECK(load_manifest(package.folder() / "").has_value());
  package.write("model.yaml", "model_file: net.onnx\n");
  const auto missing = load_manifest(package.folder());
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(missing.error().what.ends_with("net.onnx"));
  CHECK(load_manifest(package.root() / "ducks" / "2").error().kind == ErrorKind::not_found);
}

TEST_CASE("WantsFoldersNamedAfterModelAndVersion") {
  for (const std::string_view folder :
       {"ducks", "ducks/one", "ducks/01", "ducks/0", ".ducks/1", "d cks/1", "ducks/-1", "ducks/1234567890"}) {
    CHECK_MESSAGE(parse_manifest("", fs::path("models") / folder).has_value() == false, folder);
  }
  CHECK(is_model_name("Ducks_v2.1-b"));
  CHECK_FALSE(is_model_name(""));
  CHECK_FALSE(is_model_name(".."));
  CHECK_FALSE(is_model_name("a/b"));
  CHECK_FALSE(is_model_name(std::string(65, 'a')));
  CHECK(is_version("10"));
  CHECK_FALSE(is_version("1.0"));
}

TEST_CASE("NamesEveryTaskAndDecoder") {
  CHECK(task_name(Task::segmentation) == "segmentation");
  CHECK(decode_name(Decode::probability_map) == "probability_map");
  CHECK(decode_name(Decode::automatic) == "automatic");
}

}  // namespace
}  // namespace oree::package
