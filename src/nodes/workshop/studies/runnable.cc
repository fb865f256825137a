#include "nodes/workshop/studies/runnable.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/check/check.h"
#include "core/graph/file.h"
#include "core/graph/numbers.h"
#include "core/package/manifest.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "platform/files/private_folder.h"

namespace oree::workshop {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxModelBytes = uint64_t{2} << 30, kMaxInputBytes = uint64_t{1} << 30;

// Operators newer than we know are the runtime's to judge.
Status sound(const graph::Model& model, const fs::path& file) {
  if (Status good = graph::check(model); !good && good.error().kind != ErrorKind::unsupported)
    return forward(good, file.string());
  if (Status good = graph::check_weights(model); !good) return forward(good, file.string());
  return {};
}

Status convert(Runnable& runnable) {
  auto made = files::PrivateFolder::create();
  if (!made) return forward(made);
  const auto folder = std::make_shared<const files::PrivateFolder>(*std::move(made));
  runnable.file = folder->path() / cat(runnable.source.stem().string(), ".onnx");
  runnable.keep = folder;
  return graph::store(*runnable.model, runnable.file);
}

}  // namespace

uint64_t Runnable::integer_weights() const {
  if (!model) return 0;
  uint64_t elements = 0;
  for (const graph::Tensor& tensor : model->graph.initializers) {
    using graph::DataType;
    const bool integers = tensor.type == DataType::i8 || tensor.type == DataType::u8 ||
                          tensor.type == DataType::i4 || tensor.type == DataType::u4;
    // Shapes and zero points are integers, too; weights have two dimensions or more.
    if (integers && tensor.dims.size() >= 2) elements += graph::element_count(tensor.dims);
  }
  return elements;
}

Result<Runnable> make_runnable(const fs::path& path) {
  std::error_code ignored;
  Runnable runnable;
  runnable.source = path;
  if (fs::is_directory(path, ignored)) {
    const auto manifest = package::load_manifest(path);
    if (!manifest) return forward(manifest);
    runnable.source = manifest->model_file;
  }
  files::RealDisk disk;
  const Result<ByteBuffer> bytes = disk.read(runnable.source, kMaxModelBytes);
  if (!bytes) return forward(bytes);
  runnable.bytes = bytes->size();
  runnable.digest = crypto::sha256(*bytes).hex();
  runnable.file = runnable.source;
  const std::string ending = lower(runnable.source.extension().string());
  runnable.format = ending == ".ort" || ending == ".tflite" ? ending.substr(1) : "onnx";
  if (runnable.format == "ort") return runnable;
  Result<graph::Model> model = graph::load(runnable.source);
  if (!model) return forward(model);
  runnable.model = std::move(*model);
  if (Status good = sound(*runnable.model, runnable.source); !good) return forward(good);
  if (runnable.format == "tflite") {
    if (Status done = convert(runnable); !done) return forward(done, runnable.source.string());
  }
  return runnable;
}

Result<std::vector<tensor::Tensor>> made_up_inputs(const inference::Signature& signature) {
  std::vector<tensor::Tensor> inputs;
  uint64_t bytes = 0;
  for (const tensor::TensorSpec& spec : signature.inputs) {
    tensor::Shape shape = spec.shape;
    for (int64_t& size : shape) size = std::max<int64_t>(size, 1);
    const Result<size_t> count = tensor::element_count(shape);
    if (!count) return forward(count, cat("input '", spec.name, "'"));
    if (*count > kMaxInputBytes || (bytes += *count * tensor::facts(spec.dtype).bytes) > kMaxInputBytes)
      return fail(ErrorKind::invalid, cat("input '", spec.name, "' of ", tensor::shape_text(spec.shape),
                                          " is larger than a gigabyte; export it with smaller dimensions"));
    Result<tensor::Tensor> made = tensor::Tensor::create(spec.dtype, std::move(shape));
    if (!made) return forward(made);
    if (spec.dtype == tensor::DType::f32) {
      float value = 0;  // not all zero: some kernels take a shorter way then
      for (float& element : made->as<float>()) element = value = value > 1 ? -1 : value + 0.013f;
    } else {
      std::ranges::fill(made->mutable_bytes(), std::byte{0});
    }
    inputs.push_back(std::move(*made));
  }
  return inputs;
}

}  // namespace oree::workshop
