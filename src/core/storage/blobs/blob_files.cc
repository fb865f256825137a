#include "core/storage/blobs/blob_files.h"

#include "base/text.h"

namespace oree::storage {
namespace {

constexpr uint64_t kMaxBlob = 1ull << 32;  // the journal's length field allows no more

}  // namespace

files::Path BlobFiles::folder_path(size_t folder) const {
  const std::byte value{static_cast<uint8_t>(folder)};
  return folder_ / to_hex({&value, 1});
}

files::Path BlobFiles::path(const Digest& digest) const {
  return folder_path(static_cast<size_t>(digest.bytes[0])) / digest.hex();
}

Status BlobFiles::store(const Digest& digest, ByteView bytes) {
  const auto folder = static_cast<size_t>(digest.bytes[0]);
  const std::lock_guard lock(writing_);
  if (!made_[folder]) {
    if (auto made = disk_.make_folder(folder_path(folder)); !made) return made;
    made_[folder] = true;
  }
  if (auto written = disk_.write_unsynced(path(digest), bytes); !written) return written;
  written_ += bytes.size();
  if (unsynced_.size() < kMostNamed) unsynced_.push_back(digest);
  return {};
}

void BlobFiles::forget_unsynced() {
  const std::lock_guard lock(writing_);
  unsynced_.clear();
}

Status BlobFiles::sync() {
  std::vector<Digest> names;
  {
    const std::lock_guard lock(writing_);
    names.swap(unsynced_);
  }
  if (names.empty()) return {};
  if (names.size() == kMostNamed) return disk_.sync_all(folder_);
  // All at once to the disk, then wait for each: the file system's journal is written once, not for each
  // file.
  for (const Digest& digest : names) disk_.start_sync(path(digest));
  std::array<bool, kFolders> folders{};
  for (const Digest& digest : names) {
    const Status synced = disk_.sync_file(path(digest));
    if (!synced && synced.error().kind != ErrorKind::not_found) return synced;  // deleted since
    folders[static_cast<size_t>(digest.bytes[0])] = true;
  }
  for (size_t folder = 0; folder < kFolders; ++folder) {
    if (!folders[folder]) continue;
    if (auto synced = disk_.sync_folder(folder_path(folder)); !synced) return synced;
  }
  return disk_.sync_folder(folder_);
}

Result<ByteBuffer> BlobFiles::load(const Digest& digest) const {
  auto bytes = disk_.read(path(digest), kMaxBlob);
  if (!bytes) return bytes;
  if (crypto::sha256(*bytes) != digest) {
    return fail(ErrorKind::corrupt, cat(path(digest).string(), " does not have the content its name says"));
  }
  return bytes;
}

void BlobFiles::remove(const Digest& digest) {
  (void)disk_.remove(path(digest));
}

std::vector<Digest> BlobFiles::sweep(size_t folder) {
  std::vector<Digest> found;
  const std::lock_guard lock(writing_);
  const auto names = disk_.list(folder_path(folder));
  if (!names) return found;  // not made yet
  for (const files::Path& name : *names) {
    const auto digest = crypto::parse_digest(name.string());
    if (digest && static_cast<size_t>(digest->bytes[0]) == folder) {
      found.push_back(*digest);
    } else {
      (void)disk_.remove(folder_path(folder) / name);
    }
  }
  return found;
}

}  // namespace oree::storage
