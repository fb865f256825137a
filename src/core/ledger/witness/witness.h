// A witness: cosigns what a log shows it, as long as it is the history that it has seen, and longer
// (c2sp.org/tlog-witness, c2sp.org/tlog-cosignature v1).
//
// For each log one file: the newest checkpoint with this witness's own cosignature, written durably before
// the cosignature is given away. So it never cosigns a fork of what it has seen nor an older tree, whatever
// crashes. A file that was altered is noticed (`corrupt`: the witness does not open). A folder put back from
// a backup is simply behind: what is shown must be consistent with what it knew then. What it signed since is
// forgotten: for that time the quorum's other witnesses stand.
//
// Thread-safe. The disk and the clock must outlive it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ledger/note.h"
#include "platform/files/files.h"

namespace oree::ledger {

struct WitnessAnswer {
  int status = 0;  // of HTTP: 200 cosignature, 400, 403, 404, 409 the size known, 422, 500 the disk failed
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

class Witness {
 public:
  // `logs`: verifier keys of type note; a key's name is the log's origin, and a log may have several keys.
  static Result<std::unique_ptr<Witness>> open(const files::Path& folder, const std::string& name,
                                               const crypto::SigningKey& key, std::vector<VerifierKey> logs,
                                               files::Disk& disk, const Clock& clock);

  WitnessAnswer add_checkpoint(std::string_view body);

  // More logs to know, at any time. `invalid` for a key that is no log's, `corrupt` for a damaged file.
  Status add_log(const VerifierKey& log);
  // What it cosigned last.
  std::optional<Checkpoint> last(const std::string& origin) const;
  const VerifierKey& key() const { return verifier_; }

 private:
  struct Known {
    std::vector<VerifierKey> keys;
    std::optional<Checkpoint> last;
  };

  Witness(files::Path folder, VerifierKey verifier, crypto::SigningKey key, files::Disk& disk,
          const Clock& clock)
      : folder_(std::move(folder)),
        verifier_(std::move(verifier)),
        key_(std::move(key)),
        disk_(disk),
        clock_(clock) {}
  files::Path file_of(const std::string& origin) const;
  Result<std::optional<Checkpoint>> load(const std::string& origin) const;
  WitnessAnswer cosign(Known& known, Note note, Checkpoint checkpoint);

  const files::Path folder_;
  const VerifierKey verifier_;
  const crypto::SigningKey key_;
  files::Disk& disk_;
  const Clock& clock_;
  std::unique_ptr<files::FolderLock> folder_lock_;
  mutable std::mutex mutex_;  // held from the comparison with what is known until the new is durable
  std::map<std::string, Known> logs_;
};

}  // namespace oree::ledger
