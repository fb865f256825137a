// Ten thousand ways to cheat, picked by a seed: each is noticed, and where it was done is told.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/testing/cheats.h"
#include "base/text.h"
#include "core/ledger/testing/consortium.h"
#include "core/ledger/verify_folder.h"
#include "core/ledger/witness/request.h"

namespace oree::ledger {
namespace {

using files::testing::FakeDisk;
using namespace testing;

constexpr uint64_t kEntries = 300;
constexpr uint64_t kInFiles = 256;
const files::Path kFolder = "/data/log";
const files::Path kBundle = kFolder / "tile/entries/000";
const files::Path kTile = kFolder / "tile/0/000";
const files::Path kJournal = kFolder / "journal-00000000000000000256";

ByteBuffer buffer_of(std::string_view text) {
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

class Cheat {
 public:
  Cheat() {
    {
      const auto log = open_log(disk_);
      append_some(*log, 0, kEntries);
      REQUIRE(log->checkpoint());
    }
    log_ = open_log(disk_);  // moves the first tile into files
    const auto gathered = gather_cosignatures(*log_, doors_, 3);
    REQUIRE(gathered);
    REQUIRE(gathered->count == 3);
    checkpoint_ = gathered->checkpoint;
    for (uint64_t i = 0; i < kEntries; ++i) entries_.push_back(entry_text(i));
  }

  void run(uint64_t seed) {
    random_.seed(seed);
    CAPTURE(seed);
    switch (random_() % 16) {
      case 0:
        return flip_entry_in_file();
      case 1:
        return flip_hash_in_tile();
      case 2:
        return swap_entries_in_file();
      case 3:
        return truncate_journal();
      case 4:
        return rewrite_history();
      case 5:
        return cut_log_and_sign_again();
      case 6:
        return split_view();
      default:
        return cheat_in_proof();
    }
  }

  oree::testing::Cheats cheats;

 private:
  uint64_t below(uint64_t count) { return random_() % count; }

  // What the folder's check says while `bytes` are in the file.
  std::optional<Finding> finding_with(const files::Path& path, ByteView bytes) {
    const auto before = *disk_.read(path, 1 << 24);
    REQUIRE(disk_.write(path, bytes));
    const VerifierKey key = log_key();
    const auto report = verify_folder(kFolder, &key, disk_);
    REQUIRE(disk_.write(path, before));
    REQUIRE(report);
    return report->findings.empty() ? std::nullopt : std::optional(report->findings.front());
  }

  // Where entry `index` begins in its bundle, after its length.
  size_t offset_of(uint64_t index) const {
    size_t at = 2;
    for (uint64_t i = 0; i < index; ++i) at += entries_[i].size() + 2;
    return at;
  }

  void flip_entry_in_file() {
    const uint64_t index = below(kInFiles);
    auto bytes = *disk_.read(kBundle, 1 << 24);
    bytes[offset_of(index) + below(entries_[index].size())] ^= static_cast<std::byte>(1 + below(255));
    const auto found = finding_with(kBundle, bytes);
    cheats.note("entry flipped", found.has_value(),
                found && found->kind == FindingKind::entry && found->file == "tile/entries/000" &&
                    found->entry == index);
  }

  void flip_hash_in_tile() {
    auto bytes = *disk_.read(kTile, 1 << 24);
    const uint64_t at = below(bytes.size());
    bytes[at] ^= static_cast<std::byte>(1 + below(255));
    const auto found = finding_with(kTile, bytes);
    cheats.note("hash flipped", found.has_value(),
                found && found->kind == FindingKind::tile && found->file == "tile/0/000" &&
                    found->what.starts_with(cat("hash ", at / 32, " ")));
  }

  void swap_entries_in_file() {
    const uint64_t one = below(kInFiles);
    const uint64_t other = (one + 1 + below(kInFiles - 1)) % kInFiles;
    auto entries = entries_;
    std::swap(entries[one], entries[other]);
    ByteBuffer bytes;
    for (uint64_t i = 0; i < kInFiles; ++i) append_entry(bytes, as_bytes(entries[i]));
    const auto found = finding_with(kBundle, bytes);
    cheats.note("order of two entries", found.has_value(),
                found && found->kind == FindingKind::order && found->entry == std::min(one, other));
  }

  void truncate_journal() {
    const auto bytes = *disk_.read(kJournal, 1 << 24);
    const auto found = finding_with(kJournal, ByteView(bytes).first(below(bytes.size())));
    const bool is_cut =
        found && (found->kind == FindingKind::truncated || found->kind == FindingKind::journal);
    cheats.note("log truncated", found.has_value(), is_cut && found->entry == kInFiles);
  }

  // A station that has lost its honesty: entry, hashes and checksums are all made anew; the checkpoint others
  // have seen is not.
  void rewrite_history() {
    const uint64_t index = below(kEntries);
    auto entries = entries_;
    change_digest(entries[index]);
    const files::Path folder = "/cheat/log";
    FakeDisk other;
    REQUIRE(rewrite(other, folder, entries));
    const VerifierKey key = log_key();
    const Checkpoint trusted = *parse_checkpoint(parse_note(checkpoint_)->text);
    const auto report = verify_folder(folder, &key, other, &trusted);
    REQUIRE(report);
    const auto& found = report->findings;
    cheats.note("data digest changed, history rewritten", !found.empty(),
                found.size() == 1 && found.front().kind == FindingKind::root);
  }

  static bool rewrite(FakeDisk& disk, const files::Path& folder, const std::vector<std::string>& entries) {
    const auto log = open_log(disk, folder);
    return append(*log, entries).has_value() && log->checkpoint().has_value();
  }

  // The evidence's digest, as if another data set had led to the decision.
  void change_digest(std::string& entry) {
    const size_t at = entry.find("evidence ") + 9 + below(64);
    entry[at] = entry[at] == '0' ? '1' : '0';
  }

  void cheat_in_proof() {
    const uint64_t index = below(kEntries);
    Proof proof = *make_proof(*log_, index, checkpoint_);
    const Policy policy = witnesses_.policy(2 + below(2));
    ProofPart expected = ProofPart::entry;
    std::string what;
    std::string witness;
    Note note = *parse_note(proof.checkpoint);
    switch (below(6)) {
      case 0: {
        std::string text(as_text(proof.entry));
        change_digest(text);
        proof.entry = buffer_of(text);
        what = "proof: data digest changed";
        break;
      }
      case 1:
        proof.entry = buffer_of(entries_[(index + 1 + below(kEntries - 1)) % kEntries]);
        what = "proof: another entry";
        break;
      case 2: {
        auto& hash = proof.path[below(proof.path.size())];
        hash.bytes[below(32)] ^= static_cast<std::byte>(1 + below(255));
        what = "proof: path";
        break;
      }
      case 3: {
        const size_t line = below(4);
        auto& signature = note.signatures[line].signature;
        signature[below(signature.size())] ^= static_cast<std::byte>(1 + below(255));
        proof.checkpoint = print_note(note);
        expected = line == 0 ? ProofPart::log_signature : ProofPart::witness;
        if (line > 0) witness = note.signatures[line].name;
        what = "proof: signature";
        break;
      }
      case 4: {
        Checkpoint checkpoint = *parse_checkpoint(note.text);
        checkpoint.size += 1 + below(1000);
        note.text = print_checkpoint(checkpoint);
        proof.checkpoint = print_note(note);
        expected = ProofPart::log_signature;
        what = "proof: size";
        break;
      }
      default:
        std::shuffle(note.signatures.begin() + 1, note.signatures.end(), random_);
        note.signatures.resize(2);
        proof.checkpoint = print_note(note);
        expected = ProofPart::quorum;
        what = "proof: cosignatures left out";
    }
    const auto text = print_proof(proof);
    const auto parsed = parse_proof(text);
    REQUIRE(parsed);
    const auto proven = verify_proof(*parsed, policy);
    cheats.note(what, !proven,
                !proven && proven.error().part == expected && proven.error().witness == witness);
  }

  std::string sign_as_log(uint64_t size, const Hash& root) {
    Note note{print_checkpoint({kOrigin, size, root, {}}), {}};
    note.signatures.push_back(sign_note(note.text, kOrigin, key_of(1)));
    return print_note(note);
  }

  // No witness cosigns it, so no proof comes of it.
  void refused_by_all(const std::string& kind, const std::string& checkpoint, uint64_t old_size,
                      const std::vector<Hash>& grown, const Proof& proof, int status) {
    Note note = *parse_note(checkpoint);
    const Note true_note = *parse_note(checkpoint_);
    bool refused = true;
    for (auto& witness : witnesses_.all) {
      const auto answer = witness->add_checkpoint(print_request({old_size, grown, checkpoint}));
      refused = refused && answer.status == status && witness->last(kOrigin)->size == kEntries;
      // What the witness signed of the true log does not help.
      for (const auto& line : true_note.signatures)
        if (line.name == witness->key().name) note.signatures.push_back(line);
    }
    Proof plain = proof;
    plain.checkpoint = checkpoint;
    const auto alone = verify_proof(plain, witnesses_.policy(2));
    plain.checkpoint = print_note(note);
    const auto pasted = verify_proof(plain, witnesses_.policy(2));
    const bool noticed = refused && !alone && !pasted;
    cheats.note(
        kind, noticed,
        noticed && alone.error().part == ProofPart::quorum && pasted.error().part == ProofPart::witness);
  }

  void cut_log_and_sign_again() {
    const uint64_t size = 1 + below(kEntries - 1);
    const uint64_t index = below(size);
    const std::string checkpoint = sign_as_log(size, *log_->root(size));
    const Proof proof{buffer_of(entries_[index]), index, *log_->inclusion(index, size), checkpoint};
    refused_by_all("log cut and signed again", checkpoint, size, {}, proof, 409);
  }

  // The log shows somebody a tree with another entry in it, as large as the true one or larger.
  void split_view() {
    const uint64_t index = below(kEntries);
    const uint64_t size = kEntries + below(20);
    std::vector<Hash> leaves;
    auto entries = entries_;
    change_digest(entries[index]);
    for (uint64_t i = 0; i < size; ++i)
      leaves.push_back(leaf_hash(as_bytes(i < kEntries ? entries[i] : entry_text(i))));
    const auto source = source_of(leaves);
    const std::string checkpoint = sign_as_log(size, *tree_root(size, source));
    const Proof proof{buffer_of(entries[index]), index, *prove_inclusion(index, size, source), checkpoint};
    refused_by_all("split view", checkpoint, kEntries, *prove_consistency(kEntries, size, source), proof,
                   size == kEntries ? 409 : 422);
  }

  FakeDisk disk_;
  oree::testing::FakeClock clock_;
  Witnesses witnesses_{disk_, clock_};
  std::vector<WitnessDoor> doors_ = witnesses_.doors();
  std::unique_ptr<Log> log_;
  std::string checkpoint_;
  std::vector<std::string> entries_;
  std::mt19937_64 random_;
};

TEST_CASE("EachOfTenThousandCheatsIsNoticedAndLocated") {
  Cheat cheat;
  for (uint64_t seed = 1; seed <= 10'000; ++seed) cheat.run(seed);
  CHECK(cheat.cheats.counts().size() == 13);
  for (const auto& [kind, count] : cheat.cheats.counts()) {
    CAPTURE(kind);
    CHECK(count.tried > 100);
    CHECK(count.noticed == count.tried);
    CHECK(count.located == count.tried);
  }
  cheat.cheats.print();
}

}  // namespace
}  // namespace oree::ledger
