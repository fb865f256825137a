// What a room asks when it wants to know what is in a picture, without knowing about tensors or packages.
// `serving` implements it, `inspection` uses it, the node ties them together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/image/image.h"

namespace oree::inference {

struct LabelScore {
  std::string label;
  float score = 0;  // 0..1
};

// In source-image pixels, clipped to the image.
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
};

struct Object {
  Box box;
  std::string label;
  float score = 0;
  size_t label_index = 0;  // in the package's label order
};

// One label index per cell, row-major; -1 = nothing above the threshold, or outside the picture. The grid
// covers the model's input; `box` says which part of the source image that was, in source pixels, and reaches
// beyond the image where the input was letterboxed.
struct Mask {
  int width = 0, height = 0;
  std::vector<int8_t> cells;
  std::vector<std::string> labels;
  std::vector<float> area_ratios;  // per label: cells with it / cells on the picture
  Box box;
};

enum class PredictionKind { classes, objects, mask };

struct Prediction {
  PredictionKind kind = PredictionKind::classes;
  std::vector<LabelScore> classes;  // in the package's label order
  std::vector<Object> objects;      // best first
  Mask mask;

  const LabelScore* best() const;  // of classes; nullptr when there is none
};

struct PredictTimings {
  microseconds tensor{0};  // resize + normalise
  microseconds infer{0};
  microseconds decode{0};  // outputs → prediction
};

struct Identity {
  std::string name;
  std::string version;
  std::string digest;  // SHA-256 of the model file, hex
};

class Predictor {
 public:
  virtual ~Predictor() = default;
  virtual const Identity& identity() const = 0;
  // Thread-safe. `timings` may be null.
  virtual Result<Prediction> predict(const image::ImageView& image, PredictTimings* timings) const = 0;
};

// Where predictors come from. version "" = the newest ready one. `not_found` names what there is.
class PredictorSource {
 public:
  virtual ~PredictorSource() = default;
  virtual Result<std::shared_ptr<const Predictor>> find(std::string_view name, std::string_view version) = 0;
};

}  // namespace oree::inference
