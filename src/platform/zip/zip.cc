#include "platform/zip/zip.h"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "platform/zip/entry_name.h"

namespace oree::zip {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Close {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

Error error_of(zip_error_t& error, std::string_view name) {
  const int code = zip_error_code_zip(&error);
  const ErrorKind kind = code == ZIP_ER_NOENT                             ? ErrorKind::not_found
                         : code == ZIP_ER_OPEN                            ? ErrorKind::denied
                         : code == ZIP_ER_ENCRNOTSUPP                     ? ErrorKind::unsupported
                         : code == ZIP_ER_COMPNOTSUPP                     ? ErrorKind::unsupported
                         : code == ZIP_ER_MEMORY || code == ZIP_ER_SEEK   ? ErrorKind::unavailable
                         : code == ZIP_ER_READ && error.sys_err == EISDIR ? ErrorKind::invalid
                                                                          : ErrorKind::corrupt;
  // What libzip itself finds while it opens.
  const std::string_view words =
      code == ZIP_ER_EXISTS ? "has a name that is there twice" : zip_error_strerror(&error);
  Error out{code == ZIP_ER_EXISTS ? ErrorKind::invalid : kind, cat(name, ": ", words)};
  zip_error_fini(&error);
  return out;
}

// Of Unix's kinds of file only plain ones and folders may be in an archive.
bool is_special(zip_t* archive, uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return true;
  if (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X) return false;
  const uint32_t type = (attributes >> 16) & S_IFMT;
  return type != 0 && type != S_IFREG && type != S_IFDIR;
}

std::optional<Error> fault_of(zip_t* archive, const zip_stat_t& stat, std::string_view name,
                              const Limits& limits) {
  if (const auto fault = name_fault(name)) return Error{ErrorKind::invalid, *fault};
  if (is_special(archive, stat.index)) return Error{ErrorKind::invalid, "is a link or a device, not a file"};
  constexpr zip_uint64_t kNeeded =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if ((stat.valid & kNeeded) != kNeeded)
    return Error{ErrorKind::corrupt, "does not say its size and packing"};
  if (stat.encryption_method != ZIP_EM_NONE)
    return Error{ErrorKind::unsupported, "is encrypted; unpack it and pack it again without a password"};
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    return Error{ErrorKind::unsupported,
                 cat("is packed by method ", stat.comp_method, "; stored and deflated are read")};
  if (stat.size > limits.entry_bytes)
    return Error{ErrorKind::invalid,
                 cat("unpacks to ", stat.size, " bytes; the limit is ", limits.entry_bytes)};
  if (stat.comp_method == ZIP_CM_STORE && stat.size != stat.comp_size)
    return Error{ErrorKind::corrupt, "is stored, in another size than its own"};
  return std::nullopt;
}

}  // namespace

struct Archive::Parts {
  std::unique_ptr<zip_t, Discard> archive;
  std::string name;
  std::vector<Entry> entries;
};

Archive::Archive(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(const std::filesystem::path& file, const Limits& limits) {
  std::error_code failed;
  const uint64_t bytes = std::filesystem::file_size(file, failed);
  if (failed) {
    const bool absent = failed == std::errc::no_such_file_or_directory;
    return fail(absent ? ErrorKind::not_found : ErrorKind::invalid,
                cat(file.string(), ": ", failed.message()));
  }
  int code = 0;
  auto parts = std::make_unique<Parts>();
  parts->name = file.string();
  parts->archive.reset(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!parts->archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    return std::unexpected(error_of(error, parts->name));
  }
  return look_through(std::move(parts), bytes, limits);
}

Result<Archive> Archive::open(ByteView bytes, std::string_view name, const Limits& limits) {
  zip_error_t error;
  zip_error_init(&error);
  auto parts = std::make_unique<Parts>();
  parts->name = std::string(name);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return std::unexpected(error_of(error, name));
  parts->archive.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (!parts->archive) {
    zip_source_free(source);
    return std::unexpected(error_of(error, name));
  }
  return look_through(std::move(parts), bytes.size(), limits);
}

Result<Archive> Archive::look_through(std::unique_ptr<Parts> parts, uint64_t archive_bytes,
                                      const Limits& limits) {
  zip_t* archive = parts->archive.get();
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count == 0) return fail(ErrorKind::corrupt, cat(parts->name, ": is empty"));
  if (count < 0 || static_cast<uint64_t>(count) > limits.entries)
    return fail(ErrorKind::invalid,
                cat(parts->name, ": has ", count, " entries; the limit is ", limits.entries));
  uint64_t total = 0;
  std::unordered_set<std::string> seen;
  for (uint64_t i = 0; i < static_cast<uint64_t>(count); ++i) {
    zip_stat_t stat;
    const char* raw = zip_get_name(archive, i, ZIP_FL_ENC_RAW);
    if (raw == nullptr || zip_stat_index(archive, i, 0, &stat) != 0)
      return fail(ErrorKind::corrupt, cat(parts->name, ": entry ", i, " cannot be read"));
    const std::string name = raw;
    const auto refuse = [&](ErrorKind kind, std::string_view what) {
      return fail(kind, cat(parts->name, ": ", shown_name(name), ": ", what));
    };
    if (const auto fault = fault_of(archive, stat, name, limits)) return refuse(fault->kind, fault->what);
    if (!seen.insert(lower(name)).second) return refuse(ErrorKind::invalid, "is there twice");
    total += stat.size;
    if (total > limits.total_bytes) return refuse(ErrorKind::invalid, "makes the archive too large unpacked");
    if (total > limits.free_bytes && total / limits.ratio > archive_bytes)
      return refuse(ErrorKind::invalid, cat("unpacks to more than ", limits.ratio, " times the archive"));
    if (!name.ends_with('/')) parts->entries.push_back({name, stat.size, i});
  }
  return Archive(std::move(parts));
}

const std::string& Archive::name() const {
  return parts_->name;
}

const std::vector<Entry>& Archive::entries() const {
  return parts_->entries;
}

const Entry* Archive::find(std::string_view name) const {
  const auto found = std::ranges::find(parts_->entries, name, &Entry::name);
  return found == parts_->entries.end() ? nullptr : &*found;
}

Result<std::string> Archive::read(const Entry& entry) const {
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorKind::corrupt, cat(parts_->name, ": ", shown_name(entry.name), ": ", what));
  };
  const std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(parts_->archive.get(), entry.index, 0));
  if (!file) return refuse(zip_strerror(parts_->archive.get()));
  // Grows with what really comes: a size that is only claimed takes no memory.
  std::string out;
  constexpr size_t kStep = 1u << 20;
  for (;;) {
    const size_t have = out.size();
    out.resize(have + kStep);
    const zip_int64_t got = zip_fread(file.get(), out.data() + have, kStep);
    if (got < 0) return refuse(zip_file_strerror(file.get()));
    out.resize(have + static_cast<size_t>(got));
    if (out.size() > entry.bytes) return refuse("unpacks to more than it says");
    if (got == 0) break;
  }
  if (out.size() != entry.bytes) return refuse("unpacks to less than it says");
  return out;
}

}  // namespace oree::zip
