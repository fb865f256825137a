// Text before the first NUL byte is a model.yaml; the bytes after it are the shapes of a graph. Whatever
// comes, there is a manifest that holds together or a sentence.
#include <cstdint>
#include <cstdlib>

#include "core/package/manifest.h"

namespace {

using namespace oree;

class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}
  uint8_t next() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

 private:
  std::string_view rest_;
};

int64_t dimension(Bytes& bytes) {
  constexpr int64_t kUsual[] = {-1,  0,   1,   3,    4,    6,     80,        84,       85,
                                224, 416, 640, 3549, 8400, 25200, INT64_MAX, INT64_MIN};
  const uint8_t choice = bytes.next();
  return choice < std::size(kUsual) ? kUsual[choice] : choice;
}

std::vector<tensor::TensorSpec> specs(Bytes& bytes) {
  std::vector<tensor::TensorSpec> out(bytes.next() % 6);
  for (auto& spec : out) {
    spec.name = std::string(1, static_cast<char>('a' + bytes.next() % 26));
    spec.dtype = bytes.next() % 4 == 0 ? tensor::DType::u8 : tensor::DType::f32;
    spec.shape.resize(bytes.next() % 6);
    for (auto& size : spec.shape) size = dimension(bytes);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(all.find('\0'), all.size());
  auto manifest = package::parse_manifest(all.substr(0, end), "models/fuzz/1");
  if (!manifest) {
    if (!manifest.error().what.starts_with("models/fuzz/1/model.yaml:")) std::abort();
    return 0;
  }
  Bytes bytes(all.substr(std::min(end + 1, all.size())));
  const auto inputs = specs(bytes);
  const auto outputs = specs(bytes);
  const auto whole = package::complete(*manifest, inputs, outputs);
  if (!whole) {
    if (!whole.error().what.starts_with("models/fuzz/1/model.yaml: ")) std::abort();
    return 0;
  }
  const bool sound = whole->input.width > 0 && whole->input.height > 0 && !whole->labels.empty() &&
                     whole->decode != package::Decode::automatic;
  if (!sound) std::abort();
  return 0;
}
