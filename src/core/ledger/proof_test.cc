#include "core/ledger/proof.h"

#include <doctest/doctest.h>

#include <cstring>

#include "base/text.h"
#include "core/ledger/testing/consortium.h"

namespace oree::ledger {
namespace {

using files::testing::FakeDisk;
using namespace testing;

struct World {
  FakeDisk disk;
  oree::testing::FakeClock clock;
  std::unique_ptr<Log> log = open_log(disk);
  Witnesses witnesses{disk, clock};
  std::vector<WitnessDoor> doors = witnesses.doors();
  Proof proof(uint64_t index) {
    const auto gathered = gather_cosignatures(*log, doors, 2);
    if (!gathered) FAIL(gathered.error().what);
    const auto made = make_proof(*log, index, gathered->checkpoint);
    if (!made) FAIL(made.error().what);
    return *made;
  }
};

// The text of a note with one signature line left out.
std::string without(const std::string& checkpoint, const std::string& name) {
  Note note = *parse_note(checkpoint);
  std::erase_if(note.signatures, [&](const SignatureLine& line) { return line.name == name; });
  return print_note(note);
}

TEST_CASE("AProofSaysWhatItProves") {
  World world;
  append_some(*world.log, 0, 40);
  const Proof proof = world.proof(17);
  const auto parsed = parse_proof(print_proof(proof));
  REQUIRE(parsed);
  CHECK(*parsed == proof);
  const auto proven = verify_proof(*parsed, world.witnesses.policy(3));
  if (!proven) FAIL(proven.error().what);
  CHECK(as_text(proven->entry) == entry_text(17));
  CHECK(proven->index == 17);
  CHECK(proven->size == 40);
  CHECK(proven->root == *world.log->root(40));
  CHECK(proven->origin == kOrigin);
  REQUIRE(proven->witnesses.size() == 3);
  CHECK(proven->witnesses[1].name == "maker");
  CHECK(proven->witnesses[1].unix_seconds == 24 * 365 * 50 * 3600ll);
}

// A good proof, and which part of it is found wrong once a test has spoilt it.
struct Spoilt : World {
  Spoilt() {
    append_some(*log, 0, 40);
    proof = World::proof(17);
    note = *parse_note(proof.checkpoint);
  }
  ProofPart part() const {
    const auto result = verify_proof(proof, policy);
    REQUIRE_FALSE(result);
    CHECK_FALSE(result.error().what.empty());
    return result.error().part;
  }
  Proof proof;
  Note note;
  Policy policy = witnesses.policy(2);
};

TEST_CASE_FIXTURE(Spoilt, "WhatIsWrongWithTheEntryAndItsPathIsNamed") {
  SUBCASE("entry") {
    proof.entry[20] ^= std::byte{1};
    CHECK(part() == ProofPart::entry);
    proof.entry.clear();
    CHECK(part() == ProofPart::entry);
  }
  SUBCASE("index") {
    proof.index = 40;
    CHECK(part() == ProofPart::index);
    proof.index = 16;
    CHECK(part() == ProofPart::entry);
  }
  SUBCASE("path") {
    proof.path.pop_back();
    CHECK(part() == ProofPart::path);
    proof.path.assign(63, empty_root());
    CHECK(part() == ProofPart::path);
  }
  SUBCASE("a hash of the path") {
    proof.path[2].bytes[5] ^= std::byte{4};
    CHECK(part() == ProofPart::entry);
  }
}

TEST_CASE_FIXTURE(Spoilt, "WhatIsWrongWithTheCheckpointIsNamed") {
  SUBCASE("checkpoint") {
    proof.checkpoint = "nothing\n";
    CHECK(part() == ProofPart::checkpoint);
  }
  SUBCASE("another log") {
    policy.log = {"oree/press/orders", KeyType::note, policy.log.key};
    CHECK(part() == ProofPart::checkpoint);
  }
  SUBCASE("signature of the log") {
    note.signatures[0].signature[9] ^= std::byte{1};
    proof.checkpoint = print_note(note);
    CHECK(part() == ProofPart::log_signature);
    proof.checkpoint = without(proof.checkpoint, kOrigin);
    CHECK(part() == ProofPart::log_signature);
    policy.log.key = key_of(7).public_key();
    CHECK(part() == ProofPart::log_signature);
  }
}

TEST_CASE_FIXTURE(Spoilt, "WhatIsWrongWithTheCosignaturesIsNamed") {
  SUBCASE("a witness") {
    note.signatures[2].signature[30] ^= std::byte{1};
    proof.checkpoint = print_note(note);
    CHECK(part() == ProofPart::witness);
    CHECK(verify_proof(proof, policy).error().witness == "maker");
    CHECK(verify_proof(proof, policy).error().error().what.starts_with("witness maker: "));
  }
  SUBCASE("a witness's time") {
    note.signatures[3].signature[7] ^= std::byte{1};
    proof.checkpoint = print_note(note);
    CHECK(part() == ProofPart::witness);
    CHECK(verify_proof(proof, policy).error().witness == "safety");
  }
  SUBCASE("quorum") {
    proof.checkpoint = without(proof.checkpoint, "maker");
    CHECK(verify_proof(proof, policy));
    proof.checkpoint = without(proof.checkpoint, "safety");
    CHECK(part() == ProofPart::quorum);
    CHECK(verify_proof(proof, policy).error().what.find("factory did") != std::string::npos);
  }
  SUBCASE("one witness twice is one") {
    note.signatures[2] = note.signatures[3] = note.signatures[1];
    proof.checkpoint = print_note(note);
    CHECK(part() == ProofPart::quorum);
  }
}

TEST_CASE_FIXTURE(Spoilt, "APolicyThatContradictsItselfProvesNothing") {
  SUBCASE("a quorum above the witnesses") {
    policy.quorum = 4;
  }
  SUBCASE("one key twice") {
    policy.witnesses[1].key = policy.witnesses[0].key;
  }
  SUBCASE("a log as witness") {
    policy.witnesses[1].type = KeyType::note;
  }
  SUBCASE("a witness as log") {
    std::swap(policy.log, policy.witnesses[0]);
  }
  CHECK(part() == ProofPart::policy);
}

TEST_CASE("AProofStaysSmallInALogOfAMillion") {
  World world;
  constexpr uint64_t kEntries = 1'000'000;
  const std::string entry(230, 'e');
  const uint64_t index = 123'456;
  // The tree alone: hashes of a million leaves.
  std::vector<Hash> leaves(kEntries);
  for (uint64_t i = 0; i < kEntries; ++i) std::memcpy(leaves[i].bytes.data(), &i, sizeof i);
  leaves[index] = leaf_hash(as_bytes(entry));
  TileTree tree("/tree", world.disk);
  tree.append(leaves);
  Note note{print_checkpoint({kOrigin, kEntries, *tree.root(kEntries), {}}), {}};
  note.signatures.push_back(sign_note(note.text, kOrigin, key_of(1)));
  const uint8_t keys[] = {10, 11, 12};
  const std::string names[] = {"factory", "maker", "safety"};
  for (size_t i = 0; i < 3; ++i)
    note.signatures.push_back(cosign_note(note.text, names[i], key_of(keys[i]), 1'790'000'000));
  const ByteView bytes = as_bytes(entry);
  const Proof proof{{bytes.begin(), bytes.end()},
                    index,
                    *prove_inclusion(index, kEntries, tree.source()),
                    print_note(note)};
  const std::string text = print_proof(proof);
  CHECK(text.size() <= 2000);
  CHECK(verify_proof(*parse_proof(text), world.witnesses.policy(3)));
}

TEST_CASE("ProofsThatAreNoneAreRefusedWithTheLine") {
  World world;
  append_some(*world.log, 0, 9);
  const std::string text = print_proof(world.proof(3));
  const size_t path = text.find('\n', text.find("\nindex ") + 1) + 1;
  for (size_t size = 0; size < text.find("\n\n") + 2; ++size) CHECK_FALSE(parse_proof(text.substr(0, size)));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string out = text;
    out.replace(out.find(from), from.size(), to);
    return out;
  };
  CHECK(parse_proof(replaced("@v1", "@v2")).error().what.starts_with("line 1"));
  CHECK(parse_proof(replaced("extra ", "extra *")).error().what.starts_with("line 2"));
  CHECK(parse_proof(replaced("extra ", "Extra ")).error().what.starts_with("line 2"));
  CHECK(parse_proof(replaced("index 3", "index 03")).error().what.starts_with("line 3"));
  CHECK(parse_proof(replaced("index 3", "index -3")).error().what.starts_with("line 3"));
  std::string wrong = text;
  wrong[path] = '*';
  CHECK(parse_proof(wrong).error().what.starts_with("line 4"));
  std::string hashes;
  for (int i = 0; i < 64; ++i) hashes += base64_text(empty_root()) + "\n";
  wrong = text;
  CHECK(parse_proof(wrong.insert(path, hashes)).error().what.find("63") != std::string::npos);
  CHECK_FALSE(parse_proof(text + std::string(kMaxProofBytes, 'x')));
}

TEST_CASE("APolicyFileSaysWhomToBelieve") {
  World world;
  const Policy policy = world.witnesses.policy(2);
  const std::string witnesses =
      cat("witness F ", policy.witnesses[0].text(), "\nwitness M ", policy.witnesses[1].text(),
          " http://maker\n\twitness S ", policy.witnesses[2].text(), "\n");
  const std::string log = cat("# whom to believe\n\nlog ", policy.log.text(), "\n");
  const auto parsed = parse_policy(cat(log, witnesses, "group all3 2 F M S\nquorum all3\n"));
  if (!parsed) FAIL(parsed.error().what);
  CHECK(parsed->log == policy.log);
  CHECK(parsed->witnesses == policy.witnesses);
  CHECK(parsed->quorum == 2);
  CHECK(parse_policy(cat(log, witnesses, "group g any F M\nquorum g"))->quorum == 1);
  CHECK(parse_policy(cat(log, witnesses, "group g all F M\nquorum g"))->quorum == 2);
  CHECK(parse_policy(cat(log, witnesses, "quorum M"))->witnesses.size() == 1);
  CHECK(parse_policy(cat(log, "quorum none"))->quorum == 0);
  for (const std::string& wrong :
       {cat(log, witnesses), cat(witnesses, "quorum F"), cat(log, log, "quorum none"), cat(log, "quorum F"),
        cat(log, witnesses, "group g 4 F M S\nquorum g"), cat(log, witnesses, "group g 0 F\nquorum g"),
        cat(log, witnesses, "group g 1 F F\nquorum g"), cat(log, witnesses, "group F 1 M\nquorum F"),
        cat(log, witnesses, "quorum F\nquorum M"), cat(log, witnesses, "witness none x\nquorum F"),
        cat(log, "witness A ", policy.witnesses[0].text(), "\nwitness B ", policy.witnesses[0].text(),
            "\ngroup g 2 A B\nquorum g"),
        cat("log ", policy.witnesses[0].text(), "\nquorum none")})
    CHECK_MESSAGE(!parse_policy(wrong), wrong);
}

}  // namespace
}  // namespace oree::ledger
