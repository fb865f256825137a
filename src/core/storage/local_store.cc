#include "core/storage/local_store.h"

#include <algorithm>

#include "base/text.h"

namespace oree::storage {
namespace {

constexpr uint64_t kMinCap = 8'000'000;
constexpr uint64_t kMinSegment = 64 << 10;
constexpr uint64_t kMaxSegment = 1 << 30;
constexpr uint64_t kBlock = 4096;

// Reserved until the true cost is known: a blob's row, and a record's rows with the index pages they touch.
constexpr uint64_t kBlobOverhead = 4 << 10;
constexpr uint64_t kRecordOverhead = 32 << 10;
constexpr uint64_t kRecordFactor = 3;

}  // namespace

Result<StoreOptions> check_options(StoreOptions options) {
  if (options.max_bytes < kMinCap) {
    return fail(ErrorKind::invalid, cat("storage.max_bytes is ", size_text(options.max_bytes),
                                        "; it must be at least ", size_text(kMinCap)));
  }
  if (options.max_age <= microseconds(0))
    return fail(ErrorKind::invalid, "storage.max_age must be above zero");
  options.segment_bytes = std::min(options.segment_bytes, options.max_bytes / 8) / kBlock * kBlock;
  options.segment_bytes = std::clamp(options.segment_bytes, kMinSegment, kMaxSegment);
  return options;
}

uint64_t max_log_bytes(const StoreOptions& options) {
  return std::clamp<uint64_t>(options.max_bytes / 32, 256 << 10, 8 << 20);
}

LocalStore::LocalStore(const files::Path& folder, const StoreOptions& options, files::Disk& disk,
                       const Clock& clock, Log& log, std::unique_ptr<Index> index,
                       std::unique_ptr<files::FolderLock> lock)
    : folder_(folder),
      options_(options),
      disk_(disk),
      log_(log),
      lock_(std::move(lock)),
      index_(std::move(index)),
      health_(log),
      files_(disk, folder / "blobs"),
      states_(clock),
      space_(options, disk, folder, Segments::kFiles * options.segment_bytes),
      retention_(*index_, files_, states_, space_, clock, options.max_age) {}

LocalStore::~LocalStore() {
  stop();
}

Result<std::unique_ptr<RecordStore>> LocalStore::open(const files::Path& folder, const StoreOptions& options,
                                                      files::Disk& disk, const Clock& clock, Log& log,
                                                      std::unique_ptr<Index> index,
                                                      std::unique_ptr<files::FolderLock> lock) {
  std::unique_ptr<LocalStore> store(
      new LocalStore(folder, options, disk, clock, log, std::move(index), std::move(lock)));
  for (const char* name : {"journal", "blobs"}) {
    if (auto made = disk.make_folder(folder / name); !made) return forward(made);
  }
  if (auto synced = disk.sync_folder(folder); !synced) return forward(synced);
  const bool was_clean = store->index_->state().clean;
  const auto replayed = was_clean ? skip_replay(disk, folder / "journal", *store->index_) : store->recover();
  if (!replayed) return forward(replayed);
  if (auto started = store->start(*replayed, was_clean); !started) return forward(started);
  return store;
}

// After anything but a clean stop.
Result<Replayed> LocalStore::recover() {
  auto replayed = replay(disk_, folder_ / "journal", files_, *index_, log_);
  if (!replayed) return replayed;
  if (auto settled = Checkpointer::settle(files_, *index_); !settled) return forward(settled);
  // Nobody has put anything yet, so what no record names was never to be kept.
  Result<size_t> dropped = 1;
  while (dropped && *dropped > 0) dropped = retention_.drop_blobs();
  if (!dropped) return forward(dropped);
  if (replayed->records + replayed->blobs + replayed->dropped > 0) {
    log_.info(cat("storage: ", replayed->records, " records and ", replayed->blobs,
                  " blobs came back from the journal, ", replayed->dropped,
                  " unfinished writes were dropped"));
  }
  return replayed;
}

Status LocalStore::start(const Replayed& replayed, bool was_clean) {
  // From here on the index alone is not the truth any more; the journal must be read after a crash.
  Batch batch;
  batch.clean = false;
  if (auto marked = index_->apply(batch, true); !marked) return marked;
  segments_.emplace(disk_, folder_ / "journal", options_.segment_bytes, replayed.next_number,
                    replayed.segment_files);
  auto first = segments_->prepare(false);
  if (!first) return forward(first);
  space_.measured(index_->totals(), index_->size());
  indexer_ = std::make_unique<Indexer>(Indexer::Parts{*index_, states_, space_, retention_, log_,
                                                      max_log_bytes(options_), !was_clean,
                                                      [this](const Error& error) { note_damage(error); }});
  writer_ = std::make_unique<JournalWriter>(std::move(*first), static_cast<JournalObserver&>(*this), health_);
  checkpointer_ = std::make_unique<Checkpointer>(
      Checkpointer::Parts{disk_, folder_, files_, *segments_, *index_, *indexer_, *writer_, health_, log_});
  intake_ = std::make_unique<BlobIntake>([this](BlobIntake::Bytes bytes, BlobIntake::Name name) {
    keep_blob(std::move(bytes), std::move(name));
  });
  return {};
}

Status LocalStore::check_open() const {
  if (stopped_) return fail(ErrorKind::unavailable, "the store is stopped");
  return health_.check();
}

Status LocalStore::admit(uint64_t bytes) {
  return space_.admit(bytes, [this] { indexer_->request_room(); });
}

std::future<Result<Digest>> LocalStore::hand_in(std::shared_ptr<const ByteBuffer> bytes) {
  return intake_->enqueue(std::move(bytes));
}

// The blob's name, with room reserved for it when the store does not have it yet.
Result<Digest> LocalStore::name_blob(ByteView bytes, uint64_t reserved, bool& is_new) {
  is_new = false;
  if (auto open = check_open(); !open) return forward(open);
  const uint64_t length = sizeof(Digest::bytes) + bytes.size();
  if (auto fits = writer_->check_length(EntryType::blob, length); !fits) return forward(fits);
  const Digest digest = crypto::sha256(bytes);
  states_.hold(digest);
  const auto known = index_->has_blob(digest);
  if (!known) return forward(known);
  if (*known) return digest;
  if (auto admitted = admit(reserved); !admitted) return forward(admitted);
  is_new = states_.set_out(digest);
  if (!is_new) space_.release(reserved);
  return digest;
}

// The file comes first: whoever reads the blob's entry in the journal may then count on it.
void LocalStore::keep_blob(BlobIntake::Bytes bytes, BlobIntake::Name name) {
  const uint64_t reserved = on_disk(bytes->size()) + kBlobOverhead;
  bool is_new = false;
  auto digest = name_blob(*bytes, reserved, is_new);
  name.set_value(digest);
  if (!is_new) return;
  Status kept = files_.store(*digest, *bytes);
  states_.filed(*digest, kept);
  if (kept) kept = writer_->append_blob(*digest, std::move(bytes), reserved);
  if (kept) return;
  space_.release(reserved);
  states_.journaled(*digest, kept);
}

// Returns once the blob is in the journal and a file, so that the record's sync covers it.
Status LocalStore::make_ready(const Digest& digest, std::string_view record_id) {
  const auto under_way = states_.await(digest);
  if (!under_way) return forward(under_way);
  if (*under_way) return {};
  const auto known = index_->has_blob(digest);
  if (!known) return forward(known);
  if (*known) return {};
  return fail(ErrorKind::invalid, cat("record '", record_id, "' names blob ", digest.hex(),
                                      ", which the store does not have; put_blob() it first"));
}

Status LocalStore::commit(Record record) {
  if (auto open = check_open(); !open) return open;
  if (auto fine = check_record(record); !fine) return fine;
  // Each held until the record is in the index; the indexer lets go, or a failure here.
  for (const Digest& digest : record.blobs) states_.begin_commit(digest);
  const Status done = [&]() -> Status {
    for (const Digest& digest : record.blobs) {
      if (auto ready = make_ready(digest, record.id); !ready) return ready;
    }
    ByteBuffer payload = print_record(record);
    const uint64_t reserved = kRecordFactor * payload.size() + kRecordOverhead;
    if (auto admitted = admit(reserved); !admitted) return admitted;
    return writer_->append_record(std::move(payload), reserved);
  }();
  if (!done) {
    for (const Digest& digest : record.blobs) states_.end_commit(digest, false);
  }
  return done;
}

void LocalStore::note_damage(const Error& error) {
  health_.poison(error);
  // The next open makes the index anew from what can be read.
  (void)disk_.write(folder_ / "index.damaged", as_bytes(error.what));
}

template <class T>
Result<T> LocalStore::read(Result<T> (Index::*ask)(const Query&), const Query& query) {
  if (stopped_) return fail(ErrorKind::unavailable, "the store is stopped");
  if (auto drained = indexer_->drain(); !drained) return forward(drained);
  auto answer = (index_.get()->*ask)(query);
  if (!answer && answer.error().kind == ErrorKind::corrupt) note_damage(answer.error());
  return answer;
}

Result<Page> LocalStore::list(const Query& query) {
  return read(&Index::list, query);
}

Result<uint64_t> LocalStore::count(const Query& query) {
  return read(&Index::count, query);
}

Result<std::string> LocalStore::find(std::string_view id) {
  if (stopped_) return fail(ErrorKind::unavailable, "the store is stopped");
  if (auto drained = indexer_->drain(); !drained) return forward(drained);
  return index_->find(id);
}

Result<std::vector<std::pair<std::string, uint64_t>>> LocalStore::values(std::string_view attribute) {
  if (stopped_) return fail(ErrorKind::unavailable, "the store is stopped");
  if (auto drained = indexer_->drain(); !drained) return forward(drained);
  return index_->values(attribute);
}

Result<ByteBuffer> LocalStore::blob(const Digest& digest) {
  if (stopped_) return fail(ErrorKind::unavailable, "the store is stopped");
  if (auto filed = states_.await_file(digest); !filed) return forward(filed);
  auto bytes = files_.load(digest);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::not_found, cat("there is no blob ", digest.hex()));
  }
  if (!bytes && bytes.error().kind == ErrorKind::corrupt) log_.error(bytes.error().what);
  return bytes;
}

