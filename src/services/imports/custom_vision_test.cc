#include "services/imports/custom_vision.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "services/imports/export_facts.h"
#include "services/imports/zip_map.h"

using namespace oree;

namespace {

constexpr std::string_view kManifest =
    R"({"DomainType": "ObjectDetection", "Platform": "ONNX", "Flavor": null,
  "ExporterVersion": "2.0", "ExportedDate": "2024-02-19T00:38:41.880282Z",
  "IterationId": "cedbe897-b4b0-4b13-ac1d-bf824ecca388", "ModelFileName": "model.onnx",
  "LabelFileName": "labels.txt", "MetadataPropsFileName": "metadata_properties.json", "SchemaVersion": "1.0"})";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ReadsWhatTheServiceWrites") {
  const auto facts = imports::parse_export(kManifest);
  REQUIRE(facts);
  CHECK(facts->detection);
  CHECK(facts->platform == "ONNX");
  CHECK(facts->flavour.empty());
  CHECK(facts->metadata == "metadata_properties.json");
}

TEST_CASE("ANameInAManifestIsNoPath") {
  for (const char* name : {"../model.onnx", "/etc/passwd", "a\\\\b.onnx", ".hidden", "a b"}) {
    std::string text(kManifest);
    text.replace(text.find("model.onnx"), 10, name);
    const auto facts = imports::parse_export(text);
    CAPTURE(name);
    REQUIRE_FALSE(facts);
    CHECK(has(facts.error().what, "'ModelFileName' must be a plain word"));
  }
  CHECK_FALSE(imports::parse_export("[]"));
  CHECK_FALSE(imports::parse_export("{}"));
  CHECK_FALSE(imports::parse_export(std::string(70'000, ' ')));
}

TEST_CASE("PropertiesSayPixelsCropAndAnchors") {
  const auto facts = imports::read_properties({{"Image.BitmapPixelFormat", "Bgr8"},
                                               {"Image.NominalPixelRange", "NominalRange_0_255"},
                                               {"CustomVision.Preprocess.CropMethod", "FullImageShorterSide"},
                                               {"CustomVision.Preprocess.NormalizeStd", "[1.0, 1.0, 1.0]"},
                                               {"CustomVision.Postprocess.Yolo.Biases", "[0.573, 0.677]"}});
  REQUIRE(facts);
  CHECK(facts->bgr == true);
  CHECK(facts->range255 == true);
  CHECK(facts->crop == imports::Crop::shorter_side);
  CHECK_FALSE(facts->normalised);
  REQUIRE(facts->anchors.size() == 1);
  CHECK(facts->anchors[0][1] == 0.677f);
  CHECK(imports::read_properties({{"CustomVision.Postprocess.Yolo.Biases", "null"}})->anchors.empty());
  CHECK_FALSE(imports::read_properties({{"CustomVision.Postprocess.Yolo.Biases", "[1]"}}));
  CHECK_FALSE(imports::read_properties({{"CustomVision.Postprocess.Yolo.Biases", "[1, -1]"}}));
  CHECK_FALSE(imports::read_properties({{"Image.BitmapPixelFormat", "Gray8"}}));
}

TEST_CASE("AMapOfLabelsIsCutOffAndItsScoresStay") {
  graph::Model model;
  model.graph.nodes = {graph::make_node("Softmax", {"x"}, {"scores"}),
                       graph::make_node("ArgMax", {"scores"}, {"best"}),
                       graph::make_node("ZipMap", {"scores"}, {"loss"}, {}, "ai.onnx.ml")};
  model.graph.outputs = {{"best", {}, {}}, {"loss", {}, {}}};
  REQUIRE(imports::cut_zip_map(model));
  REQUIRE(model.graph.outputs.size() == 1);
  CHECK(model.graph.outputs[0].name == "scores");
  REQUIRE(model.graph.nodes.size() == 1);
  CHECK(model.graph.nodes[0].op == "Softmax");
  CHECK_FALSE(imports::cut_zip_map(model));
}
