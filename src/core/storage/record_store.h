// Records and the blobs they name, durable together, found again fast, never above their cap.
//
// Truth is a journal: segments of checksummed entries (format in README.md), written by one at a
// time, who groups what is waiting into one fdatasync. hand_in() queues a blob and returns; commit()
// returns once the record and every blob it names are on disk. Behind, blobs become files blobs/ab/<sha256>
// (each content once) and records rows of an SQLite index, within a second; both can be made again from the
// journal, so neither is synced on the hot path. A checkpoint syncs them and uses the segment again. After a
// crash open() replays what is left. Reads see every record whose commit() returned before.
//
// Retention: oldest records go first, by age or when the total nears max_bytes; a blob goes with its last
// record, and one that was put but never named after ten minutes. The total of journal, blobs and index never
// exceeds max_bytes. Below min_free on the disk, or above the cap with nothing left to delete, commit() and
// hand_in() fail with `full` and recover by themselves. When the disk fails to keep what was written, they
// fail with `unavailable` until the store is opened again: only that tells what is there.
// Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

namespace oree::storage {

using crypto::Digest;

struct Record {
  std::string id;  // unique; a second commit of the same id replaces it
  WallTime time;
  std::string body;  // opaque text (JSON)
  std::vector<std::pair<std::string, std::string>>
      attributes;  // searchable: ("decision","KO"), several per name fine
  std::vector<Digest> blobs;
};

struct Query {
  std::vector<std::pair<std::string, std::string>>
      attributes;                // all must match; same name twice = either value
  std::optional<WallTime> from;  // inclusive
  std::optional<WallTime> to;    // exclusive
  std::string cursor;            // from the previous page; "" = start at the newest
  size_t limit = 100;            // ≤ 1000
};

struct Page {
  std::vector<std::string> bodies;  // newest first
  std::string next;                 // cursor; "" = no more
};

struct StoreOptions {
  uint64_t max_bytes = 10'000'000'000;  // 8 MB at least
  microseconds max_age = std::chrono::hours(24 * 30);
  uint64_t min_free = 200'000'000;
  // Two segments are allocated. At most an eighth of max_bytes; no blob or record is larger.
  uint64_t segment_bytes = 64 << 20;
};

struct StoreStats {
  uint64_t records = 0;
  uint64_t blobs = 0;
  uint64_t bytes = 0;  // all of it on disk
  uint64_t max_bytes = 0;
  uint64_t free_bytes = 0;     // on the disk
  uint64_t written_bytes = 0;  // since open: what the flash endures
  uint64_t expired_records = 0;
  uint64_t refused = 0;  // commits and blobs refused with `full`
  uint64_t syncs = 0;
  bool full = false;
};

class RecordStore {
 public:
  // Creates the folder when absent; replays the journal; `corrupt` only when nothing can be read at all,
  // otherwise a damaged tail is cut, counted and logged. `conflict` when another process holds the folder.
  static Result<std::unique_ptr<RecordStore>> open(const std::filesystem::path& folder,
                                                   const StoreOptions& options, files::Disk& disk,
                                                   const Clock& clock, Log& log);
  virtual ~RecordStore() = default;

  // Hands in a blob; the record that names it must be committed later through this store. Copies nothing: the
  // shared buffer is held until it is written. Returns at once; what comes is the blob's name, or why it is
  // refused (`full`, `unavailable`).
  virtual std::future<Result<Digest>> hand_in(std::shared_ptr<const ByteBuffer> bytes) = 0;
  // The same, waiting for the name.
  Result<Digest> put_blob(std::shared_ptr<const ByteBuffer> bytes) { return hand_in(std::move(bytes)).get(); }
  // Durable when it returns.
  virtual Status commit(Record record) = 0;

  virtual Result<std::string> find(std::string_view id) = 0;  // the body
  virtual Result<Page> list(const Query& query) = 0;
  virtual Result<uint64_t> count(const Query& query) = 0;
  // Distinct values of an attribute, with how many records have each.
  virtual Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view attribute) = 0;
  virtual Result<ByteBuffer> blob(const Digest& digest) = 0;
  virtual std::filesystem::path blob_path(
      const Digest& digest) const = 0;  // exists once commit() has returned
  virtual StoreStats stats() const = 0;
  // Deletes what is due by age now; called by the owner about once a minute.
  virtual Status expire() = 0;
  // Syncs everything and closes; further calls fail with `unavailable`.
  virtual void stop() = 0;
};

}  // namespace oree::storage
