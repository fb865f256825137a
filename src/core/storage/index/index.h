// What is found fast: records by id, time and attribute, and how many records name each blob.
//
// Every change is a Batch, applied whole or not at all. After a power cut the index is as it was after some
// batch, no older than the last durable one. Where the truth is newer, the journal is read again from
// `applied`. All calls are thread-safe; apply() is called by one thread at a time.
#pragma once

#include <variant>

#include "core/storage/journal/journal_format.h"

namespace oree::storage {

struct AddBlob {
  Digest digest;
  uint64_t bytes = 0;
};
struct AddRecord {  // replaces one of the same id
  ByteBuffer payload;
};
struct RemoveRecord {
  int64_t row = 0;
};
struct RemoveBlob {
  Digest digest;
};
using Change = std::variant<AddBlob, AddRecord, RemoveRecord, RemoveBlob>;

struct Batch {
  std::vector<Change> changes;
  std::optional<Position> applied;  // the first byte after the last entry in this batch
  std::optional<bool> clean;        // whether the journal holds nothing that is not here
};

struct IndexState {
  Position applied;
  bool clean = false;
};

struct IndexTotals {
  uint64_t records = 0;
  uint64_t blobs = 0;
  uint64_t blob_bytes = 0;  // as the file system counts them, in whole blocks
};

struct IndexSize {
  uint64_t bytes = 0;     // on disk
  uint64_t reusable = 0;  // of these, free inside the file
  uint64_t log = 0;       // of these, in the file of changes, which grows until empty_log()
};

struct OldRecord {
  int64_t row = 0;
  WallTime time;
};

// What a file of this size takes on the disk.
constexpr uint64_t on_disk(uint64_t bytes) {
  constexpr uint64_t kBlock = 4096;
  return (bytes + kBlock - 1) / kBlock * kBlock;
}

class Index {
 public:
  virtual ~Index() = default;
  virtual Status apply(const Batch& batch, bool durable) = 0;
  virtual Status sync() = 0;                      // everything applied before is durable afterwards
  virtual Status empty_log() = 0;                 // the same, and size().log is small again
  virtual Status shrink(uint64_t max_bytes) = 0;  // gives reusable bytes back, about that many

  virtual IndexState state() const = 0;
  virtual IndexTotals totals() const = 0;
  virtual IndexSize size() const = 0;
  virtual uint64_t written_bytes() const = 0;  // since open

  virtual Result<std::string> find(std::string_view id) = 0;
  virtual Result<bool> has_blob(const Digest& digest) = 0;
  virtual Result<Page> list(const Query& query) = 0;
  virtual Result<uint64_t> count(const Query& query) = 0;
  virtual Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view attribute) = 0;
  virtual Result<std::vector<OldRecord>> oldest(size_t limit) = 0;
  virtual Result<std::vector<Digest>> unreferenced(size_t limit) = 0;
};

}  // namespace oree::storage
