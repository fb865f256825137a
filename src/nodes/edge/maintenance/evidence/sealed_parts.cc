#include "nodes/edge/maintenance/evidence/sealed_parts.h"

#include <algorithm>

#include "base/text.h"
#include "platform/files/files.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kModel = "model/";

bool stays_inside(const fs::path& path) {
  return path.is_relative() && path.has_filename() &&
         std::ranges::none_of(path, [](const fs::path& one) { return one == ".." || one == "."; });
}

}  // namespace

Unpacked::Unpacked(const SealedParts& parts) {
  auto made = files::PrivateFolder::create();
  if (!made) {
    written_ = forward(made, "the model's files");
    return;
  }
  folder_.emplace(*std::move(made));
  for (const auto& [name, bytes] : parts) {
    if (written_ && name.starts_with(kModel)) written_ = write(name, bytes);
  }
}

Status Unpacked::write(const std::string& name, const ByteBuffer& bytes) {
  const fs::path inside = name.substr(kModel.size());
  if (!stays_inside(inside)) return fail(ErrorKind::corrupt, cat("the part '", name, "' is no file's name"));
  files::RealDisk disk;
  const fs::path file = folder_->path() / inside;
  if (auto made = disk.make_folder(file.parent_path()); !made) return made;
  return disk.write_unsynced(file, bytes);
}

Result<fs::path> Unpacked::folder() const {
  if (!written_) return forward(written_);
  return folder_->path();
}

}  // namespace oree::edge
