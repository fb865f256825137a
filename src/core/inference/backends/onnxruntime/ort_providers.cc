#include "core/inference/backends/onnxruntime/ort_providers.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/ort_providers_api.h"

namespace oree::inference::ort {

namespace {

// Names and values as two lists of C strings, which is how every provider takes them.
struct Pairs {
  std::vector<const char*> names, values;
  explicit Pairs(const Accelerator& accelerator) {
    for (const auto& [name, value] : accelerator.options) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
  }
};

bool same_letters(std::string_view left, std::string_view right) {
  return std::ranges::equal(
      left, right, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// "cuda" is CUDAExecutionProvider.
bool names(std::string_view accelerator, std::string_view provider) {
  constexpr std::string_view kEnding = "ExecutionProvider";
  if (!provider.ends_with(kEnding)) return false;
  return same_letters(accelerator, provider.substr(0, provider.size() - kEnding.size()));
}

// CUDA and TensorRT have slots of their own, the same four for each.
template <class Options>
Status append(const Runtime& runtime, OrtSessionOptions& options, const Accelerator& accelerator,
              Slot<OrtStatus*(Options**)> create,
              Slot<OrtStatus*(Options*, const char* const*, const char* const*, size_t)> update,
              Slot<OrtStatus*(OrtSessionOptions*, const Options*)> add) {
  const Api& api = runtime.api();
  Options* raw = nullptr;
  if (Status made = runtime.check(api(create, &raw)); !made) return made;
  const Owned<Options> owned = runtime.own(raw);
  const Pairs pairs(accelerator);
  const Status set =
      runtime.check(api(update, raw, pairs.names.data(), pairs.values.data(), pairs.names.size()));
  if (!set) return set;
  return runtime.check(api(add, &options, static_cast<const Options*>(raw)));
}

Status append(const Runtime& runtime, OrtSessionOptions& options, const Accelerator& accelerator) {
  if (accelerator.name == "cuda") {
    return append<OrtCUDAProviderOptionsV2>(runtime, options, accelerator, kCreateCUDAProviderOptions,
                                            kUpdateCUDAProviderOptions,
                                            kSessionOptionsAppendExecutionProvider_CUDA_V2);
  }
  if (accelerator.name == "tensorrt") {
    return append<OrtTensorRTProviderOptionsV2>(runtime, options, accelerator, kCreateTensorRTProviderOptions,
                                                kUpdateTensorRTProviderOptions,
                                                kSessionOptionsAppendExecutionProvider_TensorRT_V2);
  }
  std::string name = accelerator.name;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  const Pairs pairs(accelerator);
  return runtime.check(runtime.api()(kSessionOptionsAppendExecutionProvider, &options, name.c_str(),
                                     pairs.names.data(), pairs.values.data(), pairs.names.size()));
}

}  // namespace

std::vector<std::string> providers_of(const Runtime& runtime) {
  char** names = nullptr;
  int count = 0;
  if (!runtime.check(runtime.api()(kGetAvailableProviders, &names, &count))) return {};
  std::vector<std::string> out(names, names + count);
  // What it may fail with is of no use: the names are copied.
  const Status ignored = runtime.check(runtime.api()(kReleaseAvailableProviders, names, count));
  static_cast<void>(ignored);
  return out;
}

Status add_accelerators(const Runtime& runtime, OrtSessionOptions& options,
                        std::span<const Accelerator> accelerators) {
  if (accelerators.empty()) return {};
  const std::vector<std::string> there = providers_of(runtime);
  for (const Accelerator& accelerator : accelerators) {
    const bool known = std::ranges::any_of(there, [&](const auto& p) { return names(accelerator.name, p); });
    if (!known) {
      std::string list;
      for (const std::string& provider : there) list += cat(list.empty() ? "" : ", ", provider);
      return fail(
          ErrorKind::unavailable,
          cat("ONNX Runtime ", runtime.version(), " here has no '", accelerator.name, "', only ", list,
              "; for cuda and tensorrt name the folder of onnxruntime-gpu's libraries in "
              "OREE_ONNXRUNTIME"));
    }
    if (Status added = append(runtime, options, accelerator); !added) {
      return fail(ErrorKind::unavailable,
                  cat("'", accelerator.name, "' did not start: ", added.error().what));
    }
  }
  return {};
}

}  // namespace oree::inference::ort
