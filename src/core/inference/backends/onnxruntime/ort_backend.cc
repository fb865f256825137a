#include <string>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/backends/onnxruntime/ort_model.h"
#include "core/inference/backends/onnxruntime/ort_providers.h"
#include "core/inference/plugin/library.h"

namespace oree::inference {

namespace {

class OrtBackend final : public Backend {
 public:
  explicit OrtBackend(std::shared_ptr<const ort::Runtime> runtime) : runtime_(std::move(runtime)) {}

  std::string_view name() const override { return "onnxruntime"; }
  std::string_view version() const override { return runtime_->version(); }
  Result<std::unique_ptr<Model>> load(const std::filesystem::path& file,
                                      const LoadOptions& options) override {
    return ort::OrtModel::load(runtime_, file, options);
  }
  std::vector<std::string> providers() const { return ort::providers_of(*runtime_); }
  Result<std::unique_ptr<Model>> load_bytes(ByteView network, const std::string& name,
                                            const LoadOptions& options) override {
    return ort::OrtModel::load_bytes(runtime_, network, name, options);
  }

 private:
  std::shared_ptr<const ort::Runtime> runtime_;
};

const LibrarySearch kSearch{.what = "ONNX Runtime",
                            .variable = "OREE_ONNXRUNTIME",
                            .names = {"libonnxruntime.so.1", "libonnxruntime.so"},
                            .folders = {OREE_ONNXRUNTIME_FOLDER},
                            .way_out = {}};

}  // namespace

std::vector<std::filesystem::path> onnxruntime_candidates(const std::filesystem::path& forced,
                                                          const std::filesystem::path& program_folder) {
  return library_candidates(kSearch, forced, program_folder);
}

Result<std::unique_ptr<Backend>> open_onnxruntime(const std::vector<std::filesystem::path>& candidates) {
  std::string tried;
  for (const std::filesystem::path& candidate : candidates) {
    // A bare name is the loader's to find; with a folder, a missing file is not worth its error message.
    std::error_code failed;
    if (candidate.has_parent_path() && !std::filesystem::exists(candidate, failed)) {
      tried += cat("\n  ", candidate.string(), ": no such file");
      continue;
    }
    Result<std::shared_ptr<const ort::Runtime>> runtime = ort::Runtime::open(candidate);
    if (runtime) return std::make_unique<OrtBackend>(std::move(*runtime));
    if (runtime.error().kind == ErrorKind::unsupported) return forward(runtime);
    tried += cat("\n  ", runtime.error().what);
  }
  return fail(ErrorKind::unavailable,
              cat("ONNX Runtime was not found. Put libonnxruntime.so.1 beside the program or name it in "
                  "OREE_ONNXRUNTIME. Tried:",
                  tried));
}

std::vector<std::string> onnxruntime_providers(const Backend& backend) {
  const auto* ours = dynamic_cast<const OrtBackend*>(&backend);
  return ours == nullptr ? std::vector<std::string>{} : ours->providers();
}

Result<std::unique_ptr<Backend>> open_onnxruntime() {
  return open_onnxruntime(library_candidates(kSearch));
}

}  // namespace oree::inference
