#include "services/deployment/download/part_file.h"

#include <algorithm>

#include "base/text.h"

namespace oree::deployment {
namespace {

constexpr uint64_t kPiece = 256 << 10;
constexpr uint64_t kMarkEvery = 4 << 20;
constexpr uint64_t kMaxMark = 256;

}  // namespace

files::Path PartFile::mark_path() const {
  files::Path path = path_;
  return path += ".mark";
}

Result<std::unique_ptr<PartFile>> PartFile::open(files::Disk& disk, const files::Path& folder,
                                                 const crypto::Digest& digest, uint64_t bytes,
                                                 std::string boot) {
  std::unique_ptr<PartFile> part(new PartFile(disk, folder / digest.hex(), digest, bytes, std::move(boot)));
  const uint64_t keep = part->believed();
  auto file = disk.open_append(part->path_, keep);
  if (!file) return forward(file);
  part->file_ = std::move(*file);
  if (auto read = part->read_again(keep); !read) return forward(read);
  if (auto synced = disk.sync_folder(folder); !synced) return forward(synced);
  if (auto marked = part->mark(); !marked) return forward(marked);
  return part;
}

uint64_t PartFile::believed() const {
  const auto bytes = disk_->read(mark_path(), kMaxMark);
  if (!bytes) return 0;
  const auto words = split(as_text(*bytes), ' ');
  const auto marked = words.size() == 2 ? parse_number<uint64_t>(words[1]) : std::nullopt;
  if (!marked) return 0;
  const auto file = disk_->open_append(path_, std::nullopt);
  if (!file) return 0;
  const uint64_t there = (*file)->size();
  return std::min({bytes_, there, words[0] == boot_ ? there : *marked});
}

Status PartFile::read_again(uint64_t length) {
  while (size_ < length) {
    const auto piece = disk_->read_part(path_, size_, std::min(kPiece, length - size_));
    if (!piece) return forward(piece);
    if (piece->empty())
      return fail(ErrorKind::unavailable, cat(path_.string(), " became shorter while it was read"));
    sum_.update(*piece);
    size_ += piece->size();
  }
  return {};
}

Status PartFile::mark() {
  marked_ = size_;
  return disk_->write(mark_path(), as_bytes(cat(boot_, " ", size_)));
}

Status PartFile::append(ByteView bytes) {
  if (bytes.size() > bytes_ - size_) {
    return fail(ErrorKind::invalid, cat(digest_.hex(), ": more comes than the ", bytes_, " bytes announced"));
  }
  if (auto written = file_->append(bytes); !written) return written;
  sum_.update(bytes);
  size_ += bytes.size();
  return size_ - marked_ >= kMarkEvery ? settle() : Status();
}

Status PartFile::settle() {
  if (size_ == marked_) return {};
  if (auto synced = file_->sync(); !synced) return synced;
  return mark();
}

Status PartFile::finish(const files::Path& destination) {
  file_.reset();
  if (!whole()) return fail(ErrorKind::bug, cat(path_.string(), " is finished before it is whole"));
  const bool right = sum_.finish() == digest_;
  if (right) {
    if (auto synced = disk_->sync_file(path_); !synced) return synced;
    if (auto moved = disk_->rename(path_, destination); !moved) return moved;
    if (auto synced = disk_->sync_folder(destination.parent_path()); !synced) return synced;
  } else {
    (void)disk_->remove(path_);
  }
  (void)disk_->remove(mark_path());
  if (right) return {};
  return fail(ErrorKind::corrupt, cat("what came as ", digest_.hex(), " has another digest"));
}

}  // namespace oree::deployment
