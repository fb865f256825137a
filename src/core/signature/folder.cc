#include "core/signature/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::signature {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 64;
constexpr size_t kMostFiles = 1'000'000;

// A file descriptor that is closed.
class Opened {
 public:
  explicit Opened(int fd) : fd_(fd) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// json::quote_to replaces what is not UTF-8: then the text is not what it was.
bool is_utf8(const std::string& text) {
  std::string quoted;
  json::quote_to(quoted, text);
  const auto back = json::parse(quoted);
  return back && back->text() != nullptr && *back->text() == text;
}

struct Search {
  const fs::path& root;
  const Serialization& how;
  std::vector<FoundFile> found;

  Status look(const std::string& below, int depth);
  Status take(const fs::directory_entry& entry, const std::string& path, int depth);
};

Status Search::look(const std::string& below, int depth) {
  std::error_code failed;
  const fs::path folder = below.empty() ? root : root / below;
  if (depth > kMaxDepth)
    return fail(ErrorKind::invalid, cat(folder.string(), ": folders inside folders, more than 64 deep"));
  fs::directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::directory_iterator(); entries.increment(failed)) {
    const std::string name = entries->path().filename().string();
    const std::string path = below.empty() ? name : cat(below, "/", name);
    if (!is_utf8(path))
      return fail(ErrorKind::invalid, cat(folder.string(), ": a file's name is not UTF-8; rename it"));
    if (is_among(path, how.ignore_paths)) continue;
    if (auto taken = take(*entries, path, depth); !taken) return taken;
  }
  if (failed) return fail(ErrorKind::not_found, cat(folder.string(), ": ", failed.message()));
  return {};
}

Status Search::take(const fs::directory_entry& entry, const std::string& path, int depth) {
  std::error_code failed;
  const bool link = entry.is_symlink(failed);
  if (link && !how.allow_symlinks) {
    return fail(ErrorKind::invalid,
                cat(entry.path().string(), " is a symbolic link; put the file in its place, or allow links"));
  }
  if (entry.is_directory(failed)) {
    if (!link) return look(path, depth + 1);
    return fail(ErrorKind::invalid,
                cat(entry.path().string(),
                    " is a link to a folder, whose files nobody would have signed; put the "
                    "folder in its place"));
  }
  if (!entry.is_regular_file(failed))
    return fail(ErrorKind::invalid, cat(entry.path().string(), " is neither a file nor a folder"));
  const uint64_t size = entry.file_size(failed);
  if (failed) return fail(ErrorKind::unavailable, cat(entry.path().string(), ": ", failed.message()));
  if (found.size() >= kMostFiles)
    return fail(ErrorKind::invalid, cat(root.string(), ": more than 1,000,000 files"));
  found.push_back({path, size});
  return {};
}

// Up to `bytes` of the file into the hash; how many there were.
Result<uint64_t> feed(int fd, uint64_t bytes, crypto::Hash& hash, std::vector<std::byte>& room,
                      const std::string& where) {
  uint64_t fed = 0;
  while (fed < bytes) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(room.size(), bytes - fed));
    const ssize_t count = ::read(fd, room.data(), wanted);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorKind::unavailable, cat(where, ": ", std::strerror(errno)));
    if (count == 0) break;
    hash.update(ByteView(room).first(static_cast<size_t>(count)));
    fed += static_cast<uint64_t>(count);
  }
  return fed;
}

}  // namespace

bool is_among(std::string_view path, const std::vector<std::string>& paths) {
  return std::ranges::any_of(paths, [&](std::string_view one) {
    return path.starts_with(one) && (path.size() == one.size() || path[one.size()] == '/');
  });
}

fs::path file_at(const fs::path& folder, std::string_view path) {
  return path == kTheModelItself ? folder : folder / path;
}

Result<std::vector<FoundFile>> list_files(const fs::path& folder, const Serialization& how) {
  std::error_code failed;
  if (fs::is_regular_file(folder, failed)) {
    const uint64_t size = fs::file_size(folder, failed);
    if (failed) return fail(ErrorKind::unavailable, cat(folder.string(), ": ", failed.message()));
    return std::vector{FoundFile{std::string(kTheModelItself), size}};
  }
  if (!fs::is_directory(folder, failed))
    return fail(ErrorKind::not_found, cat(folder.string(), ": no such file or folder"));
  Search search{folder, how, {}};
  if (auto looked = search.look("", 0); !looked) return forward(looked);
  std::ranges::sort(search.found, path_before, &FoundFile::path);
  return std::move(search.found);
}

Result<std::vector<Resource>> digest_file(const fs::path& folder, const FoundFile& file,
                                          const Serialization& how) {
  const std::string where = file_at(folder, file.path).string();
  const Opened opened(::open(where.c_str(), O_RDONLY | O_CLOEXEC | (how.allow_symlinks ? 0 : O_NOFOLLOW)));
  if (opened.fd() < 0) {
    const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
    return fail(kind, cat(where, ": ", std::strerror(errno)));
  }
  const bool whole = how.method == Method::files;
  const uint64_t step = whole ? file.size : how.shard_size;
  std::vector<std::byte> room(1 << 20);
  std::vector<Resource> out;
  uint64_t start = 0;
  while (start < file.size || (whole && out.empty())) {
    const uint64_t end = std::min(file.size, step > file.size - start ? file.size : start + step);
    crypto::Hash hash(how.hash);
    const auto fed = feed(opened.fd(), end - start, hash, room, where);
    if (!fed) return forward(fed);
    if (*fed != end - start) return fail(ErrorKind::corrupt, cat(where, ": changed while it was read"));
    out.push_back(
        {.path = file.path, .start = whole ? 0 : start, .end = whole ? 0 : end, .digest = hash.finish()});
    start = end;
  }
  std::byte more;
  if (::read(opened.fd(), &more, 1) == 1)
    return fail(ErrorKind::corrupt, cat(where, ": changed while it was read"));
  return out;
}

}  // namespace oree::signature
