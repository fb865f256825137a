#include "core/package/names.h"

#include <algorithm>

namespace oree::package {

const DecodeFacts& facts(Decode decode) {
  for (const auto& row : kDecodes) {
    if (row.decode == decode) return row;
  }
  return kDecodes.front();
}

std::string_view task_name(Task task) {
  constexpr std::array<std::string_view, kTasks.size()> kNames{"classification", "detection", "segmentation"};
  return kNames[static_cast<size_t>(task)];
}

std::string_view decode_name(Decode decode) {
  return facts(decode).name;
}

bool is_model_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::ranges::all_of(text, plain);
}

// Nine digits fit every integer type they may meet.
bool is_version(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 9 && text.front() != '0' && std::ranges::all_of(text, digit);
}

}  // namespace oree::package
