#include "core/storage/journal/replay.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/storage/journal/segments.h"

namespace oree::storage {
namespace {

constexpr uint64_t kMaxSegment = 1ull << 32;
constexpr size_t kBatch = 256;

struct Found {
  uint64_t number;
  files::Path name;
  bool used;  // it holds an entry
};

class Replay {
 public:
  Replay(BlobFiles& blobs, Index& index, Log& log, Replayed& result)
      : blobs_(blobs), index_(index), log_(log), result_(result), applied_(index.state().applied) {}

  Status segment(ByteView bytes, const Found& found, bool last);
  // What was not taken over from these segments never will be: judged once they are not the last any more, a
  // torn end would look like damage.
  Status close(Position end);

 private:
  Status blob(const Entry& entry, Position end);
  Status record(const Entry& entry, Position end, bool proven);
  Result<bool> known(const Digest& digest);
  Status flush();

  BlobFiles& blobs_;
  Index& index_;
  Log& log_;
  Replayed& result_;
  const Position applied_;
  Batch batch_;
  std::set<Digest> sound_;  // seen in this replay, or read and compared
};

Status Replay::flush() {
  if (!batch_.applied) return {};
  auto done = index_.apply(batch_, false);
  batch_ = Batch();
  return done;
}

// Whether the blob is there in full. A row alone proves nothing: it may be older than the blob's own sync.
Result<bool> Replay::known(const Digest& digest) {
  if (sound_.contains(digest)) return true;
  const auto row = index_.has_blob(digest);
  if (!row) return forward(row);
  if (!*row || !blobs_.load(digest)) return false;
  sound_.insert(digest);
  return true;
}

Status Replay::blob(const Entry& entry, Position end) {
  const auto blob = parse_blob_entry(entry.payload);
  if (!blob) {
    ++result_.damaged;
    return {};
  }
  const bool indexed = end <= applied_;
  if (indexed) {
    const auto still_there = index_.has_blob(blob->digest);
    if (!still_there) return forward(still_there);
    if (!*still_there) return {};  // deleted since
  }
  if (auto stored = blobs_.store(blob->digest, blob->bytes); !stored) return stored;
  sound_.insert(blob->digest);
  if (indexed) return {};
  ++result_.blobs;
  batch_.changes.emplace_back(AddBlob{blob->digest, blob->bytes.size()});
  batch_.applied = end;
  return {};
}

Status Replay::record(const Entry& entry, Position end, bool proven) {
  if (end <= applied_) return {};
  const auto record = parse_record(entry.payload);
  if (!record) {
    ++result_.damaged;
    return {};
  }
  bool whole = true;
  for (const Digest& digest : record->blobs) {
    const auto there = known(digest);
    if (!there) return forward(there);
    whole = whole && *there;
  }
  if (!whole && !proven) {
    ++result_.dropped;
    return {};
  }
  if (!whole) {
    ++result_.damaged;
    log_.error(cat("record '", record->id, "' is back from the journal, but not all of its blobs are"));
  }
  ++result_.records;
  batch_.changes.emplace_back(AddRecord{ByteBuffer(entry.payload.begin(), entry.payload.end())});
  batch_.applied = end;
  return {};
}

Status Replay::segment(ByteView bytes, const Found& found, bool last) {
  const Scan scan = scan_segment(bytes, found.number);
  // The writer syncs a segment before it goes on to the next.
  const uint64_t proven = last ? scan.proven : bytes.size();
  result_.damaged += scan.holes + (last ? 0 : scan.torn);
  result_.dropped += last ? scan.torn : 0;
  for (const Entry& entry : scan.entries) {
    const Position end{found.number, entry.offset + entry_size(entry.payload.size())};
    const Status done =
        entry.type == EntryType::blob ? blob(entry, end) : record(entry, end, end.offset <= proven);
    if (!done) return done;
    if (batch_.changes.size() < kBatch) continue;
    if (auto flushed = flush(); !flushed) return flushed;
  }
  return flush();
}

Status Replay::close(Position end) {
  if (end <= applied_) return {};
  batch_.applied = end;
  return flush();
}

}  // namespace

Result<Replayed> replay(files::Disk& disk, const files::Path& journal, BlobFiles& blobs, Index& index,
                        Log& log) {
  auto result = skip_replay(disk, journal, index);
  if (!result) return result;
  std::vector<Found> found;
  for (const files::Path& name : result->segment_files) {
    // The header is the truth; a name may be older than it, because renaming is not synced.
    const auto bytes = disk.read(journal / name, kMaxSegment);
    if (!bytes) return forward(bytes);
    const auto number = parse_segment_header(*bytes);
    if (!number) log.warning(cat((journal / name).string(), " has no readable header; going by its name"));
    const uint64_t value = number.value_or(Segments::number_of(name).value_or(0));
    found.push_back({value, name, !scan_segment(*bytes, value).entries.empty()});
    result->next_number = std::max(result->next_number, value + 1);
  }
  std::erase_if(found, [](const Found& segment) { return !segment.used; });
  std::ranges::sort(found, {}, &Found::number);
  Replay replay(blobs, index, log, *result);
  for (size_t i = 0; i < found.size(); ++i) {
    const auto bytes = disk.read(journal / found[i].name, kMaxSegment);
    if (!bytes) return forward(bytes);
    if (auto done = replay.segment(*bytes, found[i], i + 1 == found.size()); !done) return forward(done);
  }
  if (!found.empty()) {
    if (auto closed = replay.close({found.back().number, kMaxSegment}); !closed) return forward(closed);
  }
  if (result->damaged > 0) {
    log.error(cat("the journal in ", journal.string(), " is damaged in ", result->damaged,
                  " places that had been synced; what could be read is kept"));
  }
  return result;
}

Result<Replayed> skip_replay(files::Disk& disk, const files::Path& journal, const Index& index) {
  Replayed result;
  result.next_number = index.state().applied.segment + 1;
  const auto names = disk.list(journal);
  if (!names) return forward(names);
  for (const files::Path& name : *names) {
    const auto number = Segments::number_of(name);
    if (!number) continue;
    result.segment_files.push_back(name);
    result.next_number = std::max(result.next_number, *number + 1);
  }
  return result;
}

}  // namespace oree::storage
