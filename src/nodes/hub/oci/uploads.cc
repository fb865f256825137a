#include "nodes/hub/oci/uploads.h"

#include "base/text.h"

namespace oree::hub {
namespace {

constexpr uint64_t kPart = uint64_t{1} << 20;

}  // namespace

Status Uploads::prepare() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);  // of a hub that ended
  return disk_.make_folder(folder_);
}

void Uploads::drop(std::map<std::string, std::shared_ptr<One>>::iterator one) {
  (void)disk_.remove(folder_ / one->first);  // none without a byte; adopted ones lie elsewhere by now
  all_.erase(one);
}

void Uploads::make_room() {
  const auto idle = [this](const auto& one) { return clock_.mono() - one->second->last; };
  for (auto at = all_.begin(); at != all_.end();) {
    const auto one = at++;
    if (idle(one) >= kLongest) drop(one);
  }
  if (all_.size() < kMost) return;
  auto oldest = all_.begin();
  for (auto at = all_.begin(); at != all_.end(); ++at) {
    if (idle(at) > idle(oldest)) oldest = at;
  }
  if (idle(oldest) >= kLeftAlone) drop(oldest);
}

Result<std::string> Uploads::begin() {
  std::array<std::byte, 16> random;
  crypto::random_bytes(random);
  const std::string id = to_hex(random);
  const std::lock_guard lock(mutex_);
  make_room();
  if (all_.size() >= kMost)
    return fail(ErrorKind::busy,
                cat(kMost, " uploads are under way; finish or cancel one, or try again in a minute"));
  auto one = std::make_shared<One>();
  one->last = clock_.mono();
  all_.emplace(id, std::move(one));
  return id;
}

Result<std::shared_ptr<Uploads::One>> Uploads::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = all_.find(id);
  if (at == all_.end()) return fail(ErrorKind::not_found, "there is no such upload; begin another");
  at->second->last = clock_.mono();
  return at->second;
}

Result<uint64_t> Uploads::size(const std::string& id) {
  const auto one = find(id);
  if (!one) return forward(one);
  const std::lock_guard lock((*one)->mutex);
  return (*one)->size();
}

Result<uint64_t> Uploads::append(const std::string& id, std::optional<uint64_t> first, ByteView bytes) {
  const auto one = find(id);
  if (!one) return forward(one);
  const std::lock_guard lock((*one)->mutex);
  const uint64_t here = (*one)->size();
  if (first && *first != here) {
    return fail(ErrorKind::conflict,
                cat("the piece begins at ", *first, ", ", here, " bytes are here; go on there"));
  }
  if (bytes.size() > kMostBytes - here)
    return fail(ErrorKind::full, cat("a blob has at most ", size_text(kMostBytes)));
  if (auto opened = open(id, **one); !opened) return forward(opened);
  if (auto appended = (*one)->file->append(bytes); !appended) return forward(appended);
  (*one)->sum.update(bytes);
  return (*one)->file->size();
}

Status Uploads::open(const std::string& id, One& one) {
  if (one.file) return {};
  auto file = disk_.open_append(folder_ / id, std::nullopt);
  if (!file) return forward(file);
  one.file = *std::move(file);
  return {};
}

Status Uploads::check(const std::string& id, const oci::ContentDigest& digest, const crypto::Digest& sha256) {
  std::string found = cat("sha256:", sha256.hex());
  if (digest.algorithm != crypto::HashAlgorithm::sha256) {
    crypto::Hash hash(digest.algorithm);
    for (uint64_t at = 0;;) {
      const auto part = disk_.read_part(folder_ / id, at, kPart);
      if (!part) return forward(part);
      if (part->empty()) break;
      hash.update(*part);
      at += part->size();
    }
    found = cat(crypto::hash_name(digest.algorithm), ":", to_hex(hash.finish()));
  }
  if (found == digest.text) return {};
  return fail(ErrorKind::corrupt, cat("the bytes are ", found, ", not ", digest.text));
}

Result<crypto::Digest> Uploads::finish(const std::string& id, const oci::ContentDigest& digest) {
  const auto one = find(id);
  if (!one) return forward(one);
  const std::lock_guard lock((*one)->mutex);
  Status done = open(id, **one);
  if (done) done = (*one)->file->sync();
  const crypto::Digest sha256 = (*one)->sum.finish();
  if (done) done = check(id, digest, sha256);
  if (done) done = blobs_.adopt(sha256, folder_ / id);
  (void)cancel(id);
  if (!done) return forward(done);
  return sha256;
}

Status Uploads::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto one = all_.find(id);
  if (one == all_.end()) return fail(ErrorKind::not_found, "there is no such upload");
  drop(one);
  return {};
}

}  // namespace oree::hub
