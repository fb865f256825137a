#include "core/graph/file.h"

#include <map>

#include "core/graph/mapped_file.h"
#include "core/graph/numbers.h"
#include "core/graph/tflite/tflite.h"
#include "platform/files/files.h"

namespace oree::graph {
namespace {

namespace fs = std::filesystem;

// The external files of one model, each mapped once.
class ExternalFiles {
 public:
  ExternalFiles(const fs::path& model, const onnx::Limits& limits)
      : folder_(model.has_parent_path() ? model.parent_path() : fs::path(".")), limits_(limits) {}

  Status read(Tensor& tensor) {
    if (tensor.external.empty()) return {};
    const std::string called = "tensor '" + tensor.name + "'";
    if (tensor.type == DataType::text)
      return fail(ErrorKind::invalid, called + ": text cannot be kept outside");
    const auto bytes = file(tensor.external.location);
    if (!bytes) return forward(bytes, called);
    const auto size = onnx::packed_size(tensor.type, element_count(tensor.dims));
    const auto& at = tensor.external;
    if (!size || *size > limits_.tensor_bytes ||
        (at.length >= 0 && static_cast<uint64_t>(at.length) != *size)) {
      return fail(ErrorKind::invalid, called + " of type " + std::string(facts(tensor.type).name) +
                                          " and shape " + dims_text(tensor.dims) + " does not have the " +
                                          std::to_string(at.length) + " bytes that it claims in '" +
                                          at.location + "'");
    }
    if (at.offset > bytes->size() || *size > bytes->size() - at.offset) {
      return fail(ErrorKind::corrupt, called + " lies at bytes " + std::to_string(at.offset) + " to " +
                                          std::to_string(at.offset + *size) + " of '" + at.location +
                                          "', which has " + std::to_string(bytes->size()) +
                                          "; fetch that file again");
    }
    place(tensor, *bytes, bytes->view().subspan(at.offset, *size));
    return {};
  }

 private:
  static void place(Tensor& tensor, const SharedBytes& file, ByteView part) {
    if (reinterpret_cast<uintptr_t>(part.data()) % 8 == 0) {
      tensor.data = SharedBytes(part, std::make_shared<const SharedBytes>(file));
    } else {
      tensor.data = SharedBytes::of(ByteBuffer(part.begin(), part.end()));
    }
    tensor.external = {};
  }

  Result<SharedBytes> file(const std::string& location) {
    const auto known = files_.find(location);
    if (known != files_.end()) return known->second;
    const fs::path relative(location);
    const auto outside = [&] {
      return fail(ErrorKind::denied,
                  "its file '" + location +
                      "' is outside of the model's folder; put it beside the model and name it so");
    };
    if (relative.is_absolute()) return outside();
    for (const auto& part : relative) {
      if (part == "..") return outside();
    }
    std::error_code error;
    const fs::path home = fs::canonical(folder_, error);
    const fs::path target = fs::canonical(folder_ / relative, error);
    if (error) {
      return fail(ErrorKind::not_found,
                  "its file '" + location + "' is not beside the model: " + error.message());
    }
    const auto [end, rest] = std::mismatch(home.begin(), home.end(), target.begin(), target.end());
    if (end != home.end()) return outside();
    auto bytes = map_file(target);
    if (bytes) files_.emplace(location, *bytes);
    return bytes;
  }

  fs::path folder_;
  const onnx::Limits& limits_;
  std::map<std::string, SharedBytes> files_;
};

uint64_t data_size(Model& model) {
  uint64_t size = 0;
  (void)for_each_tensor(model, [&](Tensor& tensor) {
    size += tensor.data.size();
    return Status{};
  });
  return size;
}

// Pages for large tensors, so that a reader can map them; the small ones close together.
uint64_t aligned(uint64_t offset, uint64_t size) {
  const uint64_t unit = size >= 65536 ? 4096 : 64;
  return (offset + unit - 1) / unit * unit;
}

Status pad(files::Appender& file, uint64_t to) {
  const ByteBuffer zeros(static_cast<size_t>(to - file.size()), std::byte{0});
  return zeros.empty() ? Status{} : file.append(zeros);
}

// Moves tensors of `from` bytes and more out of the model and into the file.
Status store_outside(Model& model, uint64_t from, const fs::path& file) {
  files::RealDisk disk;
  const fs::path temporary = file.string() + ".part";
  auto out = disk.open_append(temporary, 0);
  if (!out) return forward(out);
  auto done = for_each_tensor(model, [&](Tensor& tensor) -> Status {
    const uint64_t size = tensor.data.size();
    if (size < from || size == 0) return {};
    const uint64_t offset = aligned((*out)->size(), size);
    if (auto padded = pad(**out, offset); !padded) return padded;
    if (auto written = (*out)->append(tensor.data.view()); !written) return written;
    tensor.external = {file.filename().string(), offset, static_cast<int64_t>(size)};
    tensor.data = {};
    return {};
  });
  if (done) done = (*out)->sync();
  if (done) done = disk.rename(temporary, file);
  if (!done) (void)disk.remove(temporary);
  return done;
}

}  // namespace

Result<Model> load(const fs::path& file, const LoadOptions& options) {
  auto model = [&]() -> Result<Model> {
    const auto bytes = map_file(file);
    if (!bytes) return forward(bytes);
    auto parsed =
        is_tflite(bytes->view()) ? read_tflite(bytes->view()) : onnx::parse(bytes->view(), options.limits);
    if (!parsed) return forward(parsed, file.string());
    return parsed;
  }();
  if (!model || !options.external_data) return model;
  ExternalFiles files(file, options.limits);
  auto read = for_each_tensor(*model, [&](Tensor& tensor) { return files.read(tensor); });
  if (!read) return forward(read, file.string());
  return model;
}

Status store(const Model& model, const fs::path& file, const StoreOptions& options) {
  constexpr uint64_t kRoomForTheRest = uint64_t{64} << 20;
  files::RealDisk disk;
  Model copy = model;
  uint64_t from = options.external_from;
  if (from == 0 && data_size(copy) + kRoomForTheRest >= (uint64_t{1} << 31)) from = 1024;
  if (from > 0) {
    const auto done = store_outside(copy, from, file.string() + ".data");
    if (!done) return forward(done, file.string());
  }
  const auto bytes = onnx::print(copy);
  if (!bytes) return forward(bytes, file.string());
  return disk.write(file, as_bytes(*bytes));
}

}  // namespace oree::graph
