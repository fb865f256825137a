// The Index in an SQLite file, or in memory for tests.
//
// WAL with synchronous=NORMAL: a commit waits for no disk, and a power cut loses whole transactions at the
// end only. sync() runs a checkpoint, which syncs log and file.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "core/storage/index/index.h"
#include "platform/sql/database.h"

namespace oree::storage {

class SqliteIndex final : public Index {
 public:
  // ":memory:" for tests. `corrupt` when the file is no index of ours.
  static Result<std::unique_ptr<SqliteIndex>> open(const std::string& path, uint64_t max_log_bytes);
  ~SqliteIndex() override;

  Status apply(const Batch& batch, bool durable) override;
  Status sync() override;
  Status empty_log() override;
  Status shrink(uint64_t max_bytes) override;
  IndexState state() const override;
  IndexTotals totals() const override;
  IndexSize size() const override;
  uint64_t written_bytes() const override { return written_; }
  Result<std::string> find(std::string_view id) override;
  Result<bool> has_blob(const Digest& digest) override;
  Result<Page> list(const Query& query) override;
  Result<uint64_t> count(const Query& query) override;
  Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view attribute) override;
  Result<std::vector<OldRecord>> oldest(size_t limit) override;
  Result<std::vector<Digest>> unreferenced(size_t limit) override;

 private:
  struct Connection {
    std::mutex mutex;
    sql::Database database;
    std::optional<sql::Statement> has_blob;  // asked twice for each part: prepared once
  };
  struct Writes;  // the prepared statements of apply()

  SqliteIndex(std::string path, sql::Database writer);
  Status prepare();
  Status load();
  Status open_readers();
  Status apply_one(const Change& change);
  Status add(const AddBlob& blob);
  Status add(const AddRecord& record);
  Status add_references(int64_t row, const RecordView& record);
  Status drop(const RemoveRecord& record);
  Status drop(const RemoveBlob& blob);
  Status drop_row(int64_t row, const RecordView& record);
  Status checkpoint(sql::Database& database, std::string_view mode);
  void measure();

  std::string path_;
  Connection writer_;
  std::unique_ptr<Connection> own_points_;  // short look-ups never wait for a long list
  std::unique_ptr<Connection> own_scans_;
  std::unique_ptr<Connection> own_checkpoints_;
  Connection* points_ = nullptr;
  Connection* scans_ = nullptr;
  Connection* checkpoints_ = nullptr;
  std::unique_ptr<Writes> writes_;
  IndexTotals pending_;  // as they are inside the running transaction; writer only

  mutable std::mutex mutex_;  // guards what follows
  IndexState state_;
  IndexTotals totals_;
  IndexSize size_;
  std::atomic<uint64_t> written_{0};
};

}  // namespace oree::storage
