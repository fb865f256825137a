// Whatever stands in a detector.yaml, there is a file that holds together or a sentence with its place.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "services/detection/networks/detector_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::detection;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = parse_detector_file(text, "models/fuzz/1");
  if (!file) {
    if (!file.error().what.starts_with("models/fuzz/1/detector.yaml:")) std::abort();
    return 0;
  }
  const bool sound = !file->columns.empty() && file->window >= 2 && file->every.count() > 0 &&
                     std::isfinite(file->training.loss) && std::isfinite(file->training.threshold) &&
                     file->training.threshold > 0;
  if (!sound) std::abort();
  return 0;
}
