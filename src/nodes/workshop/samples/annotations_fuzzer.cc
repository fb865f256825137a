#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/workshop/samples/annotations.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> labels{"person", "car", "dog"};
  const auto read = oree::workshop::parse_annotations({reinterpret_cast<const char*>(data), size}, labels);
  if (!read) return 0;
  std::vector<oree::certification::Drawn> drawn;
  for (const auto& [name, boxes] : *read) drawn.push_back(boxes);
  const std::vector<oree::certification::Answer> none(drawn.size());
  (void)oree::certification::average_precision(none, drawn);
  return 0;
}
