#include "core/ledger/witness/witness.h"

#include <algorithm>

#include "base/text.h"
#include "core/ledger/witness/request.h"

namespace oree::ledger {
namespace {

WitnessAnswer refuse(int status, std::string_view why) {
  return {.status = status, .body = cat(why, "\n")};
}

WitnessAnswer conflict(uint64_t known) {
  return {.status = 409, .type = "text/x.tlog.size", .body = cat(known, "\n")};
}

bool is_signed_by(const Note& note, const std::vector<VerifierKey>& keys) {
  return std::ranges::any_of(
      keys, [&](const VerifierKey& key) { return check_signature(note, key).state == Signed::right; });
}

}  // namespace

Result<std::unique_ptr<Witness>> Witness::open(const files::Path& folder, const std::string& name,
                                               const crypto::SigningKey& key, std::vector<VerifierKey> logs,
                                               files::Disk& disk, const Clock& clock) {
  auto verifier = verifier_key(name, KeyType::cosignature, key.public_key());
  if (!verifier) return forward(verifier);
  if (auto made = disk.make_folder(folder); !made) return forward(made);
  std::unique_ptr<Witness> witness(new Witness(folder, std::move(*verifier), key, disk, clock));
  auto lock = disk.lock(folder);
  if (!lock) return forward(lock);
  witness->folder_lock_ = std::move(*lock);
  for (const auto& log : logs) {
    if (auto added = witness->add_log(log); !added) return forward(added);
  }
  return witness;
}

Status Witness::add_log(const VerifierKey& log) {
  if (log.type != KeyType::note) return fail(ErrorKind::invalid, cat("'", log.text(), "' is no log's key"));
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(log.name);
  if (found != logs_.end()) {
    auto& keys = found->second.keys;
    if (std::ranges::find(keys, log) == keys.end()) keys.push_back(log);
    return {};
  }
  auto last = load(log.name);
  if (!last) return forward(last);
  logs_[log.name] = {{log}, std::move(*last)};
  return {};
}

// An origin may hold any character: its digest names the file.
files::Path Witness::file_of(const std::string& origin) const {
  return folder_ / cat(crypto::sha256(as_bytes(origin)).hex(), ".checkpoint");
}

Result<std::optional<Checkpoint>> Witness::load(const std::string& origin) const {
  const files::Path path = file_of(origin);
  const auto bytes = disk_.read(path, kMaxNoteBytes);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!bytes) return forward(bytes);
  const auto note = parse_note(as_text(*bytes));
  auto checkpoint = note ? parse_checkpoint(note->text) : Result<Checkpoint>(forward(note));
  if (!checkpoint || checkpoint->origin != origin || check_signature(*note, verifier_).state != Signed::right)
    return fail(ErrorKind::corrupt, cat(path.string(), " does not bear the cosignature of ", verifier_.name,
                                        ": it was altered, or the key is another"));
  return std::move(*checkpoint);
}

std::optional<Checkpoint> Witness::last(const std::string& origin) const {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(origin);
  return found == logs_.end() ? std::nullopt : found->second.last;
}

WitnessAnswer Witness::add_checkpoint(std::string_view body) {
  const auto request = parse_request(body);
  if (!request) return refuse(400, request.error().what);
  auto note = parse_note(request->checkpoint);
  if (!note) return refuse(400, note.error().what);
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return refuse(400, checkpoint.error().what);

  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(checkpoint->origin);
  if (found == logs_.end()) return refuse(404, cat("the log '", checkpoint->origin, "' is not known here"));
  Known& known = found->second;
  if (!is_signed_by(*note, known.keys))
    return refuse(403, "no signature of a key that is known for this log");
  if (request->old_size > checkpoint->size)
    return refuse(400, "the old size is above that of the checkpoint");
  const uint64_t known_size = known.last ? known.last->size : 0;
  if (request->old_size != known_size) return conflict(known_size);
  const Hash known_root = known.last ? known.last->root : empty_root();
  if (checkpoint->size == known_size && checkpoint->root != known_root) return conflict(known_size);
  if (auto grown =
          verify_consistency(known_size, checkpoint->size, known_root, checkpoint->root, request->proof);
      !grown)
    return refuse(422, cat("this is not the log that was seen, grown: ", grown.error().what));
  return cosign(known, std::move(*note), std::move(*checkpoint));
}

WitnessAnswer Witness::cosign(Known& known, Note note, Checkpoint checkpoint) {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
  const SignatureLine line = cosign_note(note.text, verifier_.name, key_, now);
  std::erase_if(note.signatures, [&](const SignatureLine& one) {
    return std::ranges::none_of(
        known.keys, [&](const VerifierKey& key) { return one.name == key.name && one.id == key.id(); });
  });
  note.signatures.push_back(line);
  const std::string text = print_note(note);
  if (auto written = disk_.write(file_of(checkpoint.origin), as_bytes(text)); !written) {
    // What the disk has now is not known: what was seen counts as seen.
    known.last = std::move(checkpoint);
    return refuse(500, written.error().what);
  }
  known.last = std::move(checkpoint);
  return {.status = 200, .body = print_line(line)};
}

}  // namespace oree::ledger
