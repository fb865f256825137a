#include "core/ledger/verify_folder.h"

#include <algorithm>

#include "base/text.h"
#include "core/ledger/journal.h"
#include "core/ledger/tree/tiles.h"

namespace oree::ledger {
namespace {

// Where bundle and tile differ.
struct Doubt {
  uint64_t number;
  Tile by_entries;
  Tile stored;
};

class FolderReader {
 public:
  FolderReader(const files::Path& folder, files::Disk& disk) : folder_(folder), disk_(disk) {}

  Result<std::optional<uint64_t>> newest_journal() const {
    const auto names = disk_.list(folder_);
    if (!names) return forward(names);
    std::optional<uint64_t> newest;
    for (const files::Path& name : *names) {
      if (const auto number = parse_journal_name(name.string())) newest = std::max(newest, number);
    }
    return newest;
  }
  Result<Journal> journal(uint64_t first) const {
    const auto bytes = disk_.read(folder_ / journal_name(first), kMaxJournalBytes);
    if (!bytes) return forward(bytes);
    return read_journal(*bytes);
  }
  Result<ByteBuffer> file(const TileName& name) const {
    return disk_.read(folder_ / print_tile_name(name), kMaxBundleBytes);
  }
  Result<ByteBuffer> file(const std::string& name) const { return disk_.read(folder_ / name, kMaxNoteBytes); }

 private:
  const files::Path& folder_;
  files::Disk& disk_;
};

class FolderAudit {
 public:
  FolderAudit(const files::Path& folder, const VerifierKey* key, files::Disk& disk, const Checkpoint* trusted)
      : files_(folder, disk), key_(key), trusted_(trusted) {}

  Result<FolderReport> run() {
    const auto first = files_.newest_journal();
    if (!first) return forward(first);
    if (!*first)
      note_finding(FindingKind::missing, "journal-…", "the journal with the newest entries is missing");
    in_files_ = first->value_or(0);
    for (uint64_t number = 0; number < in_files_ / kTileWidth; ++number) read_bundle(number);
    if (*first) read_tail(**first);
    read_upper_tiles();
    out_.checkpoint = read_checkpoint("checkpoint");
    out_.cosigned = read_checkpoint("cosigned");
    settle();
    out_.size = leaves_.size();
    out_.root = root_of(leaves_.size());
    for (const auto* checkpoint : {trusted_, pointer(out_.checkpoint), pointer(out_.cosigned)})
      if (checkpoint != nullptr) compare(*checkpoint);
    return std::move(out_);
  }

 private:
  static const Checkpoint* pointer(const std::optional<Checkpoint>& one) { return one ? &*one : nullptr; }

  void note_finding(FindingKind kind, std::string file, std::string what,
                    std::optional<uint64_t> entry = {}) {
    out_.findings.push_back({kind, std::move(file), entry, std::move(what)});
  }

  std::optional<Tile> read_tile(const TileName& name) {
    const auto bytes = files_.file(name);
    const std::string file = print_tile_name(name);
    if (!bytes) {
      note_finding(FindingKind::missing, file, bytes.error().what);
      return std::nullopt;
    }
    auto tile = parse_tile(*bytes);
    if (tile && tile->size() == kTileWidth) return tile;
    note_finding(FindingKind::tile, file, cat("no full tile: it has ", bytes->size(), " bytes"));
    return std::nullopt;
  }

  void read_bundle(uint64_t number) {
    const TileName name{.entries = true, .number = number};
    const auto stored = read_tile({.number = number});
    const auto bytes = files_.file(name);
    std::optional<std::vector<ByteView>> entries;
    if (!bytes) {
      note_finding(FindingKind::missing, print_tile_name(name), bytes.error().what);
    } else if (entries = parse_bundle(*bytes, kTileWidth); !entries) {
      note_finding(FindingKind::bundle, print_tile_name(name),
                   cat("it does not hold ", kTileWidth, " entries any more"), number * kTileWidth);
    }
    Tile made;
    for (size_t i = 0; entries && i < kTileWidth; ++i) made.push_back(leaf_hash((*entries)[i]));
    if (made.empty()) made = stored.value_or(Tile(kTileWidth));
    if (stored && *stored != made) doubts_.push_back({number, made, *stored});
    leaves_.insert(leaves_.end(), made.begin(), made.end());
  }

