// How the text of a node becomes a value of type T, and what people are told when it does not. Private to
// this room.
#pragma once

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "platform/config/node.h"

namespace oree::config {

// kWanted is what read() expects, for people; it gives nothing when that is not what the node holds.
template <class T>
struct Kind;

template <>
struct Kind<std::string> {
  static constexpr std::string_view kWanted = "text";
  static std::optional<std::string> read(const Node& node) {
    if (node.kind() != Node::Kind::scalar) return std::nullopt;
    return node.scalar();
  }
};

template <>
struct Kind<bool> {
  static constexpr std::string_view kWanted = "true or false";
  static std::optional<bool> read(const Node& node) {
    if (node.kind() != Node::Kind::scalar || node.quoted()) return std::nullopt;
    if (node.scalar() == "true") return true;
    if (node.scalar() == "false") return false;
    return std::nullopt;
  }
};

template <class T>
std::optional<T> read_number(const Node& node) {
  if (node.kind() != Node::Kind::scalar || node.quoted()) return std::nullopt;
  const auto number = parse_number<T>(node.scalar());
  if constexpr (std::floating_point<T>) {
    if (number && !std::isfinite(*number)) return std::nullopt;
  }
  return number;
}

template <std::integral T>
  requires(!std::same_as<T, bool>)
struct Kind<T> {
  static constexpr std::string_view kWanted = "a whole number";
  static std::optional<T> read(const Node& node) { return read_number<T>(node); }
};

template <std::floating_point T>
struct Kind<T> {
  static constexpr std::string_view kWanted = "a number";
  static std::optional<T> read(const Node& node) { return read_number<T>(node); }
};

template <class T>
struct Kind<std::vector<T>> {
  static constexpr std::string_view kWanted = std::same_as<T, std::string> ? "a list of texts"
                                              : std::integral<T>           ? "a list of whole numbers"
                                                                           : "a list of numbers";
  static std::optional<std::vector<T>> read(const Node& node) {
    if (node.kind() != Node::Kind::list) return std::nullopt;
    std::vector<T> out;
    for (const auto& item : node.items()) {
      auto value = Kind<T>::read(item);
      if (!value) return std::nullopt;
      out.push_back(*std::move(value));
    }
    return out;
  }
};

// The node that is to blame: the item of a list, or the node itself.
template <class T>
const Node& culprit(const Node& node) {
  return node;
}
template <class T>
  requires requires { typename T::allocator_type; } && (!std::same_as<T, std::string>)
const Node& culprit(const Node& node) {
  for (const auto& item : node.items()) {
    if (!Kind<typename T::value_type>::read(item)) return item;
  }
  return node;
}

}  // namespace oree::config
