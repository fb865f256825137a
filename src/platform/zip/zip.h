// Zip archives that strangers made, read and nothing else (libzip).
//
// An archive is looked through when it is opened: what a well-meant one never has is refused then, with the
// entry's name: paths that leave their folder or hide in it (absolute, "..", backslash, drive, control
// characters), two entries of one name (also when they differ by capitals only), links and devices,
// encryption, other packings than stored and deflated, more than the limits allow, and bytes that promise
// more than they can hold. Nobody writes by an entry's name here: read() gives bytes, the caller knows where
// they go. Values borrowed from the archive live as long as it. Not thread-safe.
//
//   auto archive = zip::Archive::open("export.zip");
//   const zip::Entry* labels = archive->find("labels.txt");
//   Result<std::string> text = archive->read(*labels);
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::zip {

struct Limits {
  size_t entries = 1'000;
  uint64_t entry_bytes = 1ull << 30;  // unpacked
  uint64_t total_bytes = 2ull << 30;
  // Unpacked bytes for each of the archive's own; deflate reaches 1032, weights hardly 2. Not looked at below
  // `free_bytes`: text may be repetitive.
  uint64_t ratio = 100;
  uint64_t free_bytes = 16ull << 20;
};

struct Entry {
  std::string name;  // of a file; folders are not listed
  uint64_t bytes = 0;
  uint64_t index = 0;  // in the archive
};

class Archive {
 public:
  // `not_found`, `denied`; `corrupt` for what is no whole zip, `invalid` for a hostile one, `unsupported` for
  // encryption and other packings. Each error begins with the archive's name.
  static Result<Archive> open(const std::filesystem::path& file, const Limits& limits = {});
  // The same over bytes, which must outlive it; `name` is for errors.
  static Result<Archive> open(ByteView bytes, std::string_view name, const Limits& limits = {});
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;
  ~Archive();

  const std::string& name() const;
  const std::vector<Entry>& entries() const;           // in the archive's order
  const Entry* find(std::string_view name) const;      // exactly so written; nullptr when it is not there
  Result<std::string> read(const Entry& entry) const;  // `corrupt` when its checksum or size is another

 private:
  struct Parts;
  explicit Archive(std::unique_ptr<Parts> parts);
  static Result<Archive> look_through(std::unique_ptr<Parts> parts, uint64_t archive_bytes,
                                      const Limits& limits);
  std::unique_ptr<Parts> parts_;
};

}  // namespace oree::zip
