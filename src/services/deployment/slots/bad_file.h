// What is known to be bad, noted in place: the room for it is taken when the disk still has some, so that a
// disk without room takes a condemnation too, and so does a station that loses both of its states.
//
//   bad   64 records of 512 bytes, a sector each: mark, number, digest, code, CRC-32C
//   (docs/formats/station.md)
//
// The newest 64 are kept; the units remember more (unit.h). A record that was cut is none. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "platform/files/files.h"
#include "services/deployment/slots/unit.h"

namespace oree::deployment {

class BadFile {
 public:
  // Reads what is there; without room for the file itself note() tries to make it again.
  BadFile(files::Path path, files::Disk& disk);

  // Durable when it returns. The same one again is no news.
  Status note(const BadPackage& bad);
  const BadPackage* find(std::string_view digest) const;
  std::vector<BadPackage> noted() const;  // oldest first

 private:
  struct Record {
    uint64_t number = 0;
    BadPackage bad;
  };
  Status make();
  static std::optional<Record> parse(ByteView bytes);
  static ByteBuffer print(const Record& record);

  files::Path path_;
  files::Disk* disk_;
  std::unique_ptr<files::FixedFile> file_;
  std::vector<std::optional<Record>> records_;
};

}  // namespace oree::deployment
