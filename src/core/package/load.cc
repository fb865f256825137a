// model.yaml to Manifest. What only the graph can tell is left for complete().
#include <cmath>

#include "base/text.h"
#include "core/package/labels.h"
#include "core/package/names.h"
#include "platform/config/fields.h"

namespace oree::package {
namespace fs = std::filesystem;
namespace {

using config::Fields;
using config::Node;

constexpr std::string_view kFileName = "model.yaml";

void read_size(Fields& fields, Manifest& manifest) {
  const auto size = fields.optional<std::vector<int64_t>>("size", {});
  if (!fields.node("size")) return;
  const auto fits = [](int64_t side) { return side >= 1 && side <= kMaxSide; };
  if (size.size() != 2) return fields.mistake("size", "must be [width, height], such as [224, 224]");
  if (!fits(size[0]) || !fits(size[1])) {
    return fields.mistake("size", cat("must lie between 1 and ", kMaxSide, " on both sides"));
  }
  manifest.input.width = static_cast<int>(size[0]);
  manifest.input.height = static_cast<int>(size[1]);
  manifest.input_size_given = true;
}

// One number for all channels, or a list of one per channel.
void read_channels(Fields& fields, std::string_view key, std::array<float, 3>& out) {
  const Node* node = fields.node(key);
  if (!node) return;
  std::vector<double> values;
  if (node->kind() == Node::Kind::list) {
    values = fields.optional<std::vector<double>>(key, {});
  } else {
    values.push_back(fields.optional<double>(key, 0));
  }
  if (values.size() == 1) values.resize(3, values[0]);
  if (values.size() != 3) return fields.mistake(key, "must be one number, or a list of three");
  for (size_t i = 0; i < 3; ++i) {
    out[i] = static_cast<float>(values[i]);
    if (!std::isfinite(out[i])) fields.mistake(key, "is too large");
  }
}

Status read_input(const Node& node, Manifest& manifest) {
  Fields fields(node, "input");
  image::Preprocess& input = manifest.input;
  manifest.input_name = fields.optional<std::string>("name", "");
  read_size(fields, manifest);
  const std::string layout = fields.choice("layout", {"nchw", "nhwc"}, "");
  manifest.layout_given = !layout.empty();
  input.layout = layout == "nhwc" ? image::Layout::nhwc : image::Layout::nchw;
  const std::string channels = fields.choice("channels", {"rgb", "bgr", "gray"}, "");
  manifest.channels_given = !channels.empty();
  input.channels = channels == "bgr"    ? image::Channels::bgr
                   : channels == "gray" ? image::Channels::gray
                                        : image::Channels::rgb;
  read_channels(fields, "mean", input.mean);
  read_channels(fields, "scale", input.scale);
  for (const float scale : input.scale) {
    if (scale == 0) fields.mistake("scale", "must not be 0");
  }
  const std::string resize = fields.choice("resize", {"stretch", "letterbox", "center_crop"}, "stretch");
  input.resize = resize == "letterbox"     ? image::Resize::letterbox
                 : resize == "center_crop" ? image::Resize::center_crop
                                           : image::Resize::stretch;
  input.crop = fields.between<float>("crop", input.crop, 0.01f, 1);
  input.pad = fields.between<float>("pad", input.pad, 0, 255);
  return fields.finish();
}

// [[width, height], …] in cells.
void read_anchors(Fields& fields, Manifest& manifest) {
  const Node* node = fields.node("anchors");
  if (!node) return;
  std::vector<std::array<float, 2>> anchors;
  if (node->kind() == Node::Kind::list) {
    for (const Node& pair : node->items()) {
      const bool two = pair.items().size() == 2;
      const auto width = two ? parse_number<double>(pair.items()[0].scalar()) : std::nullopt;
      const auto height = two ? parse_number<double>(pair.items()[1].scalar()) : std::nullopt;
      if (!width || !height || !(*width > 0 && *width < 1e4 && *height > 0 && *height < 1e4)) {
        anchors.clear();
        break;
      }
      anchors.push_back({static_cast<float>(*width), static_cast<float>(*height)});
    }
  }
  if (anchors.empty() || anchors.size() > kMaxAnchors)
    return fields.mistake("anchors", "must be a list of [width, height] in cells, such as [[0.573, 0.677]]");
  manifest.anchors = std::move(anchors);
}

Status read_output(const Node& node, Manifest& manifest) {
  Fields fields(node, "output");
  std::vector<std::string> names;
  for (const auto& row : kDecodes) names.emplace_back(row.name);
  const std::string name = fields.choice("decode", names, facts(manifest.decode).name);
  for (const auto& row : kDecodes) {
    if (row.name == name) manifest.decode = row.decode;
  }
  const auto task = facts(manifest.decode).task;
  if (task && manifest.task_given && *task != manifest.task) {
    fields.mistake("decode", cat("is ", name, ", which belongs to ", task_name(*task), ", but the task is ",
                                 task_name(manifest.task)));
  }
  if (task && !manifest.task_given) {
    manifest.task = *task;
    manifest.task_given = true;
  }
  manifest.score_threshold = fields.between<float>("score_threshold", manifest.score_threshold, 0, 1);
  read_anchors(fields, manifest);
  manifest.iou_threshold = fields.between<float>("iou_threshold", manifest.iou_threshold, 0, 1);
  return fields.finish();
}

void read_labels(Fields& fields, const fs::path& folder, Manifest& manifest) {
  manifest.labels = fields.optional<std::vector<std::string>>("labels", {});
  for (const auto& label : manifest.labels) {
    if (const auto fault = label_fault(label)) fields.mistake("labels", *fault);
  }
  if (manifest.labels.size() > kMaxLabels) {
    fields.mistake("labels", cat("holds ", manifest.labels.size(), " labels; the limit is ", kMaxLabels));
  }
  const bool written = fields.node("labels") != nullptr;
  if (written && manifest.labels.empty()) fields.mistake("labels", "must hold at least one label");
  const auto file = fields.optional<std::string>("labels_file", "");
  if (!fields.node("labels_file")) return;
  if (written) return fields.mistake("labels_file", "stands beside 'labels'; write one of them");
  if (const auto fault = path_fault(file)) return fields.mistake("labels_file", *fault);
  auto labels = load_labels(folder, file);
  if (!labels) return fields.mistake("labels_file", cat("cannot be used: ", labels.error().what));
  manifest.labels = *std::move(labels);
}

void read_provenance(Fields& fields, Manifest& manifest) {
  const Node* node = fields.node("provenance");
  if (!node) return;
  if (node->kind() != Node::Kind::map) return fields.mistake("provenance", "must be a map of texts");
  Fields entries(*node, "provenance");
  for (const auto& [key, member] : node->members()) {
    manifest.provenance[key] = entries.optional<std::string>(key, "");
  }
  fields.absorb(entries.finish());
}

void read_task(Fields& fields, Manifest& manifest) {
  const std::string name = fields.choice("task", {"classification", "detection", "segmentation"}, "");
  for (const Task task : kTasks) {
    if (task_name(task) != name) continue;
    manifest.task = task;
    manifest.task_given = true;
  }
}

Result<Manifest> read(const Node& root, Manifest manifest) {
  if (root.kind() == Node::Kind::null) return manifest;  // an empty file says nothing
  Fields fields(root, "");
  read_task(fields, manifest);
  manifest.description = fields.optional<std::string>("description", "");
  const auto model_file = fields.optional<std::string>("model_file", "model.onnx");
  if (const auto fault = path_fault(model_file)) fields.mistake("model_file", *fault);
  manifest.model_file = manifest.folder / model_file;
  read_labels(fields, manifest.folder, manifest);
  if (const Node* node = fields.node("input")) fields.absorb(read_input(*node, manifest));
  if (const Node* node = fields.node("output")) fields.absorb(read_output(*node, manifest));
  read_provenance(fields, manifest);
  manifest.licence = fields.optional<std::string>("licence", "");
  if (auto status = fields.finish(); !status) return forward(status);
  return manifest;
}

// The manifest as the folder's name tells it.
Result<Manifest> bare(const fs::path& folder) {
  std::error_code none;  // "" stays ""
  fs::path path = fs::absolute(folder, none).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "ducks/1/"
  Manifest manifest;
  manifest.version = path.filename().string();
  manifest.name = path.parent_path().filename().string();
  manifest.folder = folder;
  manifest.model_file = folder / "model.onnx";
  if (is_model_name(manifest.name) && is_version(manifest.version)) return manifest;
  return fail(ErrorKind::invalid,
              cat(folder.string(),
                  ": a model package is a folder <name>/<version>, such as models/ducks/1; the "
                  "version is a whole number from 1, the name 1 to 64 letters, digits, '_', '-' or '.'"));
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, const fs::path& folder) {
  auto manifest = bare(folder);
  if (!manifest) return manifest;
  const auto root = config::parse(text, (folder / kFileName).string());
  if (!root) return forward(root);
  return read(*root, *std::move(manifest));
}

Result<Manifest> load_manifest(const fs::path& folder) {
  auto manifest = bare(folder);
  if (!manifest) return manifest;
  std::error_code code;
  if (!fs::is_directory(folder, code))
    return fail(ErrorKind::not_found, cat("there is no folder ", folder.string()));
  const auto root = config::load((folder / kFileName).string());
  if (!root && root.error().kind != ErrorKind::not_found) return forward(root);
  if (root) manifest = read(*root, *std::move(manifest));
  if (!manifest) return manifest;
  // The model itself may be a link to elsewhere: large files often are.
  if (fs::is_regular_file(manifest->model_file, code)) return manifest;
  const fs::path sealed = fs::path(manifest->model_file) += ".sealed";
  if (fs::is_regular_file(sealed, code)) {
    manifest->model_file = sealed;
    manifest->sealed = true;
    return manifest;
  }
  return fail(ErrorKind::not_found, cat("there is no model file ", manifest->model_file.string()));
}

}  // namespace oree::package