StoreStats LocalStore::stats() const {
  const IndexTotals totals = index_->totals();
  StoreStats stats;
  stats.records = totals.records;
  stats.blobs = totals.blobs;
  stats.bytes = space_.used();
  stats.max_bytes = options_.max_bytes;
  stats.free_bytes = space_.free_on_disk();
  stats.written_bytes = writer_->written_bytes() + files_.written_bytes() + index_->written_bytes() +
                        segments_->written_bytes();
  stats.expired_records = retention_.expired_records();
  stats.refused = space_.refused();
  stats.syncs = writer_->syncs();
  stats.full = space_.full();
  return stats;
}

Status LocalStore::expire() {
  if (auto open = check_open(); !open) return open;
  if (auto drained = indexer_->drain(); !drained) return drained;
  return indexer_->retain();
}

void LocalStore::stop() {
  stopped_ = true;
  std::call_once(stop_once_, [this] {
    if (!intake_) return;  // open() failed half-way
    // Whoever writes may need a segment from the checkpointer, which may need the indexer.
    intake_->stop();
    writer_->stop();
    indexer_->stop();
    checkpointer_->stop();
    if (!health_.check() || !indexer_->idle()) return;
    Status settled = Checkpointer::settle(files_, *index_);
    Batch batch;
    batch.clean = true;
    if (settled) settled = index_->apply(batch, true);
    if (settled) settled = index_->sync();
    if (!settled) log_.error(cat("storage did not stop cleanly: ", settled.error().what));
  });
}

void LocalStore::blob_journaled(const Digest& digest, const Status& status) {
  states_.journaled(digest, status);
}

void LocalStore::journaled(std::vector<Journaled> entries) {
  indexer_->enqueue(std::move(entries));
}

void LocalStore::not_journaled(uint64_t reserved) {
  space_.release(reserved);
}

void LocalStore::segment_full(uint64_t number) {
  checkpointer_->segment_full(number);
}

}  // namespace oree::storage
