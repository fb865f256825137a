// The plug-in liboree_openvino.so: .onnx, OpenVINO's own .xml with its .bin, and .tflite through OpenVINO
// 2024 and newer.
#include "base/text.h"
#include "core/inference/backends/openvino/ov_model.h"
#include "core/inference/plugin/plugin.h"

namespace oree::inference {

namespace {

Status check(const LoadOptions& options, const std::string& name) {
  if (options.threads < 1)
    return fail(ErrorKind::invalid, cat(name, ": threads must be 1 or more, not ", options.threads));
  if (!options.fused_file.empty() || !options.operators.empty() || !options.fuse)
    return fail(ErrorKind::unsupported, cat(name, ": OpenVINO does not let anybody look into a graph"));
  if (!options.accelerators.empty()) {
    return fail(ErrorKind::unavailable, cat(name, ": OpenVINO runs on the processor here; it has no '",
                                            options.accelerators.front().name, "'"));
  }
  if (!options.settings.empty()) {
    return fail(ErrorKind::unsupported,
                cat(name, ": OpenVINO has no setting '", options.settings.begin()->first, "' here"));
  }
  return {};
}

class OvBackend final : public Backend {
 public:
  explicit OvBackend(std::shared_ptr<const openvino::Runtime> runtime) : runtime_(std::move(runtime)) {}

  std::string_view name() const override { return "openvino"; }
  std::string_view version() const override { return runtime_->version(); }
  Result<std::unique_ptr<Model>> load(const std::filesystem::path& file,
                                      const LoadOptions& options) override {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(file, failed))
      return fail(ErrorKind::not_found, cat(file.string(), ": no such model file"));
    if (Status checked = check(options, file.string()); !checked) return forward(checked);
    openvino::Graph* graph = nullptr;
    const int status = runtime_->api().read(runtime_->core(), file.c_str(), nullptr, &graph);
    return finish(status, graph, file.string(), options);
  }
  Result<std::unique_ptr<Model>> load_bytes(ByteView network, const std::string& name,
                                            const LoadOptions& options) override {
    if (Status checked = check(options, name); !checked) return forward(checked);
    if (network.size() >= 8 && as_text(network).substr(4, 4) == "TFL3")
      return fail(ErrorKind::unsupported, cat(name, ": OpenVINO reads .tflite from files only"));
    openvino::Graph* graph = nullptr;
    const std::string_view text = as_text(network);
    const int status =
        runtime_->api().read_bytes(runtime_->core(), text.data(), text.size(), nullptr, &graph);
    return finish(status, graph, name, options);
  }

 private:
  Result<std::unique_ptr<Model>> finish(int status, openvino::Graph* graph, const std::string& name,
                                        const LoadOptions& options) {
    if (Status read = runtime_->check(status); !read) {
      // Whatever it was, the file is there and cannot be read.
      return fail(read.error().kind == ErrorKind::unsupported ? ErrorKind::unsupported : ErrorKind::invalid,
                  cat(name, ": ", read.error().what));
    }
    openvino::Owned<openvino::Graph> owned(graph, runtime_->api().free_graph);
    return openvino::OvModel::load(runtime_, std::move(owned), name, options);
  }

  std::shared_ptr<const openvino::Runtime> runtime_;
};

Result<std::unique_ptr<Backend>> open_openvino() {
  const LibrarySearch search{
      .what = "OpenVINO",
      .variable = "OREE_OPENVINO",
      .names = {"libopenvino_c.so"},
      .folders = {OREE_OPENVINO_FOLDER},
      .way_out =
          "'./run runtimes openvino' fetches it; or install it, and name the folder of its libraries in "
          "OREE_OPENVINO."};
  Result<Library> library = Library::open_first(search, library_candidates(search));
  if (!library) return forward(library);
  Result<std::shared_ptr<const openvino::Runtime>> runtime = openvino::Runtime::open(std::move(*library));
  if (!runtime) return forward(runtime);
  return std::make_unique<OvBackend>(std::move(*runtime));
}

}  // namespace

}  // namespace oree::inference

OREE_BACKEND_PLUGIN(oree::inference::open_openvino)
