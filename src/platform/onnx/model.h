// What an ONNX file holds, as plain values: no protobuf type, no pointer into a file's bytes. Copying a model
// copies its structure and shares the bytes of its tensors, which never change once made.
//
// Names connect things: an output of one node is the input of the nodes that name it; "" as an input or
// output means that an optional one is left out. Values are not thread-safe; const ones may be read from
// anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "platform/onnx/tensor.h"
#include "platform/onnx/types.h"

namespace oree::onnx {

struct Dim {
  int64_t size = -1;   // -1: not known before a run
  std::string symbol;  // "batch"; dims with the same symbol are equal in a run

  bool known() const { return size >= 0; }
  bool operator==(const Dim&) const = default;
};

enum class TypeKind { unknown, tensor, sparse_tensor, sequence, map, optional, opaque };

struct Type {
  TypeKind kind = TypeKind::unknown;
  DataType element = DataType::undefined;  // of tensors; of a map: its key
  bool has_shape = false;                  // false: not even the rank is known
  std::vector<Dim> dims;
  std::vector<Type> inner;  // one, of sequence, map (the value) and optional
  std::string rest;         // of opaque

  bool operator==(const Type&) const = default;
};

// `rest`, here and below: fields of the file that this house does not read (documentation, annotations, what
// a newer schema adds), in the file's own encoding; they are written back as they came.
struct Value {
  std::string name;
  Type type;
  std::string rest;
};

struct Graph;
enum class AttributeKind : int32_t {  // numbers as in the schema
  undefined = 0,
  f = 1,
  i = 2,
  s = 3,
  tensor = 4,
  graph = 5,
  floats = 6,
  ints = 7,
  strings = 8,
  tensors = 9,
  graphs = 10,
  sparse_tensor = 11,
  sparse_tensors = 12,
  type = 13,
  types = 14,
};

struct Attribute {
  std::string name;
  AttributeKind kind = AttributeKind::undefined;  // says which of the following is meant
  std::string reference;                          // in functions: the name of the caller's attribute
  float f = 0;
  int64_t i = 0;
  std::string s;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string> strings;
  std::vector<Tensor> tensors;  // [0] for `tensor`; so it is with the next three
  std::vector<Graph> graphs;
  std::vector<SparseTensor> sparse;
  std::vector<Type> types;
  std::string rest;
};

struct Node {
  std::string name, op, domain, overload;  // domain "" is ai.onnx
  std::vector<std::string> inputs, outputs;
  std::vector<Attribute> attributes;
  std::string rest;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;  // each after those that it reads from
  std::vector<Tensor> initializers;
  std::vector<std::pair<std::string, SparseTensor>> sparse_initializers;
  std::vector<Value> inputs, outputs, values;  // values: types of what lies between
  std::string rest;
};

struct Opset {
  std::string domain;  // "" is ai.onnx
  int64_t version = 0;
  bool operator==(const Opset&) const = default;
};

struct Function {
  std::string name, domain, overload;
  std::vector<std::string> inputs, outputs, attributes;
  std::vector<Attribute> defaults;  // of attributes that have one
  std::vector<Node> nodes;
  std::vector<Opset> opsets;
  std::vector<Value> values;
  std::string rest;
};

struct Model {
  int64_t ir_version = 8;
  std::string producer, producer_version, domain;
  int64_t version = 0;
  std::vector<Opset> opsets;
  Graph graph;
  std::vector<Function> functions;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::string rest;
};

}  // namespace oree::onnx
