// oree predict: one model, one picture.
#include <algorithm>
#include <cstdio>

#include "app/commands.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "platform/image/image.h"
#include "platform/json/value.h"
#include "services/inspection/cameras/folder_camera.h"
#include "services/inspection/items/item.h"
#include "services/serving/repository/served_model.h"

namespace oree::app {
namespace {

using inference::Prediction;
using inference::PredictionKind;

std::string percent(float share) {
  return cat(fixed(double{share} * 100, 1), " %");
}

void print_prediction(const Prediction& prediction, int top) {
  std::vector<std::vector<std::string>> rows;
  if (prediction.kind == PredictionKind::classes) {
    auto classes = prediction.classes;
    std::ranges::stable_sort(classes, std::greater{}, &inference::LabelScore::score);
    classes.resize(std::min(classes.size(), static_cast<size_t>(top)));
    for (const auto& [label, score] : classes) rows.push_back({label, percent(score)});
    print_table({"label", "probability"}, rows);
  } else if (prediction.kind == PredictionKind::objects) {
    for (const auto& object : prediction.objects) {
      const auto& box = object.box;
      rows.push_back({object.label, percent(object.score), fixed(double{box.left}, 0),
                      fixed(double{box.top}, 0), fixed(double{box.right}, 0), fixed(double{box.bottom}, 0)});
    }
    print_table({"object", "score", "left", "top", "right", "bottom"}, rows);
    if (rows.empty()) std::printf("nothing found\n");
  } else {
    const auto& mask = prediction.mask;
    for (size_t i = 0; i < mask.labels.size() && i < mask.area_ratios.size(); ++i) {
      rows.push_back({mask.labels[i], percent(mask.area_ratios[i])});
    }
    print_table({"label", "share of the picture"}, rows);
  }
}

}  // namespace

int run_predict(const PredictOptions& options) {
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  monitoring::Registry metrics;
  const auto key = open_model_key(options.key);
  if (!key) return print_error(key.error());
  const auto served = serving::load_served_model(options.model, *(*world)->backend, {}, metrics, key->get());
  if (!served) return print_error(served.error());
  const auto& model = **served;
  if (model.predictor == nullptr) {
    return print_error({ErrorKind::unsupported, cat("model '", model.identity.name, "' takes no pictures")});
  }
  const image::DecodeLimits limits;
  const auto bytes = inspection::read_picture(options.image, limits.max_bytes);
  if (!bytes) return print_error(bytes.error());
  const auto picture = image::decode(**bytes, limits);
  if (!picture)
    return print_error({picture.error().kind, cat(options.image.string(), ": ", picture.error().what)});
  inference::PredictTimings timings;
  const auto prediction = model.predictor->predict(picture->view(), &timings);
  if (!prediction) return print_error(prediction.error());
  if (options.json) {
    std::printf("%s\n", json::print(inspection::prediction_json(*prediction, model.identity), 2).c_str());
    return 0;
  }
  print_prediction(*prediction, options.top);
  std::printf("%s\n", paint(cat(model.identity.name, " version ", model.identity.version, ", ",
                                fixed(static_cast<double>(timings.infer.count()) / 1000, 1), " ms"),
                            Tone::muted)
                          .c_str());
  return 0;
}

}  // namespace oree::app
