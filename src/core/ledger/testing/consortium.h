// A log and its three witnesses in one process, for tests: fixed keys, so that every run signs the same
// bytes.
#pragma once

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "core/ledger/witness/cosigning.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::ledger::testing {

inline crypto::SigningKey key_of(uint8_t number) {
  std::array<std::byte, 32> seed{};
  seed.fill(std::byte{number});
  return crypto::SigningKey::from_seed(seed);
}

inline const std::string kOrigin = "oree/lathe/orders";

inline VerifierKey log_key() {
  return {kOrigin, KeyType::note, key_of(1).public_key()};
}

// What a station writes for one decision: 230 bytes and a little.
inline std::string entry_text(uint64_t number) {
  const std::string evidence = crypto::sha256(as_bytes(cat("evidence ", number))).hex();
  const std::string decisions = crypto::sha256(as_bytes(cat("decisions ", number))).hex();
  return cat("oree/entry/v1\norder o-", number, "\nstate approved\nevidence ", evidence, "\ndecisions ",
             decisions, "\nat ", 1'790'000'000'000 + number, "\n");
}

inline Result<uint64_t> append(Log& log, const std::vector<std::string>& texts) {
  std::vector<ByteView> entries;
  for (const auto& text : texts) entries.push_back(as_bytes(text));
  return log.append(entries);
}

inline uint64_t append_some(Log& log, uint64_t from, uint64_t count) {
  std::vector<std::string> texts;
  for (uint64_t i = from; i < from + count; ++i) texts.push_back(entry_text(i));
  const auto first = append(log, texts);
  REQUIRE(first);
  return *first;
}

inline std::unique_ptr<Log> open_log(files::Disk& disk, const files::Path& folder = "/data/log") {
  auto log = Log::open(folder, kOrigin, key_of(1), disk);
  if (!log) FAIL(log.error().what);
  return std::move(*log);
}

struct Witnesses {
  explicit Witnesses(files::Disk& disk, const Clock& clock) {
    const std::vector<std::string> names{"factory", "maker", "safety"};
    for (size_t i = 0; i < names.size(); ++i) {
      auto witness = Witness::open(files::Path("/data") / names[i], names[i],
                                   key_of(static_cast<uint8_t>(10 + i)), {log_key()}, disk, clock);
      if (!witness) FAIL(witness.error().what);
      all.push_back(std::move(*witness));
    }
  }
  std::vector<WitnessDoor> doors() {
    std::vector<WitnessDoor> out;
    for (auto& witness : all) {
      out.push_back({witness->key(), [&witness](const std::string& body) -> Result<WitnessAnswer> {
                       return witness->add_checkpoint(body);
                     }});
    }
    return out;
  }
  Policy policy(size_t quorum) const {
    Policy policy{log_key(), {}, quorum};
    for (const auto& witness : all) policy.witnesses.push_back(witness->key());
    return policy;
  }
  std::vector<std::unique_ptr<Witness>> all;
};

}  // namespace oree::ledger::testing
