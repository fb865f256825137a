// The slots of ONNX Runtime's table (ort_api.h) that make it run on something faster than the processor.
#pragma once

#include "core/inference/backends/onnxruntime/ort_api.h"

namespace oree::inference::ort {

struct OrtCUDAProviderOptionsV2;
struct OrtTensorRTProviderOptionsV2;

inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const OrtTensorRTProviderOptionsV2*)>
    kSessionOptionsAppendExecutionProvider_TensorRT_V2{170};
inline constexpr Slot<OrtStatus*(OrtTensorRTProviderOptionsV2**)> kCreateTensorRTProviderOptions{171};
inline constexpr Slot<OrtStatus*(OrtTensorRTProviderOptionsV2*, const char* const*, const char* const*,
                                 size_t)>
    kUpdateTensorRTProviderOptions{172};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const OrtCUDAProviderOptionsV2*)>
    kSessionOptionsAppendExecutionProvider_CUDA_V2{204};
inline constexpr Slot<OrtStatus*(OrtCUDAProviderOptionsV2**)> kCreateCUDAProviderOptions{205};
inline constexpr Slot<OrtStatus*(OrtCUDAProviderOptionsV2*, const char* const*, const char* const*, size_t)>
    kUpdateCUDAProviderOptions{206};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const char*, const char* const*, const char* const*,
                                 size_t)>
    kSessionOptionsAppendExecutionProvider{216};

// clang-format off
template <> struct ReleaseSlot<OrtTensorRTProviderOptionsV2> { static constexpr Slot<void(OrtTensorRTProviderOptionsV2*)> kRelease{174}; };
template <> struct ReleaseSlot<OrtCUDAProviderOptionsV2> { static constexpr Slot<void(OrtCUDAProviderOptionsV2*)> kRelease{208}; };
// clang-format on

}  // namespace oree::inference::ort
