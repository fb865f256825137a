// The log of a station: entries that are only ever added, under checkpoints that its key signs.
//
//   auto log = Log::open(folder, "oree/lathe/orders", key, disk);
//   auto index = log->append(entries);        // durable when it returns
//   auto checkpoint = log->checkpoint();      // signed, over everything that is durable
//
// A folder: checkpoint (the newest signed), cosigned (the newest with witnesses), tile/… (full tiles and
// bundles, c2sp.org/tlog-tiles), journal-… (the entries behind them), lock. Partial tiles are made on
// request.
//
// Thread-safe; callers of append() at the same time share one sync. Only durable entries are signed and a
// checkpoint is durable before anybody gets it, so that no crash makes the log sign another history. A folder
// put back from a backup can: the witnesses refuse it. After a failed write append() refuses for ever
// (`unavailable`): open the log again. Errors: `corrupt` names the file; `conflict` for a folder in use.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "core/ledger/journal.h"
#include "core/ledger/note.h"
#include "core/ledger/tree/tile_tree.h"

namespace oree::ledger {

struct Entry {
  uint64_t index = 0;
  ByteBuffer bytes;
};

class Log {
 public:
  static constexpr size_t kMaxEntries = 10'000;  // of one append() or entries()
  static constexpr size_t kMaxBatchBytes = 32 << 20;

  // Makes the folder when there is none. Reads the right edge of the tree and the journal, and compares them
  // with the checkpoint; entries in full tiles are checked when they are read (all: verify_folder.h).
  static Result<std::unique_ptr<Log>> open(const files::Path& folder, const std::string& origin,
                                           const crypto::SigningKey& key, files::Disk& disk);

  // The index of the first; `invalid` for no entries, too many, or one above 65,535 bytes.
  Result<uint64_t> append(std::span<const ByteView> entries);
  uint64_t size() const { return tree_.size(); }  // durable entries

  // The signed checkpoint of all durable entries; signs when there are new ones.
  Result<std::string> checkpoint();
  // A checkpoint of this log with cosignatures, to be served from now on; an older one is ignored. `invalid`
  // when it is not this log's.
  Status keep_cosigned(std::string_view note);
  std::string cosigned() const;  // "": none yet

  Result<std::vector<Entry>> entries(uint64_t from, size_t limit) const;
  Result<Hash> root(uint64_t size) const { return tree_.root(size); }
  Result<std::vector<Hash>> inclusion(uint64_t index, uint64_t size) const;
  Result<std::vector<Hash>> consistency(uint64_t old_size, uint64_t size) const;

  // What lies under a path of c2sp.org/tlog-tiles: "checkpoint" (cosigned, if there is one),
  // "tile/0/001.p/7", "tile/entries/000". `not_found` for everything else.
  Result<ByteBuffer> read_file(std::string_view path) const;

  const VerifierKey& key() const { return verifier_; }
  const std::string& origin() const { return verifier_.name; }

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Waiting {
    std::span<const ByteView> entries;
    std::vector<Hash> hashes;
    size_t bytes = 0;
    uint64_t first = 0;
    bool done = false;
    std::optional<Error> error;
  };

  Log(files::Path folder, VerifierKey verifier, crypto::SigningKey key, files::Disk& disk)
      : folder_(std::move(folder)),
        verifier_(std::move(verifier)),
        key_(std::move(key)),
        disk_(disk),
        tree_(folder_, disk) {}

  Status start();
  Result<std::optional<uint64_t>> find_journal();
  Status load_journal(uint64_t first);
  Status load_checkpoint(const std::string& name, std::string& text, uint64_t& size);
  Status check_root(const std::string& name, const Checkpoint& checkpoint) const;
  Status begin_journal(uint64_t first);

  void write_batch(Lock& lock);
  Status write_entries(std::span<Waiting* const> batch, uint64_t first);
  void install(std::span<Waiting* const> batch);
  Status save_tiles();
  Status save_file(const TileName& name, ByteView bytes, std::vector<files::Path>& written);
  Status make_folders(const files::Path& folder);

  Result<std::vector<ByteBuffer>> bundle(uint64_t number, unsigned width) const;

  const files::Path folder_;
  const VerifierKey verifier_;
  const crypto::SigningKey key_;
  files::Disk& disk_;
  std::unique_ptr<files::FolderLock> folder_lock_;
  TileTree tree_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Waiting*> queue_;
  bool writing_ = false;  // somebody holds the pen: the journal is theirs
  std::optional<Error> failure_;
  uint64_t in_files_ = 0;        // entries in full tiles; a multiple of 256
  std::deque<ByteBuffer> tail_;  // the entries behind them
  size_t tail_bytes_ = 0;
  std::string signed_;
  std::string cosigned_;
  uint64_t signed_size_ = 0;
  uint64_t cosigned_size_ = 0;

  std::mutex sign_mutex_;         // held while a checkpoint is written; before mutex_
  JournalHeader journal_header_;  // with the pen
  std::unique_ptr<files::Appender> journal_;
  std::vector<files::Path> known_folders_;
};

}  // namespace oree::ledger
