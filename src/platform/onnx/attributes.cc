#include "platform/onnx/attributes.h"

#include <algorithm>

namespace oree::onnx {
namespace {

Attribute made(std::string name, AttributeKind kind) {
  Attribute out;
  out.name = std::move(name);
  out.kind = kind;
  return out;
}

const Attribute* find_of(const Node& node, std::string_view name, AttributeKind kind) {
  const Attribute* found = find_attribute(node, name);
  return found != nullptr && found->kind == kind ? found : nullptr;
}

}  // namespace

const Attribute* find_attribute(const Node& node, std::string_view name) {
  const auto found = std::ranges::find(node.attributes, name, &Attribute::name);
  return found == node.attributes.end() ? nullptr : &*found;
}

int64_t int_or(const Node& node, std::string_view name, int64_t otherwise) {
  const Attribute* found = find_of(node, name, AttributeKind::i);
  return found != nullptr ? found->i : otherwise;
}

float float_or(const Node& node, std::string_view name, float otherwise) {
  const Attribute* found = find_of(node, name, AttributeKind::f);
  return found != nullptr ? found->f : otherwise;
}

std::string text_or(const Node& node, std::string_view name, std::string_view otherwise) {
  const Attribute* found = find_of(node, name, AttributeKind::s);
  return found != nullptr ? found->s : std::string(otherwise);
}

std::vector<int64_t> ints_or(const Node& node, std::string_view name, std::vector<int64_t> otherwise) {
  const Attribute* found = find_of(node, name, AttributeKind::ints);
  return found != nullptr ? found->ints : std::move(otherwise);
}

Attribute attribute(std::string name, int64_t value) {
  Attribute out = made(std::move(name), AttributeKind::i);
  out.i = value;
  return out;
}

Attribute attribute(std::string name, float value) {
  Attribute out = made(std::move(name), AttributeKind::f);
  out.f = value;
  return out;
}

Attribute attribute(std::string name, std::string value) {
  Attribute out = made(std::move(name), AttributeKind::s);
  out.s = std::move(value);
  return out;
}

Attribute attribute(std::string name, std::vector<int64_t> values) {
  Attribute out = made(std::move(name), AttributeKind::ints);
  out.ints = std::move(values);
  return out;
}

Attribute attribute(std::string name, std::vector<float> values) {
  Attribute out = made(std::move(name), AttributeKind::floats);
  out.floats = std::move(values);
  return out;
}

Attribute attribute(std::string name, Tensor value) {
  Attribute out = made(std::move(name), AttributeKind::tensor);
  out.tensors.push_back(std::move(value));
  return out;
}

void remove_attribute(Node& node, std::string_view name) {
  std::erase_if(node.attributes, [&](const Attribute& one) { return one.name == name; });
}

void set_attribute(Node& node, Attribute attribute) {
  remove_attribute(node, attribute.name);
  node.attributes.push_back(std::move(attribute));
}

}  // namespace oree::onnx
