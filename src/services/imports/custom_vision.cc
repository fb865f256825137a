#include "services/imports/custom_vision.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "core/graph/graph.h"
#include "core/graph/tflite/tflite.h"
#include "platform/onnx/codec.h"
#include "services/imports/export_facts.h"
#include "services/imports/zip_map.h"

namespace oree::imports {
namespace {

constexpr std::string_view kManifest = "cvexport.manifest";
constexpr uint64_t kMaxText = 1u << 20;

// The export's own folder in the archive: "", or "app/" of the container's.
struct Place {
  std::string folder;
  ExportFacts facts;
};

std::string folder_of(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(name.substr(0, slash + 1));
}

bool ends(std::string_view name, std::string_view ending) {
  return lower(name).ends_with(ending);
}

Result<std::string> text_of(const zip::Archive& archive, const std::string& name) {
  const zip::Entry* entry = archive.find(name);
  if (entry == nullptr) return fail(ErrorKind::not_found, cat("there is no ", name, " in it"));
  if (entry->bytes > kMaxText)
    return fail(ErrorKind::invalid, cat(name, " has ", entry->bytes, " bytes; the limit is ", kMaxText));
  return archive.read(*entry);
}

// Exports without a manifest (before 2019): one network, which the labels lie beside.
Result<Place> place_without_manifest(const zip::Archive& archive) {
  const zip::Entry* network = nullptr;
  const zip::Entry* other = nullptr;
  for (const zip::Entry& entry : archive.entries()) {
    if (ends(entry.name, ".pb") || ends(entry.name, ".mlmodel")) other = &entry;
    if (!ends(entry.name, ".onnx") && !ends(entry.name, ".tflite")) continue;
    if (network != nullptr)
      return fail(ErrorKind::invalid, cat("has two networks, ", network->name, " and ", entry.name,
                                          ", and no ", kManifest, " that says which"));
    network = &entry;
  }
  if (network == nullptr && other != nullptr)
    return fail(ErrorKind::unsupported,
                cat("is an export with ", other->name, "; export it again, as ONNX or as TensorFlow Lite"));
  if (network == nullptr)
    return fail(ErrorKind::not_found,
                cat("is no export of Custom Vision: it has neither ", kManifest, " nor an .onnx or .tflite"));
  Place place{folder_of(network->name), {}};
  place.facts.network = network->name.substr(place.folder.size());
  place.facts.platform = ends(network->name, ".onnx") ? "ONNX" : "TensorFlow";
  return place;
}

Result<Place> find_place(const zip::Archive& archive) {
  const zip::Entry* found = nullptr;
  for (const zip::Entry& entry : archive.entries()) {
    const bool is_manifest = entry.name == kManifest || entry.name.ends_with(cat('/', kManifest));
    if (!is_manifest) continue;
    if (found != nullptr) return fail(ErrorKind::invalid, cat("has two files ", kManifest));
    found = &entry;
  }
  if (found == nullptr) return place_without_manifest(archive);
  const auto text = text_of(archive, found->name);
  if (!text) return forward(text);
  auto facts = parse_export(*text);
  if (!facts) return forward(facts);
  return Place{folder_of(found->name), std::move(*facts)};
}

// A network as it was read, and whether it came as .tflite.
struct Network {
  graph::Model model;
  std::string bytes;
  bool lite = false;
};

Status refuse_flavour(const ExportFacts& facts) {
  if (ends(facts.network, ".onnx") || ends(facts.network, ".tflite")) return {};
  return fail(ErrorKind::unsupported,
              cat("is an export for ", facts.platform.empty() ? "another platform" : facts.platform,
                  facts.flavour.empty() ? "" : cat(" (", facts.flavour, ")"), " with ", facts.network,
                  "; export it again, as ONNX or as TensorFlow Lite"));
}

Result<Network> read_network(const zip::Archive& archive, const Place& place) {
  if (auto fine = refuse_flavour(place.facts); !fine) return forward(fine);
  const std::string name = place.folder + place.facts.network;
  const zip::Entry* entry = archive.find(name);
  if (entry == nullptr) return fail(ErrorKind::not_found, cat("there is no ", name, " in it"));
  auto bytes = archive.read(*entry);
  if (!bytes) return forward(bytes);
  Network out{{}, std::move(*bytes), ends(name, ".tflite")};
  auto model = out.lite ? graph::read_tflite(as_bytes(out.bytes)) : onnx::parse(as_bytes(out.bytes));
  if (!model) return forward(model, name);
  out.model = std::move(*model);
  // Other files are not looked for: the paths would be the archive's.
  const auto whole = graph::for_each_tensor(out.model, [&](graph::Tensor& tensor) -> Status {
    if (tensor.external.empty()) return {};
    return fail(ErrorKind::unsupported, cat(name, " keeps weights in other files; export it as one file"));
  });
  if (!whole) return forward(whole);
  return out;
}

// Three outputs: what "General (compact) [S1]" detectors have. Boxes, classes, scores afterwards; a .tflite
// may have them in another order. True when that changed something.
bool order_corners(std::vector<graph::Value>& outputs) {
  const auto rank_of = [](const graph::Value& value) {
    const std::string name = lower(value.name);
    return name.find("box") != std::string::npos     ? 0
           : name.find("class") != std::string::npos ? 1
           : name.find("score") != std::string::npos ? 2
                                                     : 3;
  };
  const bool named = std::ranges::none_of(outputs, [&](const auto& value) { return rank_of(value) == 3; });
  if (!named || std::ranges::is_sorted(outputs, {}, rank_of)) return false;
  std::ranges::stable_sort(outputs, {}, rank_of);
  return true;
}

struct Recipe {
  const ExportFacts& facts;
  PictureFacts picture;
  bool lite = false, s1 = false;
  bool bgr = false, range255 = false;
  std::vector<std::string> notes;
};

// How pixels become the tensor. The scripts that the service packs beside its networks: ONNX as its
// properties say, else BGR from 0 to 255; TensorFlow always from 0 to 255, [S1] in RGB, the others in BGR,
// whatever the properties say (they describe the training).
void choose_pixels(Recipe& recipe) {
  if (recipe.lite) {
    recipe.bgr = !recipe.s1;
    recipe.range255 = true;
    return;
  }
  recipe.bgr = recipe.picture.bgr.value_or(true);
  recipe.range255 = recipe.picture.range255.value_or(true);
  if (!recipe.picture.bgr || !recipe.picture.range255)
    recipe.notes.push_back(
        "the export does not say how pixels are laid out: BGR from 0 to 255 is taken, as its scripts do; "
        "mend "
        "'input' of model.yaml if answers are wrong");
}

std::string print_yaml(const Recipe& recipe) {
  const ExportFacts& facts = recipe.facts;
  const bool crop =
      recipe.picture.crop == Crop::shorter_side || (recipe.picture.crop == Crop::unsaid && !facts.detection);
  std::string out = cat("# Made by `oree import cv`; mend it as any other.\ntask: ",
                        facts.detection ? "detection" : "classification", "\nlabels_file: labels.txt\n");
  out +=
      cat("input: {channels: ", recipe.bgr ? "bgr" : "rgb", recipe.range255 ? "" : ", scale: 0.003921568627",
          ", resize: ", crop ? "center_crop" : "stretch", "}\n");
  const std::string_view decode = !facts.detection ? "probabilities" : recipe.s1 ? "corners" : "yolov2";
  std::string anchors;
  if (facts.detection && !recipe.s1 && !recipe.picture.anchors.empty()) {
    for (const auto& [width, height] : recipe.picture.anchors)
      anchors += cat(anchors.empty() ? "" : ", ", "[", width, ", ", height, "]");
    anchors = cat(", anchors: [", anchors, "]");
  }
  // 0.1 and 0.45: the service's own scripts.
  out += cat("output: {decode: ", decode,
             facts.detection ? cat(", score_threshold: 0.1, iou_threshold: 0.45", anchors) : "", "}\n");
  out += cat("provenance: {trained_by: Custom Vision",
             facts.iteration.empty() ? "" : cat(", iteration: '", facts.iteration, "'"),
             facts.exported.empty() ? "" : cat(", exported: '", facts.exported, "'"),
             facts.platform.empty() ? "" : cat(", platform: '", facts.platform, "'"),
             facts.flavour.empty() ? "" : cat(", flavour: '", facts.flavour, "'"), "}\n");
  return out;
}

Result<PictureFacts> picture_facts(const zip::Archive& archive, const Place& place, const Network& network) {
  Properties properties = network.model.metadata;
  const std::string name = place.facts.metadata.empty() ? "metadata_properties.json" : place.facts.metadata;
  if (archive.find(place.folder + name) != nullptr) {
    const auto text = text_of(archive, place.folder + name);
    if (!text) return forward(text);
    const auto more = parse_properties(*text);
    if (!more) return forward(more);
    properties.insert(properties.end(), more->begin(), more->end());  // the network's own come first
  }
  return read_properties(properties);
}

Result<ModelFiles> read(const zip::Archive& archive) {
  const auto place = find_place(archive);
  if (!place) return forward(place);
  auto network = read_network(archive, *place);
  if (!network) return forward(network);
  auto labels = text_of(archive, place->folder + place->facts.labels);
  if (!labels) return forward(labels);
  auto picture = picture_facts(archive, *place, *network);
  if (!picture) return forward(picture);

  ExportFacts facts = place->facts;
  const bool cut = cut_zip_map(network->model);
  auto& outputs = network->model.graph.outputs;
  const bool three = outputs.size() == 3;
  if (three) facts.detection = true;  // also without a manifest
  const bool moved = three && order_corners(outputs);
  Recipe recipe{facts, *picture, network->lite, {}, {}, {}, {}};
  recipe.s1 = facts.detection ? three : picture->crop == Crop::none;
  choose_pixels(recipe);
  if (picture->normalised)
    recipe.notes.push_back(
        "the export names a mean or a deviation, which its own scripts do not apply: left out");
  if (cut) recipe.notes.push_back("a map of labels at the network's end was cut off: its scores are read");
  if (network->lite) recipe.notes.push_back("the .tflite was converted to .onnx");

  ModelFiles out{std::move(network->bytes), std::move(*labels), print_yaml(recipe), facts.detection,
                 std::move(recipe.notes)};
  if (cut || network->lite || moved) {
    auto printed = onnx::print(network->model);
    if (!printed) return forward(printed);
    out.network = std::move(*printed);
  }
  return out;
}

}  // namespace

Result<ModelFiles> read_custom_vision(const zip::Archive& archive) {
  auto files = read(archive);
  if (files || files.error().what.starts_with(archive.name())) return files;
  return fail(files.error().kind, cat(archive.name(), ": ", files.error().what));
}

}  // namespace oree::imports
