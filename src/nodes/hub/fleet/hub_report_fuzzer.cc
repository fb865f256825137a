// Arbitrary bytes as what a station says: a report or metrics. Whatever is taken keeps its limits.
#include <cstdlib>

#include "nodes/hub/fleet/evidence.h"
#include "nodes/hub/fleet/report.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::hub;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto report = parse_report(text)) {
    if (report->instance.size() != 32 || report->models.size() > 65) std::abort();
    for (const auto& model : report->models)
      if (report->find(model.name) != &model || model.bad.size() > 64) std::abort();
  }
  if (const auto metrics = parse_metrics(text)) {
    for (const auto& model : metrics->models) {
      const auto& evidence = model.evidence;
      if (evidence.errors > evidence.requests || evidence.agreed > evidence.shadowed) std::abort();
    }
  }
  return 0;
}
