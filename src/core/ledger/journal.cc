#include "core/ledger/journal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "core/ledger/tree/tiles.h"
#include "platform/crypto/crypto.h"

namespace oree::ledger {
namespace {

constexpr std::string_view kMagic = "OREELEDG";
constexpr std::array kBatchMagic{std::byte{'O'}, std::byte{'L'}, std::byte{'B'}, std::byte{1}};
constexpr uint32_t kVersion = 1;
constexpr size_t kBatchHeaderBytes = 28;

static_assert(std::endian::native == std::endian::little);

template <class T>
void put(ByteBuffer& out, T value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

template <class T>
T get(ByteView bytes, size_t at) {
  T value;
  std::memcpy(&value, &bytes[at], sizeof value);
  return value;
}

struct Batch {
  uint64_t first;
  uint32_t count;
  ByteView payload;
  uint64_t end;
};

std::optional<Batch> batch_at(ByteView bytes, uint64_t at, const JournalHeader& header) {
  if (bytes.size() < at + kBatchHeaderBytes) return std::nullopt;
  const ByteView head = bytes.subspan(at, kBatchHeaderBytes);
  if (!std::ranges::equal(head.first(4), kBatchMagic)) return std::nullopt;
  if (crypto::crc32c(head.first(24), header.seed()) != get<uint32_t>(head, 24)) return std::nullopt;
  const uint64_t size = get<uint32_t>(head, 4);
  if (bytes.size() - at - kBatchHeaderBytes < size) return std::nullopt;
  const ByteView payload = bytes.subspan(at + kBatchHeaderBytes, size);
  if (crypto::crc32c(payload, header.seed()) != get<uint32_t>(head, 20)) return std::nullopt;
  return Batch{get<uint64_t>(head, 8), get<uint32_t>(head, 16), payload, at + kBatchHeaderBytes + size};
}

// Whether a whole batch lies anywhere behind `at`: then what lies at `at` was synced once.
bool batch_behind(ByteView bytes, uint64_t at, const JournalHeader& header) {
  auto from = bytes.begin() + static_cast<ptrdiff_t>(at);
  while (true) {
    from = std::search(from, bytes.end(), kBatchMagic.begin(), kBatchMagic.end());
    if (from == bytes.end()) return false;
    if (batch_at(bytes, static_cast<uint64_t>(from - bytes.begin()), header)) return true;
    ++from;
  }
}

}  // namespace

std::string journal_name(uint64_t first) {
  const std::string digits = cat(first);
  return cat("journal-", std::string(20 - digits.size(), '0'), digits);
}

std::optional<uint64_t> parse_journal_name(std::string_view name) {
  if (!name.starts_with("journal-") || name.size() != 28) return std::nullopt;
  const auto first = parse_number<uint64_t>(name.substr(8));
  return first && journal_name(*first) == name ? first : std::nullopt;
}

void append_header(ByteBuffer& out, const JournalHeader& header) {
  const size_t at = out.size();
  const ByteView magic = as_bytes(kMagic);
  out.insert(out.end(), magic.begin(), magic.end());
  put(out, kVersion);
  put(out, header.first);
  put(out, header.salt);
  put(out, crypto::crc32c(ByteView(out).subspan(at)));
}

void append_batch(ByteBuffer& out, const JournalHeader& header, uint64_t first, size_t count,
                  ByteView payload) {
  const size_t at = out.size();
  out.insert(out.end(), kBatchMagic.begin(), kBatchMagic.end());
  put(out, static_cast<uint32_t>(payload.size()));
  put(out, first);
  put(out, static_cast<uint32_t>(count));
  put(out, crypto::crc32c(payload, header.seed()));
  put(out, crypto::crc32c(ByteView(out).subspan(at), header.seed()));
  out.insert(out.end(), payload.begin(), payload.end());
}

Result<Journal> read_journal(ByteView bytes) {
  if (bytes.size() < kJournalHeaderBytes || !std::ranges::equal(bytes.first(8), as_bytes(kMagic)) ||
      crypto::crc32c(bytes.first(28)) != get<uint32_t>(bytes, 28))
    return fail(ErrorKind::corrupt, "its header is damaged");
  if (get<uint32_t>(bytes, 8) != kVersion)
    return fail(ErrorKind::unsupported, cat("it has version ", get<uint32_t>(bytes, 8)));
  Journal journal;
  journal.header = {get<uint64_t>(bytes, 12), get<uint64_t>(bytes, 20)};
  journal.end = kJournalHeaderBytes;
  while (const auto batch = batch_at(bytes, journal.end, journal.header)) {
    const auto entries = parse_bundle(batch->payload, batch->count);
    if (!entries || batch->first != journal.next()) break;
    for (const ByteView entry : *entries) journal.entries.emplace_back(entry.begin(), entry.end());
    journal.end = batch->end;
  }
  if (journal.end < bytes.size() && batch_behind(bytes, journal.end, journal.header))
    journal.damage =
        cat("the batch at byte ", journal.end, ", which begins with entry ", journal.next(), ", is damaged");
  return journal;
}

}  // namespace oree::ledger
