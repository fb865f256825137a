// The words of model.yaml and what they stand for, as tables. Private to this room.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/package/manifest.h"

namespace oree::package {

struct DecodeFacts {
  Decode decode;
  std::string_view name;
  std::optional<Task> task;  // what it belongs to
};

inline constexpr std::array kTasks{Task::classification, Task::detection, Task::segmentation};

inline constexpr std::array kDecodes{
    DecodeFacts{Decode::automatic, "automatic", {}},
    DecodeFacts{Decode::softmax, "softmax", Task::classification},
    DecodeFacts{Decode::probabilities, "probabilities", Task::classification},
    DecodeFacts{Decode::yolov5, "yolov5", Task::detection},
    DecodeFacts{Decode::yolov8, "yolov8", Task::detection},
    DecodeFacts{Decode::yolox, "yolox", Task::detection},
    DecodeFacts{Decode::ssd, "ssd", Task::detection},
    DecodeFacts{Decode::yolov2, "yolov2", Task::detection},
    DecodeFacts{Decode::corners, "corners", Task::detection},
    DecodeFacts{Decode::softmax_map, "softmax_map", Task::segmentation},
    DecodeFacts{Decode::sigmoid_map, "sigmoid_map", Task::segmentation},
    DecodeFacts{Decode::probability_map, "probability_map", Task::segmentation},
};

const DecodeFacts& facts(Decode decode);

inline constexpr int kMaxSide = 16'384;  // of an input picture
inline constexpr size_t kMaxAnchors = 32;
inline constexpr size_t kMaxLabels = 50'000;  // the largest public label sets have 22,000

}  // namespace oree::package
