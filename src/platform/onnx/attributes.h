// The attributes of a node: read with a value for when they are not there, made and replaced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/onnx/model.h"

namespace oree::onnx {

// ------------------------------------------------------------------------------------------------ Of a node,
// by name; nullptr when it is not there.
const Attribute* find_attribute(const Node& node, std::string_view name);
int64_t int_or(const Node& node, std::string_view name, int64_t otherwise);
float float_or(const Node& node, std::string_view name, float otherwise);
std::string text_or(const Node& node, std::string_view name, std::string_view otherwise);
std::vector<int64_t> ints_or(const Node& node, std::string_view name, std::vector<int64_t> otherwise);

Attribute attribute(std::string name, int64_t value);
Attribute attribute(std::string name, float value);
Attribute attribute(std::string name, std::string value);
Attribute attribute(std::string name, std::vector<int64_t> values);
Attribute attribute(std::string name, std::vector<float> values);
Attribute attribute(std::string name, Tensor value);
void set_attribute(Node& node, Attribute attribute);  // replaces one of the same name
void remove_attribute(Node& node, std::string_view name);

}  // namespace oree::onnx
