#include "core/ledger/witness/witness.h"

#include <doctest/doctest.h>

#include <thread>

#include "base/text.h"
#include "core/ledger/testing/consortium.h"
#include "core/ledger/witness/request.h"

namespace oree::ledger {
namespace {

using files::testing::FakeDisk;
using namespace testing;

struct World {
  FakeDisk log_disk;
  FakeDisk disk;
  oree::testing::FakeClock clock;
  std::unique_ptr<Log> log = open_log(log_disk);
  std::unique_ptr<Witness> witness = open_witness();

  std::unique_ptr<Witness> open_witness() {
    auto opened = Witness::open("/data/w", "factory", key_of(10), {log_key()}, disk, clock);
    if (!opened) FAIL(opened.error().what);
    return std::move(*opened);
  }
  WitnessRequest request(uint64_t old_size) {
    std::string checkpoint = *log->checkpoint();
    return {old_size, *log->consistency(old_size, log->size()), std::move(checkpoint)};
  }
  WitnessAnswer show(uint64_t old_size) { return witness->add_checkpoint(print_request(request(old_size))); }
};

std::string signed_by(const crypto::SigningKey& key, const Checkpoint& checkpoint) {
  Note note{print_checkpoint(checkpoint), {}};
  note.signatures.push_back(sign_note(note.text, checkpoint.origin, key));
  return print_note(note);
}

TEST_CASE("AWitnessCosignsALogThatGrows") {
  World world;
  append_some(*world.log, 0, 3);
  const WitnessAnswer first = world.show(0);
  CHECK(first.status == 200);
  const auto note = parse_note(*world.log->checkpoint() + first.body);
  REQUIRE(note);
  CHECK(check_signature(*note, world.witness->key()).state == Signed::right);
  CHECK(check_signature(*note, world.witness->key()).unix_seconds == 24 * 365 * 50 * 3600ll);
  append_some(*world.log, 3, 300);
  CHECK(world.show(3).status == 200);
  CHECK(world.show(303).status == 200);  // the same again
  CHECK(world.witness->last(kOrigin)->size == 303);
  world.witness.reset();
  world.witness = world.open_witness();
  CHECK(world.witness->last(kOrigin)->size == 303);
  CHECK(world.witness->last(kOrigin)->root == *world.log->root(303));
}

TEST_CASE("EachMistakeHasTheStatusThatTheFormatSays") {
  World world;
  append_some(*world.log, 0, 9);
  REQUIRE(world.show(0).status == 200);
  append_some(*world.log, 9, 9);
  const auto answer = [&](const WitnessRequest& request) {
    return world.witness->add_checkpoint(print_request(request));
  };
  SUBCASE("400") {
    CHECK(world.witness->add_checkpoint("").status == 400);
    CHECK(world.witness->add_checkpoint("old 9\n\nno note\n").status == 400);
    CHECK(world.witness->add_checkpoint("old 09" + print_request(world.request(9)).substr(5)).status == 400);
    auto request = world.request(9);
    request.old_size = 19;
    CHECK(answer(request).status == 400);
  }
  SUBCASE("404") {
    WitnessRequest request{0, {}, signed_by(key_of(1), {"somebody/else", 1, empty_root(), {}})};
    CHECK(answer(request).status == 404);
  }
  SUBCASE("403") {
    WitnessRequest request{9, {}, signed_by(key_of(2), {kOrigin, 18, *world.log->root(18), {}})};
    CHECK(answer(request).status == 403);
    request = world.request(9);
    request.checkpoint[request.checkpoint.find("18")] = '2';
    CHECK(answer(request).status == 403);
  }
  SUBCASE("409") {
    const auto behind = world.show(0);
    CHECK(behind.status == 409);
    CHECK(behind.type == "text/x.tlog.size");
    CHECK(behind.body == "9\n");
    CHECK(answer({9, {}, signed_by(key_of(1), {kOrigin, 9, *world.log->root(8), {}})}).status == 409);
    CHECK(answer({5, {}, signed_by(key_of(1), {kOrigin, 8, *world.log->root(8), {}})}).status == 409);
  }
  SUBCASE("422") {
    auto request = world.request(9);
    request.proof.front().bytes[0] ^= std::byte{1};
    CHECK(answer(request).status == 422);
    request.proof.clear();
    CHECK(answer(request).status == 422);
    request.proof.assign(63, empty_root());
    CHECK(answer(request).status == 422);
  }
  CHECK(world.witness->last(kOrigin)->size == 9);
  CHECK(world.show(9).status == 200);
}

TEST_CASE("AForkIsNeverCosigned") {
  World world;
  append_some(*world.log, 0, 20);
  REQUIRE(world.show(0).status == 200);
  // The same key, another history: entry 7 differs.
  FakeDisk other_disk;
  const auto fork = open_log(other_disk);
  append_some(*fork, 0, 7);
  REQUIRE(append(*fork, {"another decision"}));
  append_some(*fork, 8, 20);
  for (const uint64_t size : {20u, 21u, 28u}) {
    const WitnessRequest request{20, *fork->consistency(20, size),
                                 signed_by(key_of(1), {kOrigin, size, *fork->root(size), {}})};
    CHECK(world.witness->add_checkpoint(print_request(request)).status == (size == 20 ? 409 : 422));
  }
  std::vector<WitnessDoor> doors{
      {world.witness->key(), [&](const std::string& body) -> Result<WitnessAnswer> {
         return world.witness->add_checkpoint(body);
       }}};
  const auto gathered = gather_cosignatures(*fork, doors, 1);
  REQUIRE(gathered);
  CHECK(gathered->count == 0);
  CHECK(gathered->refusals.front().error.kind == ErrorKind::denied);
  CHECK(fork->cosigned().empty());
  append_some(*world.log, 20, 1);
  CHECK(world.show(20).status == 200);
}

TEST_CASE("WhatWasCosignedIsOnDiskBeforeTheAnswer") {
  for (uint64_t changes = 1; changes <= 3; ++changes) {
    World world;
    append_some(*world.log, 0, 5);
    REQUIRE(world.show(0).status == 200);
    append_some(*world.log, 5, 5);
    world.disk.lose_power_after(changes);
    const int status = world.show(5).status;
    world.disk.lose_power_after(0);
    world.witness.reset();
    world.disk.restore_power();
    world.witness = world.open_witness();
    const uint64_t size = world.witness->last(kOrigin)->size;
    if (status == 200) CHECK(size == 10);
    CHECK((size == 5 || size == 10));
    CHECK(world.show(size).status == 200);
  }
}

TEST_CASE("ADiskThatFailsGivesNoCosignature") {
  World world;
  append_some(*world.log, 0, 5);
  world.disk.set_capacity(10);
  const auto answer = world.show(0);
  CHECK(answer.status == 500);
  CHECK(answer.body.find("\u2014") == std::string::npos);
  world.disk.set_capacity(1 << 20);
  CHECK(world.show(5).status == 200);
}

TEST_CASE("AnAlteredStateIsNoticed") {
  World world;
  append_some(*world.log, 0, 12);
  REQUIRE(world.show(0).status == 200);
  const std::string file = cat(crypto::sha256(as_bytes(kOrigin)).hex(), ".checkpoint");
  world.witness.reset();
  // Somebody sets the witness back to 11 entries with the log's own help.
  const std::string older = signed_by(key_of(1), {kOrigin, 11, *world.log->root(11), {}});
  REQUIRE(world.disk.write("/data/w/" + file, as_bytes(older)));
  const auto opened = Witness::open("/data/w", "factory", key_of(10), {log_key()}, world.disk, world.clock);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::corrupt);
}

TEST_CASE("AWitnessFromAnOldBackupIsBehindAndSignsNothingInconsistent") {
  World world;
  append_some(*world.log, 0, 4);
  REQUIRE(world.show(0).status == 200);
  const std::string path = cat("/data/w/", crypto::sha256(as_bytes(kOrigin)).hex(), ".checkpoint");
  const auto backup = *world.disk.read(path, 10'000);
  append_some(*world.log, 4, 4);
  REQUIRE(world.show(4).status == 200);
  world.witness.reset();
  REQUIRE(world.disk.write(path, backup));
  world.witness = world.open_witness();
  CHECK(world.show(8).body == "4\n");
  FakeDisk other_disk;
  const auto fork = open_log(other_disk);
  append_some(*fork, 100, 8);
  CHECK(world.witness->add_checkpoint(print_request({4, *fork->consistency(4, 8), *fork->checkpoint()}))
            .status == 422);
  std::vector<WitnessDoor> doors{
      {world.witness->key(),
       [&](const std::string& body) -> Result<WitnessAnswer> { return world.witness->add_checkpoint(body); },
       8}};
  CHECK(gather_cosignatures(*world.log, doors, 1)->count == 1);
  CHECK(world.witness->last(kOrigin)->size == 8);
}

TEST_CASE("AskingAtTheSameTimeNeverTakesAWitnessBack") {
  World world;
  append_some(*world.log, 0, 64);
  std::vector<std::string> bodies;
  for (uint64_t size = 1; size <= 64; ++size) {
    for (uint64_t old_size = size > 3 ? size - 3 : 0; old_size < size; ++old_size) {
      bodies.push_back(print_request({old_size, *world.log->consistency(old_size, size),
                                      signed_by(key_of(1), {kOrigin, size, *world.log->root(size), {}})}));
    }
  }
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        uint64_t seen = 0;
        for (const auto& body : bodies) {
          const int status = world.witness->add_checkpoint(body).status;
          const uint64_t now = world.witness->last(kOrigin) ? world.witness->last(kOrigin)->size : 0;
          if ((status != 200 && status != 409) || now < seen) ++wrong;
          seen = now;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(world.witness->last(kOrigin)->size == 64);
}

TEST_CASE("RequestsComeBackAsTheyWerePrinted") {
  World world;
  append_some(*world.log, 0, 11);
  const auto request = world.request(6);
  CHECK(parse_request(print_request(request)) == request);
  const std::string body = print_request(request);
  for (size_t size = 0; size < body.find("\n\n") + 2; ++size)
    CHECK_FALSE(parse_request(body.substr(0, size)));
  auto long_one = request;
  long_one.proof.assign(64, empty_root());
  CHECK_FALSE(parse_request(print_request(long_one)));
}

}  // namespace
}  // namespace oree::ledger
