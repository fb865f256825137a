// Boxes that people drew on pictures, from an annotations.json as COCO writes it:
//
//   {"images": [{"id": 7, "file_name": "a.jpg"}],
//    "annotations": [{"image_id": 7, "category_id": 3, "bbox": [left, top, width, height], "iscrowd": 0}],
//    "categories": [{"id": 3, "name": "car"}]}
//
// Categories are the network's labels by name; where no name is known, in the order of their ids, as COCO's
// 80 are everywhere. Other members are not looked at. Errors say which entry and what is wrong with it.
#pragma once

#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "services/certification/average_precision.h"

namespace oree::workshop {

inline constexpr size_t kMaxAnnotations = 1'000'000;

// Boxes by picture, as `file_name` says it. A picture without any is there too: nothing is to be found in it.
using Annotations = std::map<std::string, certification::Drawn>;
Result<Annotations> parse_annotations(std::string_view text, std::span<const std::string> labels);

}  // namespace oree::workshop
