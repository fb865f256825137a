// Reads a log's folder from end to end and says what does not fit: which file, which entry, how.
//
// Reads only, takes no lock: beside a running log it may see half of a change. About 2 s for a million
// entries; memory: 32 bytes each. What a thief of the log's key rewrites whole, with every hash and a new
// checkpoint, fits: against that stand the witnesses' cosignatures, or a checkpoint kept elsewhere
// (`trusted`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ledger/note.h"
#include "platform/files/files.h"

namespace oree::ledger {

enum class FindingKind {
  entry,       // the bytes of an entry were changed
  order,       // entries stand in each other's place
  tile,        // hashes were changed; the entries are right
  bundle,      // a bundle that is none any more
  journal,     // the newest entries cannot be read
  missing,     // a file
  truncated,   // fewer entries than were signed
  checkpoint,  // no checkpoint
  signature,   // of the checkpoint
  root,        // everything fits but the signed root: entries and hashes were rewritten together
};
std::string_view name_of(FindingKind kind);

struct Finding {
  FindingKind kind;
  std::string file;  // in the folder
  std::optional<uint64_t> entry;
  std::string what;
};
std::string print_finding(const files::Path& folder, const Finding& finding);

struct FolderReport {
  uint64_t size = 0;  // entries that are there
  Hash root;
  std::optional<Checkpoint> checkpoint;  // the newest that was signed
  std::optional<Checkpoint> cosigned;    // the newest with witnesses
  std::vector<Finding> findings;
};

// Without a key signatures are not checked. An error only when the folder itself cannot be read.
Result<FolderReport> verify_folder(const files::Path& folder, const VerifierKey* key, files::Disk& disk,
                                   const Checkpoint* trusted = nullptr);

// The entries of a folder, from `from`, at most `limit`, unchecked: for showing.
Result<std::vector<ByteBuffer>> read_entries(const files::Path& folder, uint64_t from, size_t limit,
                                             files::Disk& disk);

}  // namespace oree::ledger
