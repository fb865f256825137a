#include "core/ledger/log.h"

#include <algorithm>

#include "base/text.h"

namespace oree::ledger {
namespace {

// Tiles are saved when nobody waits, and else in groups: their syncs are the larger part of the cost.
constexpr size_t kTailEntries = 16 * kTileWidth;
constexpr size_t kTailBytes = 16 << 20;
constexpr size_t kGroupBytes = 8 << 20;  // of callers who share a sync

}  // namespace

Result<uint64_t> Log::append(std::span<const ByteView> entries) {
  if (entries.empty() || entries.size() > kMaxEntries)
    return fail(ErrorKind::invalid, cat("1 to ", kMaxEntries, " entries at a time, not ", entries.size()));
  Waiting mine;
  mine.entries = entries;
  for (const ByteView entry : entries) {
    if (entry.size() > kMaxEntryBytes)
      return fail(ErrorKind::invalid, cat("an entry has at most ", kMaxEntryBytes,
                                          " bytes: keep the digest of "
                                          "what is larger"));
    mine.bytes += entry.size() + 2;
    mine.hashes.push_back(leaf_hash(entry));
  }
  if (mine.bytes > kMaxBatchBytes)
    return fail(ErrorKind::invalid, cat("at most ", kMaxBatchBytes, " bytes at a time"));
  Lock lock(mutex_);
  if (failure_) return std::unexpected(*failure_);
  queue_.push_back(&mine);
  while (!mine.done) {
    if (writing_) {
      changed_.wait(lock);
    } else {
      write_batch(lock);
    }
  }
  if (mine.error) return std::unexpected(*mine.error);
  return mine.first;
}

// Takes the pen, writes what waits, tells, and lays the pen down.
void Log::write_batch(Lock& lock) {
  writing_ = true;
  std::vector<Waiting*> batch;
  for (size_t bytes = 0; !queue_.empty() && (batch.empty() || bytes < kGroupBytes);) {
    bytes += queue_.front()->bytes;
    batch.push_back(queue_.front());
    queue_.pop_front();
  }
  const uint64_t first = in_files_ + tail_.size();
  lock.unlock();
  auto status = write_entries(batch, first);
  lock.lock();
  if (status) {
    install(batch);
    batch.clear();  // from here on their callers may be gone
  }
  const bool full = tail_.size() >= kTailEntries || tail_bytes_ >= kTailBytes;
  const bool roll = status && tail_.size() >= kTileWidth && (full || queue_.empty());
  if (roll) {
    changed_.notify_all();  // they need not wait for the tiles
    lock.unlock();
    status = save_tiles();
    lock.lock();
  }
  if (!status) {
    failure_ = Error{status.error().kind,
                     cat("the log takes nothing until it is opened again: ", status.error().what)};
    for (Waiting* one : batch) {
      one->error = failure_;
      one->done = true;
    }
    for (Waiting* one : queue_) {
      one->error = failure_;
      one->done = true;
    }
    queue_.clear();
  }
  writing_ = false;
  changed_.notify_all();
}

Status Log::write_entries(std::span<Waiting* const> batch, uint64_t first) {
  ByteBuffer payload;
  size_t count = 0;
  for (const Waiting* one : batch) {
    for (const ByteView entry : one->entries) append_entry(payload, entry);
    count += one->entries.size();
  }
  ByteBuffer bytes;
  append_batch(bytes, journal_header_, first, count, payload);
  if (auto written = journal_->append(bytes); !written) return written;
  return journal_->sync();
}

void Log::install(std::span<Waiting* const> batch) {
  for (Waiting* one : batch) {
    one->first = in_files_ + tail_.size();
    for (const ByteView entry : one->entries) {
      tail_.emplace_back(entry.begin(), entry.end());
      tail_bytes_ += entry.size();
    }
    tree_.append(one->hashes);
    one->done = true;
  }
}

// Moves whole bundles of the tail into files. With the pen, or before anybody else is here.
Status Log::save_tiles() {
  const auto tiles = tree_.without_file();
  if (tiles.empty()) return {};
  std::vector<files::Path> written;
  uint64_t end = in_files_;
  for (const auto& [name, tile] : tiles) {
    if (auto saved = save_file(name, print_tile(tile), written); !saved) return saved;
    if (name.level != 0) continue;
    ByteBuffer entries;
    {
      const std::lock_guard lock(mutex_);
      const size_t from = name.number * kTileWidth - in_files_;
      for (size_t i = from; i < from + kTileWidth; ++i) append_entry(entries, tail_[i]);
    }
    if (auto saved = save_file({.entries = true, .number = name.number}, entries, written); !saved)
      return saved;
    end = (name.number + 1) * kTileWidth;
  }
  std::vector<files::Path> folders;
  for (const auto& path : written) {
    if (auto synced = disk_.sync_file(path); !synced) return synced;
    if (std::ranges::find(folders, path.parent_path()) == folders.end())
      folders.push_back(path.parent_path());
  }
  for (const auto& path : folders) {
    if (auto synced = disk_.sync_folder(path); !synced) return synced;
  }
  if (auto begun = begin_journal(end); !begun) return begun;
  tree_.forget(tiles);
  const std::lock_guard lock(mutex_);
  for (; in_files_ < end; ++in_files_) {
    tail_bytes_ -= tail_.front().size();
    tail_.pop_front();
  }
  return {};
}

Status Log::save_file(const TileName& name, ByteView bytes, std::vector<files::Path>& written) {
  const files::Path path = folder_ / print_tile_name(name);
  if (auto made = make_folders(path.parent_path()); !made) return made;
  written.push_back(path);
  return disk_.write_unsynced(path, bytes);
}

// With their names durable, up to the log's own.
Status Log::make_folders(const files::Path& folder) {
  if (folder == folder_ || std::ranges::find(known_folders_, folder) != known_folders_.end()) return {};
  if (auto made = make_folders(folder.parent_path()); !made) return made;
  if (auto made = disk_.make_folder(folder); !made) return made;
  if (auto synced = disk_.sync_folder(folder.parent_path()); !synced) return synced;
  known_folders_.push_back(folder);
  return {};
}

Result<std::string> Log::checkpoint() {
  const std::lock_guard signing(sign_mutex_);
  const uint64_t size = tree_.size();
  {
    const std::lock_guard lock(mutex_);
    if (!signed_.empty() && signed_size_ == size) return signed_;
  }
  const auto root = tree_.root(size);
  if (!root) return forward(root);
  Note note{print_checkpoint({origin(), size, *root, {}}), {}};
  note.signatures.push_back(sign_note(note.text, origin(), key_));
  std::string text = print_note(note);
  if (auto written = disk_.write(folder_ / "checkpoint", as_bytes(text)); !written) return forward(written);
  const std::lock_guard lock(mutex_);
  signed_ = text;
  signed_size_ = size;
  return text;
}

Status Log::keep_cosigned(std::string_view text) {
  const auto note = parse_note(text);
  if (!note) return forward(note);
  const auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return forward(checkpoint);
  if (checkpoint->origin != origin() || check_signature(*note, verifier_).state != Signed::right)
    return fail(ErrorKind::invalid, "the checkpoint is not signed by this log");
  const auto root = tree_.root(checkpoint->size);
  if (!root) return forward(root);
  if (*root != checkpoint->root)
    return fail(ErrorKind::invalid, "the checkpoint has another root than this log");
  const std::lock_guard signing(sign_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (!cosigned_.empty() && checkpoint->size < cosigned_size_) return {};
  }
  if (auto written = disk_.write(folder_ / "cosigned", as_bytes(text)); !written) return written;
  const std::lock_guard lock(mutex_);
  cosigned_ = text;
  cosigned_size_ = checkpoint->size;
  return {};
}

std::string Log::cosigned() const {
  const std::lock_guard lock(mutex_);
  return cosigned_;
}

Result<std::vector<Entry>> Log::entries(uint64_t from, size_t limit) const {
  std::vector<Entry> out;
  const uint64_t size = tree_.size();
  const uint64_t end = from < size ? from + std::min<uint64_t>({limit, size - from, kMaxEntries}) : from;
  for (uint64_t at = from; at < end;) {
    const uint64_t number = at / kTileWidth;
    const uint64_t width = std::min<uint64_t>(kTileWidth, size - number * kTileWidth);
    auto entries = bundle(number, static_cast<unsigned>(width));
    if (!entries) return forward(entries);
    for (; at < end && at / kTileWidth == number; ++at)
      out.push_back({at, std::move((*entries)[at % kTileWidth])});
  }
  return out;
}

// The first `width` entries of a bundle, compared with the tree.
Result<std::vector<ByteBuffer>> Log::bundle(uint64_t number, unsigned width) const {
  const auto hashes = tree_.tile(0, number, width);
  if (!hashes) return forward(hashes);
  {
    const std::lock_guard lock(mutex_);
    if (number * kTileWidth >= in_files_) {
      const auto from = tail_.begin() + static_cast<ptrdiff_t>(number * kTileWidth - in_files_);
      return std::vector<ByteBuffer>(from, from + width);
    }
  }
  const files::Path path = folder_ / print_tile_name({.entries = true, .number = number});
  const auto bytes = disk_.read(path, kMaxBundleBytes);
  if (!bytes) return forward(bytes);
  const auto entries = parse_bundle(*bytes, kTileWidth);
  if (!entries)
    return fail(ErrorKind::corrupt, cat(path.string(), " is no bundle of ", kTileWidth, " entries"));
  std::vector<ByteBuffer> out;
  for (size_t i = 0; i < width; ++i) {
    const ByteView entry = (*entries)[i];
    if (leaf_hash(entry) != (*hashes)[i])
      return fail(ErrorKind::corrupt, cat("entry ", number * kTileWidth + i, " in ", path.string(),
                                          " is not the one that was logged"));
    out.emplace_back(entry.begin(), entry.end());
  }
  return out;
}

Result<std::vector<Hash>> Log::inclusion(uint64_t index, uint64_t size) const {
  return prove_inclusion(index, size, tree_.source());
}

Result<std::vector<Hash>> Log::consistency(uint64_t old_size, uint64_t size) const {
  return prove_consistency(old_size, size, tree_.source());
}

Result<ByteBuffer> Log::read_file(std::string_view path) const {
  if (path == "checkpoint") {
    const std::lock_guard lock(mutex_);
    const std::string& text = cosigned_.empty() ? signed_ : cosigned_;
    if (text.empty()) return fail(ErrorKind::not_found, "nothing is signed yet");
    const ByteView bytes = as_bytes(text);
    return ByteBuffer(bytes.begin(), bytes.end());
  }
  const auto name = parse_tile_name(path);
  if (!name) return fail(ErrorKind::not_found, "a log has checkpoint, tile/… and tile/entries/…");
  if (!name->entries) {
    const auto tile = tree_.tile(name->level, name->number, name->width);
    if (!tile) return forward(tile);
    return print_tile(*tile);
  }
  const auto entries = bundle(name->number, name->width);
  if (!entries) return forward(entries);
  ByteBuffer bytes;
  for (const auto& entry : *entries) append_entry(bytes, entry);
  return bytes;
}

}  // namespace oree::ledger
