#include "core/modelconfig/repository/inline_model.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "base/text.h"

namespace oree::modelconfig {

namespace fs = std::filesystem;

Status check_inline_path(std::string_view path) {
  const Path parts(path);
  const bool plain =
      !path.empty() && path.size() <= 255 && parts.is_relative() && parts.has_filename() &&
      path.find('\\') == std::string_view::npos && path.find('\0') == std::string_view::npos &&
      std::ranges::none_of(parts, [](const Path& part) { return part == ".." || part == "."; });
  if (plain && std::ranges::distance(parts) <= 8) return {};
  return fail(ErrorKind::invalid,
              cat("file path '", path.substr(0, 80), "' must not contain path traversal characters"));
}

Status write_inline(const files::PrivateFolder& folder, std::string_view name,
                    const std::map<std::string, std::string>& files) {
  if (Status good = check_model_name(name); !good) return good;
  for (const auto& [path, bytes] : files) {
    if (Status good = check_inline_path(path); !good) return good;
    const Path file = folder.path() / std::string(name) / path;
    std::error_code code;
    fs::create_directories(file.parent_path(), code);
    if (code) return fail(ErrorKind::unavailable, cat(file.parent_path().string(), ": ", code.message()));
    std::ofstream out(file, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) return fail(ErrorKind::full, cat(file.string(), ": cannot be written"));
  }
  return {};
}

}  // namespace oree::modelconfig
