#include "core/sealing/sealed_file.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "core/sealing/segments.h"
#include "platform/files/files.h"

namespace oree::sealing {
namespace {

namespace fs = std::filesystem;

// A file that takes its name only once it is whole and on disk; gone when it never gets there.
class Rising {
 public:
  static Result<Rising> open(const fs::path& out) {
    auto disk = std::make_unique<files::RealDisk>();
    const fs::path unfinished = fs::path(out) += ".unfinished";
    auto appender = disk->open_append(unfinished, 0);
    if (!appender) return forward(appender);
    return Rising(std::move(disk), unfinished, out, std::move(*appender));
  }
  Rising(Rising&&) = default;
  ~Rising() {
    if (appender_ != nullptr) (void)disk_->remove(unfinished_);
  }
  Status append(ByteView bytes) { return appender_->append(bytes); }
  Status finish() {
    if (auto synced = appender_->sync(); !synced) return synced;
    if (auto named = disk_->rename(unfinished_, out_); !named) return named;
    appender_.reset();
    return disk_->sync_folder(out_.parent_path().empty() ? "." : out_.parent_path());
  }

 private:
  Rising(std::unique_ptr<files::RealDisk> disk, fs::path unfinished, fs::path out,
         std::unique_ptr<files::Appender> appender)
      : disk_(std::move(disk)),
        unfinished_(std::move(unfinished)),
        out_(std::move(out)),
        appender_(std::move(appender)) {}
  std::unique_ptr<files::RealDisk> disk_;
  fs::path unfinished_, out_;
  std::unique_ptr<files::Appender> appender_;
};

Status take_facts(const fs::path& plain, SealedHeader& header) {
  std::ifstream in(plain, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, cat(plain.string(), ": no such file"));
  crypto::Sha256 digest;
  std::vector<char> room(1 << 20);
  while (in.read(room.data(), static_cast<std::streamsize>(room.size())) || in.gcount() > 0) {
    digest.update(as_bytes({room.data(), static_cast<size_t>(in.gcount())}));
    header.plain_bytes += static_cast<uint64_t>(in.gcount());
  }
  if (in.bad()) return fail(ErrorKind::unavailable, cat(plain.string(), ": cannot be read"));
  header.digest = digest.finish();
  header.name = plain.filename().string();
  return {};
}

Status wrap_for(const crypto::SecretKey& data_key, KeySource& source, SealedHeader& header) {
  const auto key = source.key();
  if (!key) return forward(key);
  std::erase_if(header.keys, [&](const WrappedKey& one) { return one.id == source.id(); });
  header.keys.push_back({source.id(), crypto::wrap_key(*key, data_key)});
  return {};
}

Status write_segments(const fs::path& plain, const SealedHeader& header, const crypto::SecretKey& data_key,
                      Rising& out) {
  std::ifstream in(plain, std::ios::binary);
  crypto::AesGcm cipher(data_key);
  crypto::Sha256 digest;
  ByteBuffer room(header.segment_bytes), sealed;
  uint64_t left = header.plain_bytes;
  for (uint64_t i = 0; i < segment_count(header); ++i) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(left, room.size()));
    in.read(reinterpret_cast<char*>(room.data()), static_cast<std::streamsize>(size));
    if (static_cast<size_t>(in.gcount()) != size) break;
    const ByteView segment = ByteView(room).first(size);
    digest.update(segment);
    sealed.resize(size + crypto::kGcmTagBytes);
    cipher.seal(nonce_of(header, i), associated_of(header, i), segment, sealed);
    if (auto written = out.append(sealed); !written) return written;
    left -= size;
  }
  crypto::wipe(room);
  if (left != 0 || digest.finish() != header.digest)
    return fail(ErrorKind::conflict, cat(plain.string(), ": changed while it was sealed; try again"));
  return {};
}

// Each segment of the file to `take`, then the digest of all.
template <class Take>
Status read_all(SegmentReader& reader, Take take) {
  for (uint64_t i = 0; i < segment_count(reader.header()); ++i) {
    const auto segment = reader.next();
    if (!segment) return forward(segment);
    if (auto taken = take(*segment); !taken) return taken;
  }
  return reader.check_digest();
}

}  // namespace

Status seal_file(const fs::path& plain, const fs::path& out, const std::vector<KeySource*>& keys,
                 const SealOptions& options) {
  if (keys.empty()) return fail(ErrorKind::invalid, "nobody to seal for: name a key");
  const uint32_t size = options.segment_bytes;
  if (size < (64u << 10) || size > (1u << 20) || (size & (size - 1)) != 0)
    return fail(ErrorKind::invalid,
                cat("segments of ", size, " bytes; a power of two from 64 KiB to 1 MiB is needed"));
  SealedHeader header;
  header.segment_bytes = size;
  if (auto taken = take_facts(plain, header); !taken) return taken;
  crypto::random_bytes(header.nonce_prefix);
  const crypto::SecretKey data_key = crypto::SecretKey::random();
  for (KeySource* key : keys) {
    if (auto wrapped = wrap_for(data_key, *key, header); !wrapped) return wrapped;
  }
  auto rising = Rising::open(out);
  if (!rising) return forward(rising);
  if (auto written = rising->append(as_bytes(print(header))); !written) return written;
  if (auto written = write_segments(plain, header, data_key, *rising); !written) return written;
  return rising->finish();
}

Result<Unsealed> open_sealed(const fs::path& file, KeySource& key, uint64_t max_bytes) {
  auto reader = SegmentReader::open(file, key);
  if (!reader) return forward(reader);
  const uint64_t size = reader->header().plain_bytes;
  if (size > max_bytes)
    return fail(ErrorKind::invalid,
                cat(file.string(), " holds ", size_text(size), ", more than ", size_text(max_bytes)));
  // Reserved at once: a vector that grows would leave pieces of the model behind in freed memory.
  ByteBuffer plain;
  plain.reserve(static_cast<size_t>(size));
  const Status read = read_all(*reader, [&](ByteView segment) -> Status {
    plain.insert(plain.end(), segment.begin(), segment.end());
    return {};
  });
  Unsealed out(std::move(plain));
  if (!read) return forward(read);
  return out;
}

Status unseal_file(const fs::path& file, KeySource& key, const fs::path& out) {
  auto reader = SegmentReader::open(file, key);
  if (!reader) return forward(reader);
  auto rising = Rising::open(out);
  if (!rising) return forward(rising);
  const Status read = read_all(*reader, [&](ByteView segment) { return rising->append(segment); });
  if (!read) return read;
  return rising->finish();
}

Status rewrap_file(const fs::path& file, KeySource& key, KeySource& more, bool instead) {
  auto reader = SegmentReader::open(file, key);
  if (!reader) return forward(reader);
  SealedHeader header = reader->header();
  if (instead) header.keys.clear();
  if (auto wrapped = wrap_for(reader->data_key(), more, header); !wrapped) return wrapped;
  auto rising = Rising::open(file);
  if (!rising) return forward(rising);
  if (auto written = rising->append(as_bytes(print(header))); !written) return written;
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(reader->header_size()));
  std::vector<char> room(1 << 20);
  while (in.read(room.data(), static_cast<std::streamsize>(room.size())) || in.gcount() > 0) {
    if (auto written = rising->append(as_bytes({room.data(), static_cast<size_t>(in.gcount())})); !written)
      return written;
  }
  return rising->finish();
}

}  // namespace oree::sealing
