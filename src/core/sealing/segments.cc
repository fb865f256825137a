#include "core/sealing/segments.h"

#include <algorithm>

#include "base/text.h"

namespace oree::sealing {
namespace {

constexpr std::byte kVersion{1};
constexpr uint64_t kMostTried = 65'536;  // of places a segment might belong to, when one does not fit

void append_number(ByteBuffer& out, uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift & 0xFF));
}

Result<crypto::SecretKey> data_key_of(const SealedHeader& header, KeySource& source,
                                      const std::string& where) {
  const std::string id = source.id();
  const auto mine = std::ranges::find(header.keys, id, &WrappedKey::id);
  if (mine == header.keys.end()) {
    std::vector<std::string> ids;
    for (const WrappedKey& one : header.keys) ids.push_back(one.id);
    ids.resize(std::min<size_t>(ids.size(), 5));
    return fail(ErrorKind::denied,
                cat(where, " was sealed for the keys ", join(ids, ", "), ", not for this box's ", id,
                    "; 'oree model rewrap' lets another key open it"));
  }
  const auto key = source.key();
  if (!key) return forward(key, where);
  auto data_key = crypto::unwrap_key(*key, mine->wrapped);
  if (!data_key) return fail(ErrorKind::corrupt, cat(where, ": the wrapped key in its header was changed"));
  return *std::move(data_key);
}

}  // namespace

uint64_t segment_count(const SealedHeader& header) {
  return std::max<uint64_t>(1, (header.plain_bytes + header.segment_bytes - 1) / header.segment_bytes);
}

crypto::GcmNonce nonce_of(const SealedHeader& header, uint64_t index) {
  crypto::GcmNonce nonce{};
  std::ranges::copy(header.nonce_prefix, nonce.begin());
  for (size_t i = 0; i < 4; ++i) nonce[7 + i] = static_cast<std::byte>(index >> (24 - 8 * i) & 0xFF);
  nonce[11] = std::byte{index + 1 == segment_count(header)};
  return nonce;
}

ByteBuffer associated_of(const SealedHeader& header, uint64_t index) {
  ByteBuffer out(header.digest.bytes.begin(), header.digest.bytes.end());
  append_number(out, header.plain_bytes, 8);
  append_number(out, header.segment_bytes, 4);
  append_number(out, index, 8);
  out.push_back(kVersion);
  const ByteView name = as_bytes(header.name);
  out.insert(out.end(), name.begin(), name.end());
  return out;
}

SegmentReader::SegmentReader(std::filesystem::path file, SealedHeader header, size_t header_size,
                             crypto::SecretKey key)
    : file_(std::move(file)),
      header_(std::move(header)),
      header_size_(header_size),
      data_key_(std::move(key)),
      cipher_(std::make_unique<crypto::AesGcm>(data_key_)),
      in_(std::make_unique<std::ifstream>(file_, std::ios::binary)),
      plain_(header_.segment_bytes) {}

Result<SegmentReader> SegmentReader::open(const std::filesystem::path& file, KeySource& key) {
  auto header = read_header(file);
  if (!header) return forward(header);
  std::error_code failed;
  const uint64_t size = std::filesystem::file_size(file, failed);
  // The text as it lies there: print() might write the same header otherwise.
  std::ifstream in(file, std::ios::binary);
  std::array<char, 12> fixed{};
  in.read(fixed.data(), fixed.size());
  size_t header_size = 0;
  for (size_t i = 8; i < 12; ++i) header_size = header_size << 8 | static_cast<uint8_t>(fixed[i]);
  header_size += fixed.size();
  const uint64_t wanted = header_size + header->plain_bytes + segment_count(*header) * crypto::kGcmTagBytes;
  if (failed || size < wanted) {
    const uint64_t whole =
        size > header_size ? (size - header_size) / (header->segment_bytes + crypto::kGcmTagBytes) : 0;
    return fail(ErrorKind::corrupt, cat(file.string(), " was cut short: it has ", size, " bytes of ", wanted,
                                        ", ", whole, " whole segments of ", segment_count(*header)));
  }
  if (size > wanted)
    return fail(ErrorKind::corrupt,
                cat(file.string(), ": ", size - wanted, " bytes follow its last segment"));
  auto data_key = data_key_of(*header, key, file.string());
  if (!data_key) return forward(data_key);
  return SegmentReader(file, std::move(*header), header_size, std::move(*data_key));
}

size_t SegmentReader::plain_size(uint64_t index) const {
  const uint64_t start = index * header_.segment_bytes;
  return static_cast<size_t>(std::min<uint64_t>(header_.segment_bytes, header_.plain_bytes - start));
}

Result<ByteView> SegmentReader::sealed_segment(uint64_t index) {
  sealed_.resize(plain_size(index) + crypto::kGcmTagBytes);
  in_->read(reinterpret_cast<char*>(sealed_.data()), static_cast<std::streamsize>(sealed_.size()));
  if (static_cast<size_t>(in_->gcount()) != sealed_.size())
    return fail(ErrorKind::corrupt, cat(file_.string(), " was cut short in segment ", index + 1));
  return ByteView(sealed_);
}

Result<ByteView> SegmentReader::next() {
  if (next_ == 0) in_->seekg(static_cast<std::streamoff>(header_size_));
  if (next_ == segment_count(header_)) return ByteView();
  const uint64_t index = next_++;
  const auto sealed = sealed_segment(index);
  if (!sealed) return sealed;
  const std::span<std::byte> out = std::span(plain_).first(plain_size(index));
  if (!cipher_->open(nonce_of(header_, index), associated_of(header_, index), *sealed, out))
    return why_not(index, *sealed);
  digest_->update(out);
  return ByteView(out);
}

// Only when a tag does not fit: does the segment belong to another place of this file?
std::unexpected<Error> SegmentReader::why_not(uint64_t index, ByteView sealed) {
  const uint64_t count = segment_count(header_);
  ByteBuffer out(sealed.size() - crypto::kGcmTagBytes);
  for (uint64_t other = 0; other < std::min(count, kMostTried); ++other) {
    if (other == index || plain_size(other) != out.size()) continue;
    if (!cipher_->open(nonce_of(header_, other), associated_of(header_, other), sealed, out)) continue;
    crypto::wipe(out);
    return fail(ErrorKind::corrupt, cat(file_.string(), ": segments were moved: number ", other + 1,
                                        " lies in the place of number ", index + 1));
  }
  return fail(ErrorKind::corrupt, cat(file_.string(), ": segment ", index + 1, " of ", count,
                                      " was changed, or comes from another file"));
}

Status SegmentReader::check_digest() {
  if (digest_->finish() == header_.digest) return {};
  return fail(ErrorKind::corrupt, cat(file_.string(), ": what was sealed is not what its digest says"));
}

}  // namespace oree::sealing
