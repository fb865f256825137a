#include "nodes/edge/telemetry/networks.h"

#include "services/detection/networks/autoencoder.h"
#include "services/detection/networks/vibration.h"

namespace oree::edge {

Result<std::shared_ptr<detection::Detector>> open_network(DetectorSetting& setting,
                                                          inference::Backend& backend) {
  const auto file = detection::load_detector_file(setting.model);
  if (!file) return forward(file);
  setting.watch.sensors = file->columns;
  setting.watch.step = file->every;
  if (file->kind == detection::NetworkKind::vibration_cnn) {
    auto detector = detection::open_vibration(*file, backend);
    if (!detector) return forward(detector);
    return std::shared_ptr<detection::Detector>(std::move(*detector));
  }
  auto detector = detection::open_autoencoder(*file, backend);
  if (!detector) return forward(detector);
  return std::shared_ptr<detection::Detector>(std::move(*detector));
}

}  // namespace oree::edge