  void read_tail(uint64_t first) {
    const auto journal = files_.journal(first);
    if (!journal) return note_finding(FindingKind::journal, journal_name(first), journal.error().what, first);
    if (!journal->damage.empty())
      note_finding(FindingKind::journal, journal_name(first), journal->damage, journal->next());
    for (const auto& entry : journal->entries) leaves_.push_back(leaf_hash(entry));
  }

  // The level above says which half of a doubt is right; what cannot be told yet waits for the root.
  void read_upper_tiles() {
    std::vector<Tile> below(in_files_ / kTileWidth);
    for (uint64_t n = 0; n < below.size(); ++n)
      below[n].assign(leaves_.begin() + static_cast<ptrdiff_t>(n * kTileWidth),
                      leaves_.begin() + static_cast<ptrdiff_t>((n + 1) * kTileWidth));
    for (unsigned level = 1; below.size() >= kTileWidth; ++level) {
      std::vector<Tile> tiles(below.size() / kTileWidth);
      for (uint64_t n = 0; n < tiles.size(); ++n) {
        for (size_t i = 0; i < kTileWidth; ++i) tiles[n].push_back(whole_root(below[n * kTileWidth + i]));
        const auto stored = read_tile({.level = level, .number = n});
        if (stored && *stored != tiles[n]) compare_upper(level, n, *stored, tiles[n]);
      }
      below = std::move(tiles);
    }
  }

  void compare_upper(unsigned level, uint64_t number, const Tile& stored, Tile& made) {
    for (size_t i = 0; i < kTileWidth; ++i) {
      if (stored[i] == made[i]) continue;
      const uint64_t child = number * kTileWidth + i;
      const auto doubt = std::ranges::find(doubts_, child, &Doubt::number);
      if (level == 1 && doubt != doubts_.end() && whole_root(doubt->stored) == stored[i]) {
        blame_entries(*doubt);
        made[i] = stored[i];
        doubts_.erase(doubt);
      } else if (level > 1 || doubt == doubts_.end()) {
        note_finding(FindingKind::tile, print_tile_name({.level = level, .number = number}),
                     cat("hash ", i, " is not that of the tile below"));
      }
    }
  }

  // From here on the tile counts.
  void blame_entries(const Doubt& doubt) {
    const std::string file = print_tile_name({.entries = true, .number = doubt.number});
    std::vector<size_t> wrong;
    for (size_t i = 0; i < kTileWidth; ++i)
      if (doubt.by_entries[i] != doubt.stored[i]) wrong.push_back(i);
    for (const size_t i : wrong) {
      const auto home = std::ranges::find_if(
          wrong, [&](size_t other) { return doubt.by_entries[i] == doubt.stored[other]; });
      const uint64_t index = doubt.number * kTileWidth + i;
      if (home != wrong.end()) {
        note_finding(
            FindingKind::order, file,
            cat("it stands where entry ", doubt.number * kTileWidth + *home, " should, or the other way"),
            index);
      } else {
        note_finding(FindingKind::entry, file, "its bytes were changed", index);
      }
    }
    std::ranges::copy(doubt.stored, leaves_.begin() + static_cast<ptrdiff_t>(doubt.number * kTileWidth));
  }

  void blame_tile(const Doubt& doubt) {
    const auto [mine, theirs] = std::ranges::mismatch(doubt.by_entries, doubt.stored);
    note_finding(FindingKind::tile, print_tile_name({.number = doubt.number}),
                 cat("hash ", mine - doubt.by_entries.begin(), " is not that of the entry"));
  }

  Hash root_of(uint64_t size) const { return *tree_root(size, source_of(leaves_)); }

  // What remains in doubt is settled by a signed root: as the entries say, or as the tiles say.
  void settle() {
    if (doubts_.empty()) return;
    const Checkpoint* signed_over = trusted_ != nullptr ? trusted_ : pointer(out_.checkpoint);
    const bool comparable = signed_over != nullptr && signed_over->size <= leaves_.size();
    if (comparable && root_of(signed_over->size) == signed_over->root) {
      for (const Doubt& doubt : doubts_) blame_tile(doubt);
    } else {
      for (const Doubt& doubt : doubts_) blame_entries(doubt);
    }
    doubts_.clear();
  }

