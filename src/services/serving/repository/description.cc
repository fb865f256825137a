#include "services/serving/repository/description.h"

#include <fstream>

#include "base/text.h"
#include "core/modelconfig/complete.h"
#include "core/modelconfig/repository/inline_model.h"

namespace oree::serving {

namespace {

constexpr size_t kMaxLabels = 100'000;
constexpr size_t kMaxLabel = 1'024;

// One per line.
Result<std::vector<std::string>> read_labels(const std::filesystem::path& model_folder,
                                             const std::string& name) {
  if (Status good = modelconfig::check_inline_path(name); !good) return forward(good, "label_filename");
  const std::filesystem::path file = model_folder / name;
  std::ifstream in(file);
  if (!in || !modelconfig::lies_inside(model_folder, file)) {
    return fail(ErrorKind::invalid, cat("label_filename: cannot read ", file.string()));
  }
  std::vector<std::string> labels;
  for (std::string line; std::getline(in, line);) {
    if (labels.size() == kMaxLabels || line.size() > kMaxLabel) {
      return fail(ErrorKind::invalid, cat(file.string(), ": more than ", kMaxLabels,
                                          " labels, or one longer than ", kMaxLabel, " bytes"));
    }
    labels.emplace_back(trim(line));
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  return labels;
}

}  // namespace

Result<inference::Description> describe_model(const modelconfig::ModelConfig& config,
                                              const package::Manifest& manifest, const std::string& platform,
                                              const std::filesystem::path& model_folder) {
  inference::Description description;
  description.name = config.name;
  description.version = manifest.version;
  description.platform = config.platform.empty() ? platform : config.platform;
  description.max_batch_size = config.max_batch_size;
  for (const modelconfig::Input& input : config.input) {
    description.inputs.push_back(
        {{input.name, *input.data_type, modelconfig::wire_shape(config, input.dims)}, input.optional, {}});
  }
  for (const modelconfig::Output& output : config.output) {
    inference::PortDescription port{
        {output.name, *output.data_type, modelconfig::wire_shape(config, output.dims)}, false, {}};
    if (!output.label_filename.empty()) {
      auto labels = read_labels(model_folder, output.label_filename);
      if (!labels) return forward(labels);
      port.labels = std::move(*labels);
    } else if (manifest.task == package::Task::classification && config.output.size() == 1) {
      port.labels = manifest.labels;
    }
    description.outputs.push_back(std::move(port));
  }
  return description;
}

}  // namespace oree::serving
