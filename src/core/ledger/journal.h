// The file that holds what is not in a full tile yet: entries in batches, each appended and synced as one.
//
// Format, version 1 (little-endian). Header, 32 bytes: "OREELEDG" · u32 version · u64 index of the first
// entry · u64 salt · u32 CRC-32C of the 28 bytes before. Batches follow: 'O' 'L' 'B' 1 · u32 bytes of payload
// · u64 index of its first entry · u32 number of entries · u32 CRC-32C of the payload · u32 CRC-32C of the 24
// bytes before, both started from the salt · payload (an entry bundle, tree/tiles.h). The salt is random, so
// that no entry can be made to look like a batch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::ledger {

constexpr uint64_t kMaxJournalBytes = 512ull << 20;
constexpr size_t kJournalHeaderBytes = 32;

struct JournalHeader {
  uint64_t first = 0;
  uint64_t salt = 0;
  uint32_t seed() const { return static_cast<uint32_t>(salt ^ (salt >> 32)); }
};

std::string journal_name(uint64_t first);
std::optional<uint64_t> parse_journal_name(std::string_view name);

void append_header(ByteBuffer& out, const JournalHeader& header);
// `payload` is a bundle of `count` entries.
void append_batch(ByteBuffer& out, const JournalHeader& header, uint64_t first, size_t count,
                  ByteView payload);

struct Journal {
  JournalHeader header;
  std::vector<ByteBuffer> entries;
  uint64_t end = 0;    // bytes that count
  std::string damage;  // "" or where a batch is unreadable that was durable once: another lies behind it
  uint64_t next() const { return header.first + entries.size(); }
};
// A batch that was being written when the power went ends the journal without damage. `corrupt` without
// header.
Result<Journal> read_journal(ByteView bytes);

}  // namespace oree::ledger
