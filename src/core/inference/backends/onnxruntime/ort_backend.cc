#include <cstdlib>
#include <string>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/backends/onnxruntime/ort_model.h"

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
  std::vector<std::string> providers() const {
    char** names = nullptr;
    int count = 0;
    if (!runtime_->check(runtime_->api()(ort::kGetAvailableProviders, &names, &count))) return {};
    const std::vector<std::string> out(names, names + count);
    // What it may fail with is of no use: the names are copied.
    const Status ignored = runtime_->check(runtime_->api()(ort::kReleaseAvailableProviders, names, count));
    static_cast<void>(ignored);
    return out;
  }
  Result<std::unique_ptr<Model>> load_bytes(ByteView network, const std::string& name,
                                            const LoadOptions& options) override {
    return ort::OrtModel::load_bytes(runtime_, network, name, options);
  }

 private:
  std::shared_ptr<const ort::Runtime> runtime_;
};

constexpr const char* kFileNames[] = {"libonnxruntime.so.1", "libonnxruntime.so"};

}  // namespace

std::vector<std::filesystem::path> onnxruntime_candidates(const std::filesystem::path& forced,
                                                          const std::filesystem::path& program_folder) {
  std::error_code ignored;
  if (!forced.empty() && !std::filesystem::is_directory(forced, ignored)) return {forced};
  std::vector<std::filesystem::path> folders{forced};
  if (forced.empty()) folders = {program_folder / "../lib", program_folder, OREE_ONNXRUNTIME_FOLDER, ""};
  std::vector<std::filesystem::path> candidates;
  for (const std::filesystem::path& folder : folders) {
    for (const char* name : kFileNames) candidates.push_back(folder / name);
  }
  return candidates;
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
  const char* forced = std::getenv("OREE_ONNXRUNTIME");
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return open_onnxruntime(onnxruntime_candidates(forced == nullptr ? "" : forced, program.parent_path()));
}

}  // namespace oree::inference
