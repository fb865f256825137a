// A file on its way from a hub: grows piece by piece, goes on where it was after a cut, a restart or a power
// loss, and becomes visible under its name only when its digest is right.
//
//   incoming/HEX        what came so far
//   incoming/HEX.mark   up to where it is surely on disk, and in which boot of the machine that was written
//
// A process that is killed loses nothing: in the same boot the system still holds what was written, so the
// size of the file is believed. After another boot only the mark is (a file may be longer than what survived
// in it). What is believed is read again for the digest, so a mistake costs a download, never a wrong file.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

namespace oree::deployment {

class PartFile {
 public:
  // `boot`: a word that no other boot of this machine has. Goes on with what is there.
  static Result<std::unique_ptr<PartFile>> open(files::Disk& disk, const files::Path& folder,
                                                const crypto::Digest& digest, uint64_t bytes,
                                                std::string boot);

  const crypto::Digest& digest() const { return digest_; }
  uint64_t size() const { return size_; }  // what came so far
  uint64_t bytes() const { return bytes_; }
  bool whole() const { return size_ == bytes_; }

  // `invalid` when more comes than was announced. Errors of the disk leave the part usable after open().
  Status append(ByteView bytes);
  // What came so far survives a power loss.
  Status settle();
  // Whole, and what its digest says: moves it to `destination`, whose folder exists, and syncs that.
  // `corrupt` when it is not, and then nothing is kept of it.
  Status finish(const files::Path& destination);

 private:
  PartFile(files::Disk& disk, files::Path path, const crypto::Digest& digest, uint64_t bytes,
           std::string boot)
      : disk_(&disk), path_(std::move(path)), digest_(digest), bytes_(bytes), boot_(std::move(boot)) {}
  uint64_t believed() const;
  Status read_again(uint64_t length);
  Status mark();
  files::Path mark_path() const;

  files::Disk* disk_;
  files::Path path_;
  crypto::Digest digest_;
  uint64_t bytes_;
  std::string boot_;
  uint64_t size_ = 0;
  uint64_t marked_ = 0;
  crypto::Sha256 sum_;
  std::unique_ptr<files::Appender> file_;
};

}  // namespace oree::deployment
