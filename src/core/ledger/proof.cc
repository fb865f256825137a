#include "core/ledger/proof.h"

#include <algorithm>

#include "base/text.h"

namespace oree::ledger {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr size_t kMaxEntry = 65'535;

// Lines of a text, one after another, with their numbers for mistakes.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  std::optional<std::string_view> next() {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    ++number_;
    return line;
  }
  std::string_view rest() const { return rest_; }
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorKind::invalid, cat("line ", number_, ": ", what));
  }

 private:
  std::string_view rest_;
  size_t number_ = 0;
};

std::unexpected<ProofFault> fault(ProofPart part, std::string what, std::string witness = "") {
  return std::unexpected(ProofFault{part, std::move(what), std::move(witness)});
}

std::string joined_names(const std::vector<Cosigner>& cosigners) {
  std::vector<std::string> names;
  for (const auto& one : cosigners) names.push_back(one.name);
  return names.empty() ? "nobody" : join(names, ", ");
}

}  // namespace

std::string print_proof(const Proof& proof) {
  std::string text = cat(kHeader, "\n");
  if (!proof.entry.empty()) text += cat("extra ", crypto::base64(proof.entry), "\n");
  text += cat("index ", proof.index, "\n");
  for (const Hash& hash : proof.path) text += base64_text(hash) + "\n";
  return cat(text, "\n", proof.checkpoint);
}

Result<Proof> parse_proof(std::string_view text) {
  if (text.size() > kMaxProofBytes) return fail(ErrorKind::invalid, "a proof is not as long as this");
  Lines lines(text);
  auto line = lines.next();
  if (!line || *line != kHeader) return fail(ErrorKind::invalid, cat("line 1: '", kHeader, "' was expected"));
  Proof proof;
  line = lines.next();
  if (line && line->starts_with("extra ")) {
    auto entry = crypto::from_base64(line->substr(6));
    if (!entry || entry->empty() || entry->size() > kMaxEntry)
      return lines.wrong("'extra' needs the entry in base64, at most 65,535 bytes");
    proof.entry = std::move(*entry);
    line = lines.next();
  }
  if (!line || !line->starts_with("index ")) return lines.wrong("'index N' was expected next");
  const auto index = parse_decimal(line->substr(6));
  if (!index) return lines.wrong("'index' needs a number");
  proof.index = *index;
  while (true) {
    line = lines.next();
    if (!line) return lines.wrong("the checkpoint is missing");
    if (line->empty()) break;
    const auto hash = parse_base64_hash(*line);
    if (!hash) return lines.wrong("a hash in base64 was expected, or an empty line");
    if (proof.path.size() == kMaxProofHashes) return lines.wrong("a path has at most 63 hashes");
    proof.path.push_back(*hash);
  }
  if (lines.rest().empty() || lines.rest().size() > kMaxNoteBytes)
    return lines.wrong("the checkpoint is missing, or too long");
  proof.checkpoint = lines.rest();
  return proof;
}

Status check_policy(const Policy& policy) {
  if (policy.log.type != KeyType::note)
    return fail(ErrorKind::invalid, cat("'", policy.log.name, "' is a witness's key, not a log's"));
  std::vector<crypto::PublicKey> seen{policy.log.key};
  for (const auto& witness : policy.witnesses) {
    if (witness.type != KeyType::cosignature)
      return fail(ErrorKind::invalid, cat("'", witness.name, "' is a log's key, not a witness's"));
    // A cosignature does not say whose it is: one key under two names would count twice.
    if (std::ranges::find(seen, witness.key) != seen.end())
      return fail(ErrorKind::invalid, cat("the public key of witness '", witness.name, "' is there twice"));
    seen.push_back(witness.key);
  }
  if (policy.quorum > policy.witnesses.size())
    return fail(ErrorKind::invalid, cat("a quorum of ", policy.quorum, " needs more than ",
                                        policy.witnesses.size(), " witnesses"));
  return {};
}

std::string_view name_of(ProofPart part) {
  constexpr std::string_view kNames[] = {"policy", "checkpoint", "log signature", "index",
                                         "path",   "entry",      "witness",       "quorum"};
  return kNames[static_cast<size_t>(part)];
}

Error ProofFault::error() const {
  return {ErrorKind::denied, cat(name_of(part), witness.empty() ? "" : " ", witness, ": ", what)};
}

std::expected<std::pair<Checkpoint, std::vector<Cosigner>>, ProofFault> verify_checkpoint(
    std::string_view text, const Policy& policy) {
  if (const auto sound = check_policy(policy); !sound) return fault(ProofPart::policy, sound.error().what);
  const auto note = parse_note(text);
  if (!note) return fault(ProofPart::checkpoint, note.error().what);
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return fault(ProofPart::checkpoint, checkpoint.error().what);
  if (checkpoint->origin != policy.log.name)
    return fault(ProofPart::checkpoint,
                 cat("it is of the log '", checkpoint->origin, "', not '", policy.log.name, "'"));
  const Signed state = check_signature(*note, policy.log).state;
  if (state == Signed::absent)
    return fault(ProofPart::log_signature, cat("no signature of ", policy.log.text()));
  if (state == Signed::wrong)
    return fault(ProofPart::log_signature,
                 "it does not fit the checkpoint: origin, size, root or the signature was altered");
  std::vector<Cosigner> cosigners;
  for (const auto& witness : policy.witnesses) {
    const auto check = check_signature(*note, witness);
    if (check.state == Signed::wrong)
      return fault(ProofPart::witness, "its cosignature does not fit the checkpoint or its time",
                   witness.name);
    if (check.state == Signed::right) cosigners.push_back({witness.name, check.unix_seconds});
  }
  if (cosigners.size() < policy.quorum)
    return fault(ProofPart::quorum, cat(policy.quorum, " of ", policy.witnesses.size(),
                                        " witnesses must cosign; ", joined_names(cosigners), " did"));
  return std::pair(std::move(*checkpoint), std::move(cosigners));
}

std::expected<Proven, ProofFault> verify_proof(const Proof& proof, const Policy& policy) {
  auto checked = verify_checkpoint(proof.checkpoint, policy);
  if (!checked) return std::unexpected(checked.error());
  const Checkpoint& checkpoint = checked->first;
  if (proof.index >= checkpoint.size)
    return fault(ProofPart::index, cat("a tree of ", checkpoint.size, " has no entry ", proof.index));
  if (proof.entry.empty()) return fault(ProofPart::entry, "the entry is not in the proof");
  const auto root = root_by_path(leaf_hash(proof.entry), proof.index, checkpoint.size, proof.path);
  if (!root) return fault(ProofPart::path, root.error().what);
  if (*root != checkpoint.root)
    return fault(ProofPart::entry,
                 cat("entry ", proof.index, " as it stands here is not in the signed tree of ",
                     checkpoint.size, ": it, its index or the path was altered"));
  return Proven{proof.entry,     proof.index,       checkpoint.size,
                checkpoint.root, checkpoint.origin, std::move(checked->second)};
}

}  // namespace oree::ledger
