// The RecordStore: hands blobs and records to the threads that write, file, index and checkpoint them.
#pragma once

#include <atomic>
#include <mutex>

#include "core/storage/blobs/blob_files.h"
#include "core/storage/blobs/blob_intake.h"
#include "core/storage/blobs/blob_states.h"
#include "core/storage/journal/checkpointer.h"
#include "core/storage/journal/replay.h"

namespace oree::storage {

class LocalStore final : public RecordStore, private JournalObserver {
 public:
  // RecordStore::open() with the index handed in; `folder` is locked and made.
  static Result<std::unique_ptr<RecordStore>> open(const files::Path& folder, const StoreOptions& options,
                                                   files::Disk& disk, const Clock& clock, Log& log,
                                                   std::unique_ptr<Index> index,
                                                   std::unique_ptr<files::FolderLock> lock);
  ~LocalStore() override;

  std::future<Result<Digest>> hand_in(std::shared_ptr<const ByteBuffer> bytes) override;
  Status commit(Record record) override;
  Result<std::string> find(std::string_view id) override;
  Result<Page> list(const Query& query) override;
  Result<uint64_t> count(const Query& query) override;
  Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view attribute) override;
  Result<ByteBuffer> blob(const Digest& digest) override;
  files::Path blob_path(const Digest& digest) const override { return files_.path(digest); }
  StoreStats stats() const override;
  Status expire() override;
  void stop() override;

 private:
  LocalStore(const files::Path& folder, const StoreOptions& options, files::Disk& disk, const Clock& clock,
             Log& log, std::unique_ptr<Index> index, std::unique_ptr<files::FolderLock> lock);
  Status start(const Replayed& replayed, bool was_clean);
  Result<Replayed> recover();
  Result<Digest> name_blob(ByteView bytes, uint64_t reserved, bool& is_new);
  void keep_blob(BlobIntake::Bytes bytes, BlobIntake::Name name);
  Status make_ready(const Digest& digest, std::string_view record_id);
  Status check_open() const;
  Status admit(uint64_t bytes);
  void note_damage(const Error& error);
  template <class T>
  Result<T> read(Result<T> (Index::*ask)(const Query&), const Query& query);

  void blob_journaled(const Digest& digest, const Status& status) override;
  void journaled(std::vector<Journaled> entries) override;
  void not_journaled(uint64_t reserved) override;
  void segment_full(uint64_t number) override;

  const files::Path folder_;
  const StoreOptions options_;
  files::Disk& disk_;
  Log& log_;
  std::unique_ptr<files::FolderLock> lock_;
  std::unique_ptr<Index> index_;
  Health health_;
  BlobFiles files_;
  BlobStates states_;
  Space space_;
  Retention retention_;
  std::atomic<bool> stopped_{false};
  std::once_flag stop_once_;
  std::optional<Segments> segments_;
  // Destroyed from the end: a thread goes before the ones it calls.
  std::unique_ptr<Indexer> indexer_;
  std::unique_ptr<JournalWriter> writer_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<BlobIntake> intake_;
};

// As they are used: segments of at most an eighth of the cap, whole blocks. `invalid` names what to change.
Result<StoreOptions> check_options(StoreOptions options);
// How much the index may write before it is checkpointed.
uint64_t max_log_bytes(const StoreOptions& options);

}  // namespace oree::storage
