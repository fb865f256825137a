// What Log::open() does: find the journal, restore the tree, compare with what was signed.
#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "core/ledger/log.h"
#include "core/ledger/verify_folder.h"

namespace oree::ledger {

Result<std::unique_ptr<Log>> Log::open(const files::Path& folder, const std::string& origin,
                                       const crypto::SigningKey& key, files::Disk& disk) {
  auto verifier = verifier_key(origin, KeyType::note, key.public_key());
  if (!verifier) return forward(verifier);
  if (auto made = disk.make_folder(folder); !made) return forward(made);
  std::unique_ptr<Log> log(new Log(folder, std::move(*verifier), key, disk));
  auto lock = disk.lock(folder);
  if (!lock) return forward(lock);
  log->folder_lock_ = std::move(*lock);
  if (auto started = log->start(); !started) return forward(started);
  return log;
}

Status Log::start() {
  const auto first = find_journal();
  if (!first) return forward(first);
  if (*first) {
    if (auto restored = tree_.restore(**first); !restored) return restored;
    if (auto loaded = load_journal(**first); !loaded) return loaded;
  }
  if (auto loaded = load_checkpoint("checkpoint", signed_, signed_size_); !loaded) return loaded;
  if (auto loaded = load_checkpoint("cosigned", cosigned_, cosigned_size_); !loaded) return loaded;
  journal_header_.first = in_files_;
  // Written anew before anything is signed: after a failed sync the page cache may show what the disk lacks.
  if (auto begun = begin_journal(in_files_); !begun) return begun;
  return save_tiles();
}

// The newest journal is whole, and everything before it is in files: it was made after they were synced.
Result<std::optional<uint64_t>> Log::find_journal() {
  const auto names = disk_.list(folder_);
  if (!names) return forward(names);
  std::optional<uint64_t> first;
  bool used = false;
  for (const files::Path& name : *names) {
    const auto number = parse_journal_name(name.string());
    if (number && (!first || *number > *first)) first = number;
    used = used || name == "checkpoint" || name == "tile";
  }
  if (!first && used)
    return fail(ErrorKind::corrupt, cat((folder_ / "journal-…").string(),
                                        " is missing: the newest entries of the log are in it"));
  if (first && *first % kTileWidth != 0)
    return fail(ErrorKind::corrupt,
                cat((folder_ / journal_name(*first)).string(), " is no journal of a log"));
  for (const files::Path& name : *names) {
    const auto number = parse_journal_name(name.string());
    if (!number || number == first) continue;
    if (auto removed = disk_.remove(folder_ / name); !removed) return forward(removed);
  }
  return first;
}

Status Log::load_journal(uint64_t first) {
  const files::Path path = folder_ / journal_name(first);
  const auto bytes = disk_.read(path, kMaxJournalBytes);
  if (!bytes) return forward(bytes);
  auto journal = read_journal(*bytes);
  if (!journal) return forward(journal, path.string());
  if (journal->header.first != first)
    return fail(ErrorKind::corrupt, cat(path.string(), " begins with entry ", journal->header.first));
  if (!journal->damage.empty()) return fail(ErrorKind::corrupt, cat(path.string(), ": ", journal->damage));
  std::vector<Hash> hashes;
  for (auto& entry : journal->entries) {
    hashes.push_back(leaf_hash(entry));
    tail_bytes_ += entry.size();
    tail_.push_back(std::move(entry));
  }
  tree_.append(hashes);
  in_files_ = first;
  return {};
}

Status Log::load_checkpoint(const std::string& name, std::string& text, uint64_t& size) {
  const files::Path path = folder_ / name;
  const auto bytes = disk_.read(path, kMaxNoteBytes);
  if (!bytes) return bytes.error().kind == ErrorKind::not_found ? Status() : forward(bytes);
  const auto note = parse_note(as_text(*bytes));
  if (!note) return fail(ErrorKind::corrupt, cat(path.string(), ": ", note.error().what));
  const auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return fail(ErrorKind::corrupt, cat(path.string(), ": ", checkpoint.error().what));
  if (checkpoint->origin != origin())
    return fail(ErrorKind::conflict, cat(path.string(), " is of the log '", checkpoint->origin, "', not '",
                                         origin(), "': choose another folder"));
  if (check_signature(*note, verifier_).state != Signed::right)
    return fail(ErrorKind::corrupt, cat(path.string(),
                                        " is not signed by this log's key: it was altered, or "
                                        "the key is another"));
  if (auto checked = check_root(name, *checkpoint); !checked) return checked;
  text = as_text(*bytes);
  size = checkpoint->size;
  return {};
}

Status Log::check_root(const std::string& name, const Checkpoint& checkpoint) const {
  const uint64_t have = tree_.size();
  const files::Path path = folder_ / name;
  if (checkpoint.size > have)
    return fail(ErrorKind::corrupt,
                cat((folder_ / journal_name(in_files_)).string(), " ends at entry ", have, ", but ",
                    path.string(), " was signed over ", checkpoint.size, " entries: entries were lost"));
  const auto root = tree_.root(checkpoint.size);
  if (!root) return forward(root);
  if (*root == checkpoint.root) return {};
  const auto report = verify_folder(folder_, &verifier_, disk_);
  if (report && !report->findings.empty())
    return fail(ErrorKind::corrupt, print_finding(folder_, report->findings.front()));
  return fail(ErrorKind::corrupt, cat("the entries do not lead to the root in ", path.string()));
}

// The journal from `first`, with the entries that are in memory; older ones are given up.
Status Log::begin_journal(uint64_t first) {
  JournalHeader header{first, 0};
  crypto::random_bytes(std::as_writable_bytes(std::span(&header.salt, 1)));
  ByteBuffer bytes;
  append_header(bytes, header);
  {
    const std::lock_guard lock(mutex_);
    ByteBuffer payload;
    const size_t skip = first - in_files_;
    for (size_t i = skip; i < tail_.size(); ++i) append_entry(payload, tail_[i]);
    if (skip < tail_.size()) append_batch(bytes, header, first, tail_.size() - skip, payload);
  }
  const files::Path path = folder_ / journal_name(first);
  if (auto written = disk_.write(path, bytes); !written) return written;
  auto opened = disk_.open_append(path, std::nullopt);
  if (!opened) return forward(opened);
  journal_ = std::move(*opened);
  const uint64_t old = journal_header_.first;
  journal_header_ = header;
  if (old != first) (void)disk_.remove(folder_ / journal_name(old));  // if not, the next open() does
  return {};
}

}  // namespace oree::ledger
