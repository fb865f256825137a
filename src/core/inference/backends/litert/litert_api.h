// The part of LiteRT's C interface that we call (libLiteRt.so, 2.3), declared here because its package holds
// no headers. Handles are pointers to what only the library knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "core/inference/plugin/library.h"

namespace oree::inference::litert {

struct Environment;
struct NetworkHandle;  // LiteRtModel
struct Options;
struct OpaqueOptions;
struct Compiled;
struct Signature;
struct TensorHandle;
struct Buffer;

inline constexpr size_t kAlignment = 64;  // of memory that it shall use
inline constexpr size_t kMaxRank = 8;

struct Layout {
  uint32_t rank : 7;
  uint32_t has_strides : 1;
  int32_t dimensions[kMaxRank];
  uint32_t strides[kMaxRank];
};
struct RankedType {
  int32_t element;
  Layout layout;
};
static_assert(sizeof(RankedType) == 72);

struct EnvironmentOption {
  int32_t tag;
  int32_t padding = 0;
  int32_t value_type;
  int32_t value_padding = 0;
  int64_t value;
};
static_assert(sizeof(EnvironmentOption) == 24);
inline constexpr int32_t kAutoRegisterAccelerators = 24, kMinLoggerSeverity = 25;
inline constexpr int32_t kValueIsInteger = 2;
inline constexpr int32_t kProcessor = 1;  // of the set of accelerators
inline constexpr int32_t kErrorsOnly = 2;

// A status: 0 is success.
struct Api {
  int (*create_environment)(int, const EnvironmentOption*, Environment**);
  void (*destroy_environment)(Environment*);
  int (*create_model)(Environment*, const void*, size_t, NetworkHandle**);  // the bytes must stay
  void (*destroy_model)(NetworkHandle*);
  int (*create_options)(Options**);
  void (*destroy_options)(Options*);
  int (*set_accelerators)(Options*, int);
  int (*create_opaque)(const char*, void*, void (*)(void*), OpaqueOptions**);
  int (*add_opaque)(Options*, OpaqueOptions*);  // which then belongs to the options
  int (*compile)(Environment*, NetworkHandle*, Options*, Compiled**);
  void (*destroy_compiled)(Compiled*);
  int (*get_signature)(NetworkHandle*, size_t, Signature**);
  int (*count_inputs)(Signature*, size_t*);
  int (*count_outputs)(Signature*, size_t*);
  int (*input_tensor)(Signature*, size_t, TensorHandle**);
  int (*output_tensor)(Signature*, size_t, TensorHandle**);
  int (*tensor_name)(TensorHandle*, const char**);
  int (*resize_input)(Compiled*, size_t, size_t, const int*, size_t);
  int (*output_layouts)(Compiled*, size_t, size_t, Layout*, bool);
  int (*buffer_over)(const RankedType*, void*, size_t, void (*)(void*), Buffer**);
  void (*destroy_buffer)(Buffer*);
  int (*run)(Compiled*, size_t, size_t, Buffer**, size_t, Buffer**);
};

// `unsupported` naming the functions that the library lacks.
Result<Api> bind(Library& library);
// What the library's number means; `what` is what was tried.
std::unexpected<Error> failure(int status, std::string_view what);

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

}  // namespace oree::inference::litert
