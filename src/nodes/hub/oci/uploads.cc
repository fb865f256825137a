#include "nodes/hub/oci/uploads.h"

#include "base/text.h"

namespace oree::hub {

Status Uploads::prepare() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);  // of a hub that ended
  return disk_.make_folder(folder_);
}

void Uploads::drop_old() {
  for (auto at = all_.begin(); at != all_.end();) {
    if (clock_.mono() - at->second->last < kLongest) {
      ++at;
      continue;
    }
    (void)disk_.remove(folder_ / at->first);
    at = all_.erase(at);
  }
}

Result<std::string> Uploads::begin() {
  std::array<std::byte, 16> random;
  crypto::random_bytes(random);
  const std::string id = to_hex(random);
  const std::lock_guard lock(mutex_);
  drop_old();
  if (all_.size() >= kMost)
    return fail(ErrorKind::busy, cat(kMost, " uploads are under way; finish or cancel one"));
  auto one = std::make_shared<One>();
  auto file = disk_.open_append(folder_ / id, std::nullopt);
  if (!file) return forward(file);
  one->file = *std::move(file);
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
  return (*one)->file->size();
}

Result<uint64_t> Uploads::append(const std::string& id, std::optional<uint64_t> first, ByteView bytes) {
  const auto one = find(id);
  if (!one) return forward(one);
  const std::lock_guard lock((*one)->mutex);
  files::Appender& file = *(*one)->file;
  if (first && *first != file.size()) {
    return fail(ErrorKind::conflict,
                cat("the piece begins at ", *first, ", ", file.size(), " bytes are here; go on there"));
  }
  if (bytes.size() > kMostBytes - file.size())
    return fail(ErrorKind::full, cat("a blob has at most ", size_text(kMostBytes)));
  if (auto appended = file.append(bytes); !appended) return forward(appended);
  (*one)->sum.update(bytes);
  return file.size();
}

Status Uploads::finish(const std::string& id, const crypto::Digest& digest) {
  const auto one = find(id);
  if (!one) return forward(one);
  const std::lock_guard lock((*one)->mutex);
  Status done = (*one)->file->sync();
  if (const auto found = (*one)->sum.finish(); done && found != digest)
    done = fail(ErrorKind::corrupt, cat("the bytes are sha256:", found.hex(), ", not sha256:", digest.hex()));
  if (done) done = blobs_.adopt(digest, folder_ / id);
  (void)cancel(id);
  return done;
}

Status Uploads::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (all_.erase(id) == 0) return fail(ErrorKind::not_found, "there is no such upload");
  (void)disk_.remove(folder_ / id);  // adopted ones lie elsewhere by now
  return {};
}

}  // namespace oree::hub
