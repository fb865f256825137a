// Blobs on their way from a registry, piece by piece, going on where the last call ended.
#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "core/oci/answers.h"
#include "core/oci/registry.h"
#include "platform/files/files.h"

namespace oree::oci {
namespace {

namespace fs = std::filesystem;

uint64_t size_of(const fs::path& file) {
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  return failed ? 0 : size;
}

bool has_digest(const fs::path& file, const crypto::Digest& digest) {
  std::ifstream in(file, std::ios::binary);
  crypto::Sha256 hash;
  std::vector<char> room(1 << 20);
  while (in.read(room.data(), static_cast<std::streamsize>(room.size())) || in.gcount() > 0)
    hash.update(as_bytes({room.data(), static_cast<size_t>(in.gcount())}));
  return hash.finish() == digest;
}

// "bytes 100-199/1000": where the piece begins.
std::optional<uint64_t> begins_at(std::string_view content_range) {
  if (!content_range.starts_with("bytes ")) return std::nullopt;
  const std::string_view rest = content_range.substr(6);
  return parse_number<uint64_t>(rest.substr(0, rest.find('-')));
}

}  // namespace

Result<std::string> Registry::pull_text(const std::string& name, const Descriptor& blob, size_t max_bytes) {
  if (blob.size > max_bytes)
    return fail(ErrorKind::invalid, cat(name, ": ", size_text(blob.size), " where at most ",
                                        size_text(max_bytes), " are expected"));
  auto answer = ask("GET", at(cat("/v2/", name, "/blobs/", digest_text(blob.digest))), {}, "", name);
  if (!answer) return forward(answer);
  if (answer->status != 200)
    return std::unexpected(error_of(*answer, cat(name, "@", digest_text(blob.digest))));
  if (crypto::sha256(as_bytes(answer->body)) != blob.digest)
    return fail(ErrorKind::corrupt,
                cat(name, "@", digest_text(blob.digest), ": the registry sent something else"));
  return std::move(answer->body);
}

Status Registry::pull_blob(const std::string& name, const Descriptor& blob, const fs::path& file) {
  files::RealDisk disk;
  const fs::path part = fs::path(file) += ".part";
  // What an earlier call left may be torn; then everything is fetched anew, once.
  for (const bool resumed = size_of(part) > 0;;) {
    const bool again = resumed && size_of(part) > 0;
    if (size_of(part) > blob.size) (void)disk.remove(part);
    if (auto fetched = fetch(name, blob, part); !fetched) return fetched;
    if (has_digest(part, blob.digest)) break;
    if (auto removed = disk.remove(part); !removed) return removed;
    if (!again)
      return fail(ErrorKind::corrupt,
                  cat(name, "@", digest_text(blob.digest), ": what the registry sent is not that"));
  }
  if (auto named = disk.rename(part, file); !named) return named;
  return disk.sync_folder(file.parent_path().empty() ? "." : file.parent_path());
}

Status Registry::fetch(const std::string& name, const Descriptor& blob, const fs::path& part) {
  files::RealDisk disk;
  uint64_t have = size_of(part);
  auto out = disk.open_append(part, have);
  if (!out) return forward(out);
  for (int failures = 0; have < blob.size;) {
    uint64_t start = have;
    const auto piece = fetch_piece(name, blob, start);
    if (!piece || piece->empty()) {
      const Error error =
          piece ? Error{ErrorKind::unavailable, cat(name, ": the registry sent nothing")} : piece.error();
      if (!facts(error.kind).retry || ++failures >= options_.tries) return std::unexpected(error);
      note_piece(false);
      wait(failures);
      continue;
    }
    failures = 0;
    note_piece(true);
    if (start != have) {  // it sent the whole where a piece was asked for
      out = disk.open_append(part, 0);
      if (!out) return forward(out);
    }
    if (start + piece->size() > blob.size)
      return fail(ErrorKind::corrupt, cat(name, "@", digest_text(blob.digest), ": more than the ", blob.size,
                                          " bytes it should have"));
    if (auto written = (*out)->append(as_bytes(*piece)); !written) return written;
    have = start + piece->size();
  }
  return (*out)->sync();
}

// `start` becomes where the piece really begins.
Result<std::string> Registry::fetch_piece(const std::string& name, const Descriptor& blob, uint64_t& start) {
  const uint64_t last = std::min(start + piece_bytes_, blob.size) - 1;
  const std::vector<http::Header> headers{{"Range", cat("bytes=", start, "-", last)}};
  auto answer = call("GET", at(cat("/v2/", name, "/blobs/", digest_text(blob.digest))), headers, "", name);
  if (!answer) return forward(answer);
  if (answer->status == 206) {
    const auto begins = begins_at(header_of(*answer, "Content-Range"));
    if (begins != start)
      return fail(ErrorKind::corrupt, cat(name, ": the registry sent another piece than was asked for"));
    return std::move(answer->body);
  }
  if (answer->status != 200)
    return std::unexpected(error_of(*answer, cat(name, "@", digest_text(blob.digest))));
  start = 0;
  return std::move(answer->body);
}

}  // namespace oree::oci
