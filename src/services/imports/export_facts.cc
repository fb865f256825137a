#include "services/imports/export_facts.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::imports {
namespace {

constexpr size_t kMaxText = 64u << 10;
constexpr size_t kMaxAnchors = 32;
constexpr std::string_view kManifest = "cvexport.manifest";

Result<json::Value> object_of(std::string_view text, std::string_view name) {
  if (text.size() > kMaxText)
    return fail(ErrorKind::invalid, cat(name, " has ", text.size(), " bytes; the limit is ", kMaxText));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  auto value = json::parse(text);
  if (!value) return forward(value, name);
  if (value->object() == nullptr) return fail(ErrorKind::invalid, cat(name, " is no JSON object"));
  return value;
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c == ':' || c == '+';
  });
}

// A member's text; "" when it is absent or null.
Result<std::string> text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  if (found == nullptr || found->is_null()) return std::string();
  if (found->text() == nullptr || !is_plain(*found->text()))
    return fail(ErrorKind::invalid, cat(kManifest, ": '", key, "' must be a plain word"));
  return *found->text();
}

const std::string* property(const Properties& properties, std::string_view key) {
  const auto found = std::ranges::find(properties, key, &Properties::value_type::first);
  return found == properties.end() ? nullptr : &found->second;
}

// "[0.0, 0.0, 0.0]"; empty for "", "null" and "[]".
Result<std::vector<double>> numbers_at(const Properties& properties, std::string_view key) {
  std::vector<double> out;
  const std::string* text = property(properties, key);
  if (text == nullptr || trim(*text).empty()) return out;
  const auto value = json::parse(*text);
  const bool is_list = value && value->array() != nullptr;
  if (!is_list && !(value && value->is_null()))
    return fail(ErrorKind::invalid, cat("'", key, "' is no list of numbers"));
  if (!is_list) return out;
  for (const json::Value& item : *value->array()) {
    const auto number = item.number();
    if (!number || !std::isfinite(*number))
      return fail(ErrorKind::invalid, cat("'", key, "' is no list of numbers"));
    out.push_back(*number);
  }
  return out;
}

Status read_pixels(const Properties& properties, PictureFacts& out) {
  if (const std::string* format = property(properties, "Image.BitmapPixelFormat")) {
    if (!iequals(*format, "Bgr8") && !iequals(*format, "Rgb8"))
      return fail(ErrorKind::unsupported, cat("pixels are ", *format, "; Rgb8 and Bgr8 are read"));
    out.bgr = iequals(*format, "Bgr8");
  }
  if (const std::string* range = property(properties, "Image.NominalPixelRange")) {
    if (!iequals(*range, "NominalRange_0_255") && !iequals(*range, "Normalized_0_1"))
      return fail(ErrorKind::unsupported,
                  cat("pixels have the range ", *range, "; NominalRange_0_255 and Normalized_0_1 are read"));
    out.range255 = iequals(*range, "NominalRange_0_255");
  }
  return {};
}

Status read_anchors(const Properties& properties, PictureFacts& out) {
  const auto biases = numbers_at(properties, "CustomVision.Postprocess.Yolo.Biases");
  if (!biases) return forward(biases);
  const bool sane = std::ranges::all_of(*biases, [](double side) { return side > 0 && side < 1e4; });
  if (biases->size() % 2 != 0 || biases->size() > 2 * kMaxAnchors || !sane)
    return fail(ErrorKind::invalid,
                "'CustomVision.Postprocess.Yolo.Biases' are no pairs of width and height");
  for (size_t i = 0; i < biases->size(); i += 2)
    out.anchors.push_back({static_cast<float>((*biases)[i]), static_cast<float>((*biases)[i + 1])});
  return {};
}

}  // namespace

Result<ExportFacts> parse_export(std::string_view text) {
  const auto object = object_of(text, kManifest);
  if (!object) return forward(object);
  std::string domain, network, labels;
  ExportFacts out;
  struct Row {
    std::string_view key;
    std::string& into;
  };
  for (const Row& row : {Row{"DomainType", domain}, Row{"Platform", out.platform}, Row{"Flavor", out.flavour},
                         Row{"ModelFileName", network}, Row{"LabelFileName", labels},
                         Row{"MetadataPropsFileName", out.metadata}, Row{"IterationId", out.iteration},
                         Row{"ExportedDate", out.exported}}) {
    auto found = text_at(*object, row.key);
    if (!found) return forward(found);
    row.into = std::move(*found);
  }
  if (domain != "Classification" && domain != "ObjectDetection")
    return fail(ErrorKind::invalid, cat(kManifest, ": 'DomainType' is '", domain,
                                        "'; it must be Classification or ObjectDetection"));
  out.detection = domain == "ObjectDetection";
  if (!network.empty()) out.network = network;
  if (!labels.empty()) out.labels = labels;
  return out;
}

Result<Properties> parse_properties(std::string_view text) {
  const auto object = object_of(text, "metadata_properties.json");
  if (!object) return forward(object);
  Properties out;
  for (const auto& [key, value] : *object->object()) {
    if (value.text() != nullptr) out.emplace_back(key, *value.text());
  }
  return out;
}

Result<PictureFacts> read_properties(const Properties& properties) {
  PictureFacts out;
  if (auto read = read_pixels(properties, out); !read) return forward(read);
  if (auto read = read_anchors(properties, out); !read) return forward(read);
  if (const std::string* crop = property(properties, "CustomVision.Preprocess.CropMethod"))
    out.crop = *crop == "FullImageShorterSide" ? Crop::shorter_side : Crop::none;
  for (const auto& [key, neutral] : {std::pair("CustomVision.Preprocess.NormalizeMean", 0.0),
                                     std::pair("CustomVision.Preprocess.NormalizeStd", 1.0)}) {
    const auto values = numbers_at(properties, key);
    if (!values) return forward(values);
    if (std::ranges::any_of(*values, [&](double value) { return value != neutral; })) out.normalised = true;
  }
  return out;
}

}  // namespace oree::imports
