// The part of OpenVINO's C interface that we call (libopenvino_c.so, 2024 and newer), declared here so that a
// build needs none of its headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "core/inference/plugin/library.h"
#include "platform/tensor/tensor.h"

namespace oree::inference::openvino {

struct Core;
struct Graph;     // ov_model_t
struct Compiled;  // ov_compiled_model_t
struct Request;   // ov_infer_request_t
struct Tensor;
struct Port;  // ov_output_const_port_t

struct Shape {
  int64_t rank;
  int64_t* sides;
};
struct Bounds {
  int64_t least, most;  // most -1: open
};
struct PartialShape {
  Bounds rank;
  Bounds* sides;
};
struct Version {
  const char* build;
  const char* description;
};

// Statuses: 0 is success. Strings are given back with `free_text`.
struct Api {
  const char* (*error_text)(int);
  const char* (*last_error)();
  void (*free_text)(const char*);
  int (*version)(Version*);
  void (*free_version)(Version*);
  int (*create_core)(Core**);
  void (*free_core)(Core*);
  int (*read)(const Core*, const char* file, const char* weights, Graph**);
  int (*read_bytes)(const Core*, const char* bytes, size_t size, const Tensor* weights, Graph**);
  void (*free_graph)(Graph*);
  int (*count_inputs)(const Graph*, size_t*);
  int (*count_outputs)(const Graph*, size_t*);
  int (*input)(const Graph*, size_t, Port**);
  int (*output)(const Graph*, size_t, Port**);
  int (*reshape)(const Graph*, const size_t* inputs, const PartialShape*, size_t);
  void (*free_port)(Port*);
  int (*port_name)(const Port*, char**);
  int (*port_shape)(const Port*, PartialShape*);
  int (*port_type)(const Port*, int*);
  void (*free_partial_shape)(PartialShape*);
  int (*compile)(const Core*, const Graph*, const char* device, size_t properties, Compiled**, ...);
  void (*free_compiled)(Compiled*);
  int (*create_request)(const Compiled*, Request**);
  void (*free_request)(Request*);
  int (*set_input)(Request*, size_t, const Tensor*);
  int (*get_output)(const Request*, size_t, Tensor**);
  int (*infer)(Request*);
  int (*tensor_over)(int type, Shape, void*, Tensor**);
  int (*tensor_shape)(const Tensor*, Shape*);
  int (*tensor_type)(const Tensor*, int*);
  int (*tensor_data)(const Tensor*, void**);
  void (*free_tensor)(Tensor*);
  int (*free_shape)(Shape*);
};

// `unsupported` naming the functions that the library lacks.
Result<Api> bind(Library& library);

// The library with its one core, shared by the models made from it. Thread-safe.
class Runtime {
 public:
  static Result<std::shared_ptr<const Runtime>> open(Library library);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const Api& api() const { return api_; }
  const Core* core() const { return core_; }
  const std::string& version() const { return version_; }
  // What a call returned as ours, with the library's own words.
  Status check(int status) const;

 private:
  explicit Runtime(const Api& api) : api_(api) {}
  Api api_;
  Core* core_ = nullptr;
  std::string version_;
};

// Their element type numbers ↔ our datatypes. nullopt and 0: not carried.
std::optional<tensor::DType> dtype_of(int type);
int type_of(tensor::DType dtype);

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

}  // namespace oree::inference::openvino
