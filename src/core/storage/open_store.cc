// RecordStore::open() on a real disk: the lock, and an index in an SQLite file that can be made anew.
#include <algorithm>

#include "base/text.h"
#include "core/storage/index/sqlite_index.h"
#include "core/storage/local_store.h"

namespace oree::storage {
namespace {

constexpr const char* kIndex = "index.db";
constexpr const char* kAside = "index.db.damaged";
constexpr const char* kMarker = "index.damaged";  // written when damage shows while running
constexpr size_t kBatch = 256;

// Every record that can still be read from a damaged file: from the front until it breaks, then from the
// back.
uint64_t salvage_records(const std::string& damaged, Index& fresh) {
  uint64_t saved = 0;
  auto database = sql::Database::open(damaged, {.sync = sql::Sync::off});
  if (!database) return 0;
  for (const std::string_view order :
       {"SELECT entry FROM records ORDER BY row", "SELECT entry FROM records ORDER BY row DESC"}) {
    auto select = database->prepare(order);
    if (!select) continue;
    Batch batch;
    auto row = select->step();
    for (; row && *row; row = select->step()) {
      const ByteView entry = select->blob(0);
      if (!parse_record(entry)) continue;
      batch.changes.emplace_back(AddRecord{ByteBuffer(entry.begin(), entry.end())});
      if (batch.changes.size() < kBatch) continue;
      if (!fresh.apply(batch, false)) return saved;
      saved += batch.changes.size();
      batch.changes.clear();
    }
    if (fresh.apply(batch, false)) saved += batch.changes.size();
    if (row) break;  // it was whole after all
  }
  return saved;
}

// The blob files are the only witness of the blobs now; they come first, so that records find them.
Status adopt_blobs(const files::Path& folder, files::Disk& disk, Index& fresh) {
  BlobFiles blobs(disk, folder / "blobs");
  for (size_t i = 0; i < BlobFiles::kFolders; ++i) {
    Batch batch;
    for (const Digest& digest : blobs.sweep(i)) {
      std::error_code error;
      const auto size = std::filesystem::file_size(blobs.path(digest), error);
      if (!error) batch.changes.emplace_back(AddBlob{digest, size});
    }
    if (auto done = fresh.apply(batch, false); !done) return done;
  }
  return {};
}

Result<std::unique_ptr<Index>> rebuild(const files::Path& folder, uint64_t max_log, files::Disk& disk,
                                       Log& log, std::string_view why) {
  log.error(cat("the index in ", folder.string(), " is damaged and made anew: ", why));
  for (const char* suffix : {"-wal", ""}) {
    const files::Path from = folder / cat(kIndex, suffix);
    std::error_code error;
    if (!std::filesystem::exists(from, error)) continue;
    if (auto moved = disk.rename(from, folder / cat(kAside, suffix)); !moved) return forward(moved);
  }
  (void)disk.remove(folder / cat(kIndex, "-shm"));
  auto fresh = SqliteIndex::open((folder / kIndex).string(), max_log);
  if (!fresh) return forward(fresh);
  if (auto adopted = adopt_blobs(folder, disk, **fresh); !adopted) return forward(adopted);
  const uint64_t saved = salvage_records((folder / kAside).string(), **fresh);
  log.error(cat("storage: ", saved, " records were read back from the damaged index, now ",
                (folder / kAside).string(), "; what the journal still holds follows, older ones are lost"));
  (void)disk.remove(folder / kMarker);
  return fresh;
}

Result<std::unique_ptr<Index>> open_index(const files::Path& folder, uint64_t max_log, files::Disk& disk,
                                          Log& log) {
  const auto marker = disk.read(folder / kMarker, 1 << 16);
  if (marker) return rebuild(folder, max_log, disk, log, as_text(*marker));
  auto index = SqliteIndex::open((folder / kIndex).string(), max_log);
  if (index) return index;
  if (index.error().kind != ErrorKind::corrupt) return forward(index);
  return rebuild(folder, max_log, disk, log, index.error().what);
}

// What an index that was set aside takes: it is kept for a person to look at, within the cap.
uint64_t set_aside(const files::Path& folder) {
  uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code error;
    const auto size = std::filesystem::file_size(folder / cat(kAside, suffix), error);
    if (!error) bytes += size;
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<RecordStore>> RecordStore::open(const std::filesystem::path& folder,
                                                       const StoreOptions& options, files::Disk& disk,
                                                       const Clock& clock, Log& log) {
  auto checked = check_options(options);
  if (!checked) return forward(checked);
  if (auto made = disk.make_folder(folder); !made) return forward(made);
  auto lock = disk.lock(folder);
  if (!lock) return forward(lock);
  auto index = open_index(folder, max_log_bytes(*checked), disk, log);
  if (!index) return forward(index);
  if (const uint64_t aside = set_aside(folder); aside > 0) {
    const uint64_t left = checked->max_bytes - std::min(checked->max_bytes, aside);
    if (!check_options({.max_bytes = left})) {
      return fail(ErrorKind::full, cat((folder / kAside).string(), " takes ", size_text(aside), " of the ",
                                       size_text(options.max_bytes), " of storage.max_bytes; remove it"));
    }
    checked->max_bytes = left;
  }
  return LocalStore::open(folder, *checked, disk, clock, log, std::move(*index), std::move(*lock));
}

}  // namespace oree::storage
