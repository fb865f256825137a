// The plug-in liboree_litert.so: .tflite through LiteRT 2.3 and newer.
#include <fstream>

#include "base/text.h"
#include "core/inference/backends/litert/litert_model.h"
#include "core/inference/plugin/plugin.h"

namespace oree::inference {

namespace {

constexpr uint64_t kMostBytes = uint64_t{2} << 30;  // what a flatbuffer can be

Result<ByteBuffer> read(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    return fail(ErrorKind::not_found, cat(file.string(), ": no such model file"));
  const uint64_t size = std::filesystem::file_size(file, failed);
  if (failed || size > kMostBytes)
    return fail(ErrorKind::unsupported, cat(file.string(), ": larger than 2 GiB, which no .tflite is"));
  ByteBuffer bytes(size);
  std::ifstream in(file, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    return fail(ErrorKind::unavailable, cat(file.string(), ": cannot be read"));
  return bytes;
}

Status check(const LoadOptions& options, const std::string& name) {
  if (options.threads < 1)
    return fail(ErrorKind::invalid, cat(name, ": threads must be 1 or more, not ", options.threads));
  if (!options.fused_file.empty() || !options.operators.empty() || !options.fuse)
    return fail(ErrorKind::unsupported, cat(name, ": LiteRT does not let anybody look into a graph"));
  if (!options.accelerators.empty()) {
    return fail(ErrorKind::unavailable, cat(name, ": LiteRT runs on the processor here; it has no '",
                                            options.accelerators.front().name, "'"));
  }
  if (!options.settings.empty()) {
    return fail(ErrorKind::unsupported,
                cat(name, ": LiteRT has no setting '", options.settings.begin()->first, "'"));
  }
  return {};
}

class LiteRtBackend final : public Backend {
 public:
  explicit LiteRtBackend(std::shared_ptr<const litert::Runtime> runtime, std::string version)
      : runtime_(std::move(runtime)), version_(std::move(version)) {}

  std::string_view name() const override { return "litert"; }
  std::string_view version() const override { return version_; }
  Result<std::unique_ptr<Model>> load(const std::filesystem::path& file,
                                      const LoadOptions& options) override {
    if (Status checked = check(options, file.string()); !checked) return forward(checked);
    Result<ByteBuffer> bytes = read(file);
    if (!bytes) return forward(bytes);
    return litert::LiteRtModel::load(runtime_, std::move(*bytes), file.string(), options);
  }
  Result<std::unique_ptr<Model>> load_bytes(ByteView network, const std::string& name,
                                            const LoadOptions& options) override {
    if (Status checked = check(options, name); !checked) return forward(checked);
    return litert::LiteRtModel::load(runtime_, ByteBuffer(network.begin(), network.end()), name, options);
  }

 private:
  std::shared_ptr<const litert::Runtime> runtime_;
  std::string version_;
};

// The library has no function that tells its version: its size tells builds apart, the folder's file names
// it.
std::string version_of(const std::filesystem::path& library) {
  std::error_code failed;
  std::ifstream in(library.parent_path() / "litert.version");
  std::string version;
  if (std::getline(in, version) && !version.empty()) return version;
  return cat("of ", std::filesystem::file_size(library, failed), " bytes");
}

Result<std::unique_ptr<Backend>> open_litert() {
  const LibrarySearch search{
      .what = "LiteRT",
      .variable = "OREE_LITERT",
      .names = {"libLiteRt.so"},
      .folders = {OREE_LITERT_FOLDER},
      .way_out =
          "'./run runtimes litert' fetches it; or take libLiteRt.so out of the Python package "
          "ai-edge-litert, and put it beside the program or name it in OREE_LITERT."};
  Result<Library> library = Library::open_first(search, library_candidates(search));
  if (!library) return forward(library);
  const Result<litert::Api> api = litert::bind(*library);
  if (!api) return forward(api);
  // Only the processor: without this it looks for half a dozen libraries for other devices.
  const litert::EnvironmentOption options[] = {
      {.tag = litert::kAutoRegisterAccelerators,
       .value_type = litert::kValueIsInteger,
       .value = litert::kProcessor},
      {.tag = litert::kMinLoggerSeverity,
       .value_type = litert::kValueIsInteger,
       .value = litert::kErrorsOnly},
  };
  litert::Environment* environment = nullptr;
  if (const int status = api->create_environment(2, options, &environment))
    return litert::failure(status, library->file().string());
  auto runtime =
      std::make_shared<const litert::Runtime>(litert::Runtime{*api, {environment, api->destroy_environment}});
  return std::make_unique<LiteRtBackend>(std::move(runtime), version_of(library->file()));
}

}  // namespace

}  // namespace oree::inference

OREE_BACKEND_PLUGIN(oree::inference::open_litert)
