#include "core/tuf/store.h"

namespace oree::tuf {

Result<ByteBuffer> FolderStore::read(std::string_view name, uint64_t max_bytes) {
  return disk_.read(folder_ / name, max_bytes);
}

Status FolderStore::write(std::string_view name, ByteView bytes) {
  const auto path = folder_ / name;
  if (auto made = disk_.make_folder(path.parent_path()); !made) return made;
  return disk_.write(path, bytes);
}

Status FolderStore::remove(std::string_view name) {
  auto removed = disk_.remove(folder_ / name);
  if (!removed && removed.error().kind == ErrorKind::not_found) return {};
  return removed;
}

}  // namespace oree::tuf
