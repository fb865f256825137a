#include "core/storage/index/sqlite_index.h"

#include <algorithm>

#include "base/text.h"

namespace oree::storage {
namespace {

constexpr int64_t kSchema = 1;
constexpr uint64_t kPageSize = 4096;

constexpr std::string_view kCreate = R"(
  PRAGMA auto_vacuum = INCREMENTAL;
  VACUUM;
  CREATE TABLE records(row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,
                       entry BLOB NOT NULL);
  CREATE INDEX records_by_time ON records(time);
  CREATE TABLE attributes(name TEXT NOT NULL, value TEXT NOT NULL, time INTEGER NOT NULL, row INTEGER NOT NULL,
                          PRIMARY KEY(name, value, time, row)) WITHOUT ROWID;
  CREATE TABLE blobs(digest BLOB PRIMARY KEY, bytes INTEGER NOT NULL, refs INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX unreferenced ON blobs(digest) WHERE refs = 0;
  CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO state VALUES('segment', 0), ('offset', 0), ('clean', 0);
  PRAGMA user_version = 1;
)";

// A blob that a record names but the store has lost; it is stored again when somebody puts it.
constexpr int64_t kLost = -1;

Result<int64_t> one_integer(sql::Database& database, std::string_view statement) {
  auto select = database.prepare(statement);
  if (!select) return forward(select);
  auto row = select->step();
  if (!row) return forward(row);
  return *row ? select->integer(0) : 0;
}

uint64_t file_size(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

std::vector<Digest> distinct(std::vector<Digest> digests) {
  std::ranges::sort(digests);
  digests.erase(std::ranges::unique(digests).begin(), digests.end());
  return digests;
}

int64_t stamp(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

struct SqliteIndex::Writes {
  sql::Statement known_record, add_record, remove_record, record_by_row;
  sql::Statement add_attribute, remove_attribute;
  sql::Statement known_blob, add_blob, found_blob, lost_blob, reference, dereference, remove_blob;
  sql::Statement set_state, page_count, free_pages;
};

SqliteIndex::SqliteIndex(std::string path, sql::Database writer)
    : path_(std::move(path)), writer_{{}, std::move(writer)} {}
SqliteIndex::~SqliteIndex() = default;

Result<std::unique_ptr<SqliteIndex>> SqliteIndex::open(const std::string& path, uint64_t max_log_bytes) {
  auto database = sql::Database::open(path, {.sync = sql::Sync::normal});
  if (!database) return forward(database);
  const auto schema = one_integer(*database, "PRAGMA user_version");
  if (!schema) return forward(schema);
  if (*schema == 0) {
    if (auto created = database->execute(kCreate); !created) return forward(created);
  } else if (*schema != kSchema) {
    return fail(ErrorKind::unsupported, cat(path, " has version ", *schema,
                                            ", written by a newer program; this one reads ", kSchema));
  }
  // Checkpoints happen when we say so: they sync, and the indexer must not wait for that.
  const std::string limits =
      cat("PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ", max_log_bytes);
  if (auto set = database->execute(limits); !set) return forward(set);
  std::unique_ptr<SqliteIndex> index(new SqliteIndex(path, std::move(*database)));
  if (auto prepared = index->prepare(); !prepared) return forward(prepared);
  if (auto loaded = index->load(); !loaded) return forward(loaded);
  if (auto opened = index->open_readers(); !opened) return forward(opened);
  return index;
}

Status SqliteIndex::prepare() {
  Status status;
  const auto get = [&](std::string_view text) -> sql::Statement {
    auto statement = writer_.database.prepare(text);
    if (!statement && status) status = forward(statement);
    // After a failure any statement will do: it is never stepped.
    return statement ? std::move(*statement) : std::move(*writer_.database.prepare("SELECT 1"));
  };
  writes_.reset(new Writes{
      get("SELECT row, entry FROM records WHERE id = ?"),
      get("INSERT INTO records(id, time, entry) VALUES(?, ?, ?) RETURNING row"),
      get("DELETE FROM records WHERE row = ?"),
      get("SELECT entry FROM records WHERE row = ?"),
      get("INSERT OR IGNORE INTO attributes VALUES(?, ?, ?, ?)"),
      get("DELETE FROM attributes WHERE name = ? AND value = ? AND time = ? AND row = ?"),
      get("SELECT bytes FROM blobs WHERE digest = ?"),
      get("INSERT INTO blobs VALUES(?, ?, 0)"),
      get("UPDATE blobs SET bytes = ? WHERE digest = ?"),
      get("INSERT INTO blobs VALUES(?, ?, 1)"),
      get("UPDATE blobs SET refs = refs + 1 WHERE digest = ?"),
      get("UPDATE blobs SET refs = refs - 1 WHERE digest = ? AND refs > 0"),
      get("DELETE FROM blobs WHERE digest = ?"),
      get("UPDATE state SET value = ? WHERE name = ?"),
      get("PRAGMA page_count"),
      get("PRAGMA freelist_count"),
  });
  return status;
}

Status SqliteIndex::load() {
  auto select = writer_.database.prepare(
      "SELECT (SELECT value FROM state WHERE name = 'segment'), (SELECT value FROM state WHERE name = "
      "'offset'),"
      " (SELECT value FROM state WHERE name = 'clean'), (SELECT count(*) FROM records), blobs, bytes FROM"
      " (SELECT count(*) blobs, total((bytes + 4095) / 4096 * 4096) bytes FROM blobs WHERE bytes >= 0)");
  if (!select) return forward(select);
  if (auto row = select->step(); !row) return forward(row);
  state_.applied = {static_cast<uint64_t>(select->integer(0)), static_cast<uint64_t>(select->integer(1))};
  state_.clean = select->integer(2) != 0;
  totals_.records = static_cast<uint64_t>(select->integer(3));
  totals_.blobs = static_cast<uint64_t>(select->integer(4));
  totals_.blob_bytes = static_cast<uint64_t>(select->integer(5));
  pending_ = totals_;
  select->reset();
  measure();
  return {};
}

Status SqliteIndex::open_readers() {
  points_ = scans_ = checkpoints_ = &writer_;
  if (path_ == ":memory:") return {};
  const std::pair<std::unique_ptr<Connection>*, Connection**> wanted[] = {
      {&own_points_, &points_}, {&own_scans_, &scans_}, {&own_checkpoints_, &checkpoints_}};
  for (const auto& [own, use] : wanted) {
    auto database =
        sql::Database::open(path_, {.sync = sql::Sync::normal, .read_only = own != &own_checkpoints_});
    if (!database) return forward(database);
    own->reset(new Connection{{}, std::move(*database)});
    *use = own->get();
  }
  return {};
}

// Called by the writer between transactions.
void SqliteIndex::measure() {
  const auto pages = [](sql::Statement& pragma) {
    const bool row = pragma.step().value_or(false);
    const uint64_t count = row ? static_cast<uint64_t>(pragma.integer(0)) : 0;
    pragma.reset();
    return count * kPageSize;
  };
  IndexSize size;
  const uint64_t logical = pages(writes_->page_count);
  size.reusable = pages(writes_->free_pages);
  size.log = file_size(path_ + "-wal");
  // Pages still in the log will come to the file: count whichever is larger.
  size.bytes = std::max(logical, file_size(path_)) + size.log + file_size(path_ + "-shm");
  const std::lock_guard lock(mutex_);
  size_ = size;
}

Status SqliteIndex::apply(const Batch& batch, bool durable) {
  const std::lock_guard lock(writer_.mutex);
  sql::Database& database = writer_.database;
  if (durable) {
    if (auto set = database.execute("PRAGMA synchronous = FULL"); !set) return set;
  }
  const Status status = [&]() -> Status {
    auto transaction = sql::Transaction::begin(database);
    if (!transaction) return forward(transaction);
    for (const Change& change : batch.changes) {
      if (auto done = apply_one(change); !done) return done;
    }
    const auto set = [&](std::string_view name, uint64_t value) {
      return writes_->set_state.bind(1, static_cast<int64_t>(value)).bind(2, name).run();
    };
    if (batch.applied) {
      if (auto done = set("segment", batch.applied->segment); !done) return done;
      if (auto done = set("offset", batch.applied->offset); !done) return done;
    }
    if (batch.clean) {
      if (auto done = set("clean", *batch.clean ? 1 : 0); !done) return done;
    }
    return transaction->commit();
  }();
  if (durable) (void)database.execute("PRAGMA synchronous = NORMAL");
  if (!status) {
    pending_ = totals();
    return status;
  }
  measure();
  const std::lock_guard guard(mutex_);
  totals_ = pending_;
  if (batch.applied) state_.applied = *batch.applied;
  if (batch.clean) state_.clean = *batch.clean;
  return {};
}

Status SqliteIndex::apply_one(const Change& change) {
  return std::visit(
      [this]<class T>(const T& one) {
        if constexpr (std::is_same_v<T, AddBlob> || std::is_same_v<T, AddRecord>) {
          return add(one);
        } else {
          return drop(one);
        }
      },
      change);
}

Status SqliteIndex::add(const AddBlob& blob) {
  writes_->known_blob.bind(1, blob.digest.bytes);
  const auto known = writes_->known_blob.step();
  if (!known) return forward(known);
  const bool lost = *known && writes_->known_blob.integer(0) == kLost;
  writes_->known_blob.reset();
  if (*known && !lost) return {};
  const auto bytes = static_cast<int64_t>(blob.bytes);
  auto done = lost ? writes_->found_blob.bind(1, bytes).bind(2, blob.digest.bytes).run()
                   : writes_->add_blob.bind(1, blob.digest.bytes).bind(2, bytes).run();
  if (!done) return done;
  ++pending_.blobs;
  pending_.blob_bytes += on_disk(blob.bytes);
  return {};
}

Status SqliteIndex::add(const AddRecord& added) {
  const auto record = parse_record(added.payload);
  if (!record) return fail(ErrorKind::bug, "a record that cannot be read back came to the index");
  writes_->known_record.bind(1, record->id);
  const auto known = writes_->known_record.step();
  if (!known) return forward(known);
  if (*known) {
    const int64_t row = writes_->known_record.integer(0);
    const ByteView entry = writes_->known_record.blob(1);
    const ByteBuffer old(entry.begin(), entry.end());
    writes_->known_record.reset();
    const auto before = parse_record(old);
    if (!before) return fail(ErrorKind::corrupt, cat(path_, ": record '", record->id, "' cannot be read"));
    if (auto dropped = drop_row(row, *before); !dropped) return dropped;
  }
  writes_->known_record.reset();
  writes_->add_record.bind(1, record->id).bind(2, stamp(record->time)).bind(3, ByteView(added.payload));
  const auto inserted = writes_->add_record.step();
  if (!inserted) return forward(inserted);
  const int64_t row = writes_->add_record.integer(0);
  writes_->add_record.reset();
  ++pending_.records;
  return add_references(row, *record);
}

Status SqliteIndex::add_references(int64_t row, const RecordView& record) {
  for (const auto& [name, value] : record.attributes) {
    writes_->add_attribute.bind(1, name).bind(2, value).bind(3, stamp(record.time)).bind(4, row);
    if (auto done = writes_->add_attribute.run(); !done) return done;
  }
  for (const Digest& digest : distinct(record.blobs)) {
    if (auto done = writes_->reference.bind(1, digest.bytes).run(); !done) return done;
    if (writer_.database.changes() > 0) continue;
    if (auto done = writes_->lost_blob.bind(1, digest.bytes).bind(2, kLost).run(); !done) return done;
  }
  return {};
}

Status SqliteIndex::drop(const RemoveRecord& removed) {
  writes_->record_by_row.bind(1, removed.row);
  const auto known = writes_->record_by_row.step();
  if (!known) return forward(known);
  const ByteView entry = *known ? writes_->record_by_row.blob(0) : ByteView();
  const ByteBuffer payload(entry.begin(), entry.end());
  writes_->record_by_row.reset();
  if (!*known) return {};
  const auto record = parse_record(payload);
  if (!record) return fail(ErrorKind::corrupt, cat(path_, ": row ", removed.row, " cannot be read"));
  return drop_row(removed.row, *record);
}

Status SqliteIndex::drop_row(int64_t row, const RecordView& record) {
  for (const auto& [name, value] : record.attributes) {
    writes_->remove_attribute.bind(1, name).bind(2, value).bind(3, stamp(record.time)).bind(4, row);
    if (auto done = writes_->remove_attribute.run(); !done) return done;
  }
  for (const Digest& digest : distinct(record.blobs)) {
    if (auto done = writes_->dereference.bind(1, digest.bytes).run(); !done) return done;
  }
  if (auto done = writes_->remove_record.bind(1, row).run(); !done) return done;
  --pending_.records;
  return {};
}

Status SqliteIndex::drop(const RemoveBlob& blob) {
  writes_->known_blob.bind(1, blob.digest.bytes);
  const auto known = writes_->known_blob.step();
  if (!known) return forward(known);
  const int64_t bytes = *known ? writes_->known_blob.integer(0) : kLost;
  writes_->known_blob.reset();
  if (auto done = writes_->remove_blob.bind(1, blob.digest.bytes).run(); !done) return done;
  if (bytes == kLost) return {};
  --pending_.blobs;
  pending_.blob_bytes -= on_disk(static_cast<uint64_t>(bytes));
  return {};
}

Status SqliteIndex::sync() {
  if (path_ == ":memory:") return {};
  const std::lock_guard lock(checkpoints_->mutex);
  // PASSIVE never waits for readers or the writer: it syncs the log, copies what it may, syncs the file.
  return checkpoint(checkpoints_->database, "PASSIVE");
}

Status SqliteIndex::empty_log() {
  if (path_ == ":memory:") return {};
  const std::scoped_lock lock(checkpoints_->mutex, writer_.mutex);
  // Waits for readers, which take milliseconds. Without it the log would keep its size until the next write,
  // and a store at its cap waits for room before it writes.
  auto done = checkpoint(writer_.database, "TRUNCATE");
  measure();
  return done;
}

Status SqliteIndex::checkpoint(sql::Database& database, std::string_view mode) {
  auto pragma = database.prepare(cat("PRAGMA wal_checkpoint(", mode, ")"));
  if (!pragma) return forward(pragma);
  const auto row = pragma->step();
  if (!row) return forward(row);
  if (*row && pragma->integer(0) != 0)
    return fail(ErrorKind::busy, cat(path_, ": a checkpoint is in progress"));
  constexpr uint64_t kTwice = 2;  // once to the log, once to the file
  if (*row) written_ += static_cast<uint64_t>(std::max<int64_t>(0, pragma->integer(1))) * kPageSize * kTwice;
  return {};
}

Status SqliteIndex::shrink(uint64_t max_bytes) {
  const std::lock_guard lock(writer_.mutex);
  auto status = writer_.database.execute(cat("PRAGMA incremental_vacuum(", max_bytes / kPageSize + 1, ")"));
  measure();
  return status;
}

IndexState SqliteIndex::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

IndexTotals SqliteIndex::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

IndexSize SqliteIndex::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace oree::storage