  std::optional<Checkpoint> read_checkpoint(const std::string& name) {
    const auto bytes = files_.file(name);
    if (!bytes) {
      const bool may_be_missing = name == "cosigned" || leaves_.empty();
      if (!may_be_missing) note_finding(FindingKind::checkpoint, name, bytes.error().what);
      return std::nullopt;
    }
    const auto note = parse_note(as_text(*bytes));
    if (!note) {
      note_finding(FindingKind::checkpoint, name, note.error().what);
      return std::nullopt;
    }
    auto checkpoint = parse_checkpoint(note->text);
    if (!checkpoint) {
      note_finding(FindingKind::checkpoint, name, checkpoint.error().what);
      return std::nullopt;
    }
    if (key_ != nullptr && check_signature(*note, *key_).state != Signed::right) {
      note_finding(FindingKind::signature, name, cat("it is not signed by ", key_->name));
      return std::nullopt;
    }
    return std::move(*checkpoint);
  }

  void compare(const Checkpoint& checkpoint) {
    const std::string file = &checkpoint == trusted_ ? "trusted checkpoint" : "checkpoint";
    if (checkpoint.size > leaves_.size()) {
      if (!has(FindingKind::truncated))
        note_finding(FindingKind::truncated, file,
                     cat(checkpoint.size, " entries were signed, ", leaves_.size(), " are here"),
                     leaves_.size());
    } else if (root_of(checkpoint.size) != checkpoint.root && !has(FindingKind::root)) {
      note_finding(FindingKind::root, file,
                   cat("the first ", checkpoint.size,
                       " entries lead to another root than the signed one: "
                       "entries were changed and their hashes with them, or the journal was"));
    }
  }

  bool has(FindingKind kind) const {
    return std::ranges::find(out_.findings, kind, &Finding::kind) != out_.findings.end();
  }

  FolderReader files_;
  const VerifierKey* key_;
  const Checkpoint* trusted_;
  FolderReport out_;
  uint64_t in_files_ = 0;
  std::vector<Hash> leaves_;
  std::vector<Doubt> doubts_;
};

}  // namespace

std::string_view name_of(FindingKind kind) {
  constexpr std::string_view kNames[] = {"entry",   "order",     "tile",       "bundle",    "journal",
                                         "missing", "truncated", "checkpoint", "signature", "root"};
  return kNames[static_cast<size_t>(kind)];
}

std::string print_finding(const files::Path& folder, const Finding& finding) {
  const std::string entry = finding.entry ? cat(", entry ", *finding.entry) : "";
  return cat((folder / finding.file).string(), entry, ": ", finding.what);
}

Result<FolderReport> verify_folder(const files::Path& folder, const VerifierKey* key, files::Disk& disk,
                                   const Checkpoint* trusted) {
  return FolderAudit(folder, key, disk, trusted).run();
}

Result<std::vector<ByteBuffer>> read_entries(const files::Path& folder, uint64_t from, size_t limit,
                                             files::Disk& disk) {
  const FolderReader files(folder, disk);
  const auto first = files.newest_journal();
  if (!first) return forward(first);
  if (!*first) return fail(ErrorKind::not_found, cat(folder.string(), " holds no log: it has no journal"));
  std::vector<ByteBuffer> out;
  while (from < **first && out.size() < limit) {
    const auto bytes = files.file(TileName{.entries = true, .number = from / kTileWidth});
    if (!bytes) return forward(bytes);
    const auto entries = parse_bundle(*bytes, kTileWidth);
    if (!entries) return fail(ErrorKind::corrupt, cat("the bundle with entry ", from, " is damaged"));
    for (; out.size() < limit;) {
      const ByteView entry = (*entries)[from % kTileWidth];
      out.emplace_back(entry.begin(), entry.end());
      if (++from % kTileWidth == 0) break;
    }
  }
  auto journal = files.journal(**first);
  if (!journal) return forward(journal);
  for (; from < journal->next() && out.size() < limit; ++from)
    out.push_back(std::move(journal->entries[from - **first]));
  return out;
}

}  // namespace oree::ledger
