// The words that enums have in config.pbtxt, as tables; the place of a word is its value. Private to this
// room.
#pragma once

#include <array>
#include <string_view>

#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

template <class E>
inline constexpr std::array<std::string_view, 0> kWords{};

template <>
inline constexpr std::array kWords<Format>{std::string_view("FORMAT_NONE"), std::string_view("FORMAT_NHWC"),
                                           std::string_view("FORMAT_NCHW")};
template <>
inline constexpr std::array kWords<BatchInputKind>{
    std::string_view("BATCH_ELEMENT_COUNT"),
    std::string_view("BATCH_ACCUMULATED_ELEMENT_COUNT"),
    std::string_view("BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO"),
    std::string_view("BATCH_MAX_ELEMENT_COUNT_AS_SHAPE"),
    std::string_view("BATCH_ITEM_SHAPE"),
    std::string_view("BATCH_ITEM_SHAPE_FLATTEN")};
template <>
inline constexpr std::array kWords<BatchOutputKind>{std::string_view("BATCH_SCATTER_WITH_INPUT_SHAPE")};
template <>
inline constexpr std::array kWords<ModelPriority>{
    std::string_view("PRIORITY_DEFAULT"), std::string_view("PRIORITY_MAX"), std::string_view("PRIORITY_MIN")};
template <>
inline constexpr std::array kWords<InstanceKind>{std::string_view("KIND_AUTO"), std::string_view("KIND_GPU"),
                                                 std::string_view("KIND_CPU"),
                                                 std::string_view("KIND_MODEL")};
template <>
inline constexpr std::array kWords<SecondaryKind>{std::string_view("KIND_NVDLA")};
template <>
inline constexpr std::array kWords<TimeoutAction>{std::string_view("REJECT"), std::string_view("DELAY")};
template <>
inline constexpr std::array kWords<ControlKind>{
    std::string_view("CONTROL_SEQUENCE_START"), std::string_view("CONTROL_SEQUENCE_READY"),
    std::string_view("CONTROL_SEQUENCE_END"), std::string_view("CONTROL_SEQUENCE_CORRID")};

}  // namespace oree::modelconfig
