#include "nodes/workshop/samples/annotations.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::workshop {

namespace {

Result<const json::Array*> list(const json::Value& file, std::string_view name) {
  const json::Value* found = file.find(name);
  if (found == nullptr || found->array() == nullptr)
    return fail(ErrorKind::invalid, cat("no list '", name,
                                        "'; it has to be COCO's format, with 'images', "
                                        "'annotations' and 'categories'"));
  if (found->array()->size() > kMaxAnnotations)
    return fail(ErrorKind::invalid, cat("'", name, "' has more than ", kMaxAnnotations, " entries"));
  return found->array();
}

std::optional<int64_t> whole(const json::Value& entry, std::string_view name) {
  const json::Value* found = entry.find(name);
  return found == nullptr ? std::nullopt : found->integer();
}

std::string_view text(const json::Value& entry, std::string_view name) {
  const json::Value* found = entry.find(name);
  return found == nullptr || found->text() == nullptr ? std::string_view{} : *found->text();
}

// Category → label of the network; those that it does not know are not in it.
Result<std::map<int64_t, size_t>> read_categories(const json::Array& categories,
                                                  std::span<const std::string> labels) {
  std::map<int64_t, std::string> names;
  for (size_t i = 0; i < categories.size(); ++i) {
    const auto id = whole(categories[i], "id");
    if (!id) return fail(ErrorKind::invalid, cat("'categories', entry ", i, ": no whole number 'id'"));
    names[*id] = lower(text(categories[i], "name"));
  }
  std::map<std::string, size_t> known;
  for (size_t i = 0; i < labels.size(); ++i) known.insert({lower(labels[i]), i});
  std::map<int64_t, size_t> found;
  for (const auto& [id, name] : names) {
    if (const auto at = known.find(name); at != known.end()) found[id] = at->second;
  }
  if (!found.empty() || names.empty()) return found;
  if (names.size() > labels.size())
    return fail(ErrorKind::invalid,
                cat("none of its ", names.size(), " categories is one of the network's ", labels.size(),
                    " labels; name the labels in model.yaml as the categories are named"));
  for (size_t next = 0; const auto& [id, name] : names) found[id] = next++;
  return found;
}

Result<certification::Truth> read_truth(const json::Value& entry, size_t label) {
  const json::Value* box = entry.find("bbox");
  std::array<float, 4> sides{};
  const bool four = box != nullptr && box->array() != nullptr && box->array()->size() == 4;
  for (size_t i = 0; four && i < 4; ++i) {
    const auto number = (*box->array())[i].number();
    if (!number || std::abs(*number) > 1e7) return fail(ErrorKind::invalid, "'bbox' is not four numbers");
    sides[i] = static_cast<float>(*number);
  }
  if (!four || sides[2] < 0 || sides[3] < 0)
    return fail(ErrorKind::invalid, "'bbox' has to be [left, top, width, height]");
  return certification::Truth{{sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3]},
                              label,
                              whole(entry, "iscrowd").value_or(0) != 0};
}

}  // namespace

Result<Annotations> parse_annotations(std::string_view text_of_file, std::span<const std::string> labels) {
  const Result<json::Value> file = json::parse(text_of_file);
  if (!file) return forward(file);
  const auto images = list(*file, "images"), entries = list(*file, "annotations"),
             categories = list(*file, "categories");
  for (const auto* one : {&images, &entries, &categories}) {
    if (!*one) return forward(*one);
  }
  const auto label_of = read_categories(**categories, labels);
  if (!label_of) return forward(label_of);
  Annotations annotations;
  std::map<int64_t, certification::Drawn*> pictures;
  for (size_t i = 0; i < (*images)->size(); ++i) {
    const json::Value& image = (**images)[i];
    const auto id = whole(image, "id");
    const std::string_view name = text(image, "file_name");
    if (!id || name.empty())
      return fail(ErrorKind::invalid, cat("'images', entry ", i, ": 'id' or 'file_name' is missing"));
    pictures[*id] = &annotations[std::string(name)];
  }
  for (size_t i = 0; i < (*entries)->size(); ++i) {
    const json::Value& entry = (**entries)[i];
    const auto image = pictures.find(whole(entry, "image_id").value_or(-1));
    if (image == pictures.end())
      return fail(ErrorKind::invalid, cat("'annotations', entry ", i, ": no picture has its 'image_id'"));
    const auto label = label_of->find(whole(entry, "category_id").value_or(-1));
    if (label == label_of->end()) continue;  // something that the network was never to find
    const Result<certification::Truth> truth = read_truth(entry, label->second);
    if (!truth) return forward(truth, cat("'annotations', entry ", i));
    image->second->push_back(*truth);
  }
  return annotations;
}

}  // namespace oree::workshop
