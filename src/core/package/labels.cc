#include "core/package/labels.h"

#include <algorithm>

#include "base/text.h"
#include "core/package/names.h"
#include "platform/config/node.h"

namespace oree::package {
namespace fs = std::filesystem;
namespace {

bool lies_inside(const fs::path& folder, const fs::path& file) {
  std::error_code code;
  const fs::path real_folder = fs::canonical(folder, code);
  if (code) return false;
  const fs::path real_file = fs::canonical(file, code);
  if (code) return false;
  const auto [in_folder, in_file] = std::ranges::mismatch(real_folder, real_file);
  return in_folder == real_folder.end();
}

}  // namespace

std::optional<std::string> path_fault(std::string_view path) {
  const fs::path parts(path);
  const bool plain = !path.empty() && parts.is_relative() && parts.has_filename() &&
                     path.find('\\') == std::string_view::npos && path.size() <= 255;
  if (plain &&
      std::ranges::none_of(parts, [](const fs::path& part) { return part == ".." || part == "."; })) {
    return std::nullopt;
  }
  return cat("must be a file inside the package folder, without '..', got '", path.substr(0, 60), "'");
}

std::optional<std::string> label_fault(std::string_view label) {
  if (trim(label).empty()) return "holds an empty label";
  if (label.size() > 256) return cat("holds a label of ", label.size(), " bytes; the limit is 256");
  const bool clean = std::ranges::none_of(label, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return clean ? std::nullopt : std::optional<std::string>("holds a label with a control character");
}

Result<std::vector<std::string>> load_labels(const fs::path& folder, const std::string& file) {
  const fs::path path = folder / file;
  auto text = config::load_text(path.string());
  if (!text) return forward(text);
  if (!lies_inside(folder, path)) {
    return fail(ErrorKind::invalid, cat(path.string(), " leads out of the package folder"));
  }
  std::vector<std::string_view> lines = split(*text, '\n');
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  if (lines.empty()) return fail(ErrorKind::invalid, cat(path.string(), " holds no label"));
  if (lines.size() > kMaxLabels) {
    return fail(ErrorKind::invalid,
                cat(path.string(), " holds ", lines.size(), " labels; the limit is ", kMaxLabels));
  }
  std::vector<std::string> labels;
  for (const auto& line : lines) {
    const std::string_view label = trim(line);
    if (const auto fault = label_fault(label)) {
      return fail(ErrorKind::invalid, cat(path.string(), ":", labels.size() + 1, ":1: ", *fault));
    }
    labels.emplace_back(label);
  }
  return labels;
}

}  // namespace oree::package
