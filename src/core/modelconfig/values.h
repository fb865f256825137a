// Single values of a configuration, from the node that holds them. Errors are `invalid` without a place.
// Private to this room.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/modelconfig/ports.h"
#include "core/modelconfig/text/node.h"

namespace oree::modelconfig {

enum class Origin { text, json };

Status read_bool(const Node& node, bool& out);
Status read_string(const Node& node, Origin origin, std::string& out);
Status read_real(const Node& node, double& out);
Status read_integer(const Node& node, Origin origin, int64_t lowest, uint64_t highest, uint64_t& bits);
Status read_type(const Node& node, DataType& out);
Status read_word(const Node& node, std::span<const std::string_view> words, size_t& out);

}  // namespace oree::modelconfig
