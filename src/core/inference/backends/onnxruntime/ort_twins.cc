#include "core/inference/backends/onnxruntime/ort_twins.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "platform/files/private_folder.h"
#include "platform/onnx/codec.h"

namespace oree::inference::ort {

namespace {

namespace fs = std::filesystem;

constexpr const char* kWeights = "weights";
constexpr uint64_t kLargestGraph = 256 << 20;  // without its weights

Result<onnx::Model> read_graph(const fs::path& file) {
  std::error_code failed;
  if (const auto size = fs::file_size(file, failed); failed || size > kLargestGraph)
    return fail(ErrorKind::unsupported, cat(file.string(), ": not written, or too large"));
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return onnx::parse(as_bytes(bytes));
}

// Their numbers for element types are the file format's.
bool is_aligned(const onnx::Tensor& tensor, const std::byte* data) {
  const auto dtype = dtype_of(static_cast<int>(tensor.type));
  return dtype && *dtype != tensor::DType::text &&
         reinterpret_cast<uintptr_t>(data) % tensor::facts(*dtype).bytes == 0;
}

// Optimises, and writes down what came of it.
Status write_optimised(const Runtime& runtime, const fs::path& from, const LoadOptions& options,
                       const fs::path& to) {
  LoadOptions writing = options;
  writing.threads = 1;
  writing.settings["session.optimized_model_external_initializers_file_name"] = kWeights;
  writing.settings["session.optimized_model_external_initializers_min_size_in_bytes"] = "1024";
  Result<Owned<OrtSessionOptions>> settings = session_options(runtime, writing);
  if (!settings) return forward(settings);
  const Status named = runtime.check(runtime.api()(kSetOptimizedModelFilePath, settings->get(), to.c_str()));
  if (!named) return named;
  OrtSession* session = nullptr;
  const Status created =
      runtime.check(runtime.api()(kCreateSession, runtime.env(), from.c_str(), settings->get(), &session));
  const Owned<OrtSession> owned = runtime.own(session);
  return created;
}

}  // namespace

SharedWeights::SharedWeights(std::shared_ptr<const Runtime> runtime)
    : runtime_(std::move(runtime)), packed_(runtime_->own<OrtPrepackedWeightsContainer>(nullptr)) {}

SharedWeights::~SharedWeights() {
  values_.clear();
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

// A network without large weights has no such file.
Status SharedWeights::map(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  struct stat facts{};
  void* memory = MAP_FAILED;
  if (::fstat(descriptor, &facts) == 0 && facts.st_size > 0) {
    // Writable for us alone: what reads weights through the runtime's interface asks for memory that is.
    memory = ::mmap(nullptr, static_cast<size_t>(facts.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE,
                    descriptor, 0);
  }
  ::close(descriptor);
  if (memory == MAP_FAILED) return facts.st_size == 0 ? Status{} : fail(ErrorKind::unavailable, "mmap");
  bytes_ = {static_cast<const std::byte*>(memory), static_cast<size_t>(facts.st_size)};
  return {};
}

Result<std::unique_ptr<SharedWeights>> SharedWeights::create(std::shared_ptr<const Runtime> runtime,
                                                             const fs::path& network, const fs::path& file) {
  const Result<onnx::Model> graph = read_graph(network);
  if (!graph) return forward(graph);
  std::unique_ptr<SharedWeights> weights(new SharedWeights(std::move(runtime)));
  if (Status mapped = weights->map(file); !mapped) return forward(mapped, file.string());
  const Runtime& ort = *weights->runtime_;
  for (const onnx::Tensor& tensor : graph->graph.initializers) {
    const onnx::ExternalData& place = tensor.external;
    if (place.location != kWeights || place.length < 0) continue;
    if (place.offset > weights->bytes_.size() ||
        static_cast<uint64_t>(place.length) > weights->bytes_.size() - place.offset) {
      return fail(ErrorKind::bug, cat(tensor.name, " lies outside of the weights"));
    }
    auto* data = const_cast<std::byte*>(weights->bytes_.data() + place.offset);
    if (!is_aligned(tensor, data)) continue;  // each session reads its own
    OrtValue* value = nullptr;
    const Status made =
        ort.check(ort.api()(kCreateTensorWithDataAsOrtValue, ort.cpu_memory(), static_cast<void*>(data),
                            static_cast<size_t>(place.length), tensor.dims.data(), tensor.dims.size(),
                            static_cast<int>(tensor.type), &value));
    if (!made) return forward(made, tensor.name);
    weights->values_.emplace_back(tensor.name, ort.own(value));
  }
  OrtPrepackedWeightsContainer* packed = nullptr;
  if (Status made = ort.check(ort.api()(kCreatePrepackedWeightsContainer, &packed)); !made)
    return forward(made);
  weights->packed_ = ort.own(packed);
  return weights;
}

Result<Owned<OrtSession>> SharedWeights::open(const fs::path& network, const LoadOptions& options) {
  LoadOptions as_written = options;
  as_written.fuse = false;
  // One arena for what all twins compute with: two of one network seldom run at once.
  as_written.settings["session.use_env_allocators"] = "1";
  Result<Owned<OrtSessionOptions>> settings = session_options(*runtime_, as_written);
  if (!settings) return forward(settings);
  const Api& api = runtime_->api();
  for (const auto& [name, value] : values_) {
    const Status given = runtime_->check(
        api(kAddInitializer, settings->get(), name.c_str(), static_cast<const OrtValue*>(value.get())));
    if (!given) return forward(given, name);
  }
  OrtSession* session = nullptr;
  const Status created = runtime_->check(api(kCreateSessionWithPrepackedWeightsContainer, runtime_->env(),
                                             network.c_str(), settings->get(), packed_.get(), &session));
  if (!created) return forward(created);
  return runtime_->own(session);
}

void SharedWeights::settle() const {
  if (!bytes_.empty()) ::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

Result<Twins> open_twins(const std::shared_ptr<const Runtime>& runtime, const fs::path& file,
                         const LoadOptions& options) {
  const Result<files::PrivateFolder> scratch = files::PrivateFolder::create();
  if (!scratch) return forward(scratch);
  const fs::path network = scratch->path() / "network.onnx";
  if (Status written = write_optimised(*runtime, file, options, network); !written)
    return forward(written, file.string());
  auto made = SharedWeights::create(runtime, network, scratch->path() / kWeights);
  if (!made) return forward(made, file.string());
  std::shared_ptr<SharedWeights> weights = *std::move(made);
  const auto open = [&](int threads) -> Result<std::shared_ptr<OrtSession>> {
    LoadOptions chosen = options;
    chosen.threads = threads;
    Result<Owned<OrtSession>> session = weights->open(network, chosen);
    if (!session) return forward(session, file.string());
    return std::shared_ptr<OrtSession>(std::move(*session));
  };
  auto single = open(1);
  if (!single) return forward(single);
  auto wide = open(options.threads);
  if (!wide) return forward(wide);
  weights->settle();
  return Twins{std::move(weights), *std::move(single), *std::move(wide)};
}

}  // namespace oree::inference::ort
