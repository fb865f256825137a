#include "core/ledger/witness/cosigning.h"

#include "base/text.h"
#include "core/ledger/witness/request.h"

namespace oree::ledger {
namespace {

constexpr int kTries = 3;  // each 409 tells the size to try next

ErrorKind kind_of(int status) {
  return status >= 500 ? ErrorKind::unavailable : ErrorKind::denied;
}

Result<SignatureLine> accept(const Note& note, const WitnessDoor& witness, const std::string& body) {
  auto lines = parse_lines(body);
  if (!lines) return forward(lines, "the answer");
  for (auto& line : *lines) {
    if (check_signature({note.text, {line}}, witness.key).state == Signed::right) return std::move(line);
  }
  return fail(ErrorKind::invalid, cat("the answer holds no cosignature of ", witness.key.text()));
}

Result<SignatureLine> ask(const Log& log, const Note& note, const Checkpoint& checkpoint,
                          WitnessDoor& witness) {
  for (int i = 0; i < kTries; ++i) {
    if (witness.known_size > checkpoint.size)
      return fail(ErrorKind::denied,
                  cat("it has seen ", witness.known_size, " entries, but the log has ", checkpoint.size,
                      ": entries were lost, or another log bears its name"));
    auto proof = log.consistency(witness.known_size, checkpoint.size);
    if (!proof) return forward(proof);
    const auto answer =
        witness.post(print_request({witness.known_size, std::move(*proof), print_note(note)}));
    if (!answer) return forward(answer);
    if (answer->status == 200) {
      auto line = accept(note, witness, answer->body);
      if (line) witness.known_size = checkpoint.size;
      return line;
    }
    const std::string said(trim(answer->body));
    const auto known = answer->status == 409 ? parse_decimal(said) : std::nullopt;
    if (known && *known == witness.known_size)
      return fail(ErrorKind::denied, cat("it has seen another tree of ", *known, " entries"));
    if (!known)
      return fail(kind_of(answer->status), cat("status ", answer->status, ": ", said.substr(0, 300)));
    witness.known_size = *known;
  }
  return fail(ErrorKind::unavailable, "it names another size each time");
}

}  // namespace

Result<Cosigned> gather_cosignatures(Log& log, std::vector<WitnessDoor>& witnesses, size_t quorum) {
  const auto text = log.checkpoint();
  if (!text) return forward(text);
  auto note = parse_note(*text);
  if (!note) return forward(note);
  const auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return forward(checkpoint);
  Cosigned out;
  out.size = checkpoint->size;
  const Note plain = *note;
  for (auto& witness : witnesses) {
    auto line = ask(log, plain, *checkpoint, witness);
    if (!line) {
      out.refusals.push_back({witness.key.name, line.error()});
      continue;
    }
    note->signatures.push_back(std::move(*line));
    ++out.count;
  }
  out.checkpoint = print_note(*note);
  if (out.count >= quorum) {
    if (auto kept = log.keep_cosigned(out.checkpoint); !kept) return forward(kept);
  }
  return out;
}

Result<Proof> make_proof(const Log& log, uint64_t index, std::string_view text) {
  const auto note = parse_note(text);
  if (!note) return forward(note);
  const auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return forward(checkpoint);
  auto path = log.inclusion(index, checkpoint->size);
  if (!path) return forward(path);
  auto entries = log.entries(index, 1);
  if (!entries) return forward(entries);
  if (entries->empty()) return fail(ErrorKind::not_found, cat("the log has no entry ", index));
  Proof proof{std::move(entries->front().bytes), index, std::move(*path), std::string(text)};
  const auto made = root_by_path(leaf_hash(proof.entry), index, checkpoint->size, proof.path);
  if (!made || *made != checkpoint->root)
    return fail(ErrorKind::corrupt, cat("entry ", index,
                                        " does not lead to the signed root: 'oree ledger show' "
                                        "says which file was altered"));
  return proof;
}

}  // namespace oree::ledger
