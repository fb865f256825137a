// oree version: what this program is made of.
#include "nodes/edge/station/version.h"

#include <cstdio>

#include "app/commands.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "platform/json/value.h"

namespace oree::app {

int run_version(bool json) {
  const auto backend = inference::open_onnxruntime();
  const std::string runtime = backend ? std::string((*backend)->version()) : "not found";
  if (json) {
    const ::oree::json::Object out{{"oree", edge::kVersion}, {"onnxruntime", runtime}};
    std::printf("%s\n", ::oree::json::print(out, 2).c_str());
  } else {
    std::printf("oree %s\nonnxruntime %s\n", std::string(edge::kVersion).c_str(), runtime.c_str());
  }
  return 0;
}

}  // namespace oree::app
