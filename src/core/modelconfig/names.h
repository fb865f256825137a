// The words of config.pbtxt's data types: TYPE_FP32 and so on. Pure.
#pragma once

#include <string_view>

#include "core/modelconfig/ports.h"

namespace oree::modelconfig {

std::string_view type_name(DataType type);   // "TYPE_FP32"; "TYPE_INVALID" for none, "TYPE_STRING" for text
DataType parse_type(std::string_view word);  // none for a word that is no type

}  // namespace oree::modelconfig
