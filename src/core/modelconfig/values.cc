#include "core/modelconfig/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "base/text.h"
#include "core/modelconfig/names.h"

namespace oree::modelconfig {

namespace {

std::unexpected<Error> must_be(std::string_view wanted, const Node& node) {
  const std::string found = node.kind == Node::Kind::message ? "a message"
                            : node.kind == Node::Kind::text  ? cat("\"", node.text, "\"")
                                                             : node.text;
  return fail(ErrorKind::invalid, cat("must be ", wanted, ", got ", found));
}

// Decimal, 0x… or 0…, without a sign.
std::optional<uint64_t> magnitude(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  } else if (text.size() > 1 && text.starts_with("0")) {
    base = 8;
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> as_strings(std::span<const std::string_view> words) {
  return {words.begin(), words.end()};
}

constexpr std::string_view kTypeNames[] = {"TYPE_INVALID", "TYPE_BOOL",   "TYPE_UINT8", "TYPE_UINT16",
                                           "TYPE_UINT32",  "TYPE_UINT64", "TYPE_INT8",  "TYPE_INT16",
                                           "TYPE_INT32",   "TYPE_INT64",  "TYPE_FP16",  "TYPE_FP32",
                                           "TYPE_FP64",    "TYPE_STRING", "TYPE_BF16"};

}  // namespace

Status read_bool(const Node& node, bool& out) {
  if (node.kind == Node::Kind::word) {
    const std::string& word = node.text;
    out = word == "true" || word == "True" || word == "t" || word == "1";
    if (out || word == "false" || word == "False" || word == "f" || word == "0") return {};
  }
  return must_be("true or false", node);
}

Status read_string(const Node& node, Origin origin, std::string& out) {
  if (node.kind != Node::Kind::text) {
    // A word without quotes is the usual slip.
    if (node.kind == Node::Kind::word && origin == Origin::text) {
      return fail(ErrorKind::invalid, cat("must be a string; write \"", node.text, "\""));
    }
    return must_be("a string", node);
  }
  out = node.text;
  return {};
}

Status read_real(const Node& node, double& out) {
  std::string_view text = node.text;
  const bool negative = text.starts_with("-");
  if (negative) text.remove_prefix(1);
  const std::string word = lower(text);
  if (node.kind == Node::Kind::word && (word == "inf" || word == "infinity" || word == "nan")) {
    return must_be("a finite number", node);
  }
  if (text.size() > 1 && (text.ends_with("f") || text.ends_with("F"))) text.remove_suffix(1);
  const std::optional<double> value = parse_number<double>(text);
  if (node.kind != Node::Kind::word || !value || !std::isfinite(*value)) return must_be("a number", node);
  out = negative ? -*value : *value;
  return {};
}

Status read_integer(const Node& node, Origin origin, int64_t lowest, uint64_t highest, uint64_t& bits) {
  std::string_view text = node.text;
  const bool negative = text.starts_with("-");
  if (negative) text.remove_prefix(1);
  const bool may_be =
      node.kind == Node::Kind::word || (node.kind == Node::Kind::text && origin == Origin::json);
  const std::optional<uint64_t> size = may_be ? magnitude(text) : std::nullopt;
  if (!size) return must_be("an integer", node);
  if (negative ? *size > ~static_cast<uint64_t>(lowest) + 1 : *size > highest) {
    return fail(ErrorKind::invalid, cat("must be between ", lowest, " and ", highest, ", got ", node.text));
  }
  bits = negative ? ~*size + 1 : *size;
  return {};
}

Status read_word(const Node& node, std::span<const std::string_view> words, size_t& out) {
  if (node.kind == Node::Kind::message || node.kind == Node::Kind::nothing) return must_be("a word", node);
  const auto at = std::ranges::find(words, node.text);
  if (at != words.end()) {
    out = static_cast<size_t>(at - words.begin());
    return {};
  }
  if (const auto number = parse_number<size_t>(node.text); number && *number < words.size()) {
    out = *number;
    return {};
  }
  const std::vector<std::string> all = as_strings(words);
  return fail(ErrorKind::invalid,
              cat("'", node.text, "' is none of ", join(all, ", "), did_you_mean(node.text, all)));
}

Status read_type(const Node& node, DataType& out) {
  size_t at = 0;
  if (Status read = read_word(node, kTypeNames, at); !read) return read;
  out = parse_type(kTypeNames[at]);
  return {};
}

}  // namespace oree::modelconfig
