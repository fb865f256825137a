// Where a client keeps what it trusts: small files by name, each written whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/files/files.h"

namespace oree::tuf {

// Not thread-safe. Names are file names ("timestamp.json"), or one folder below ("root_history/1.root.json").
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<ByteBuffer> read(std::string_view name, uint64_t max_bytes) = 0;  // `not_found`
  virtual Status write(std::string_view name, ByteView bytes) = 0;                 // atomic, durable
  virtual Status remove(std::string_view name) = 0;                                // fine when absent
};

// The folder is made when something is written.
class FolderStore final : public Store {
 public:
  FolderStore(files::Disk& disk, std::filesystem::path folder) : disk_(disk), folder_(std::move(folder)) {}
  Result<ByteBuffer> read(std::string_view name, uint64_t max_bytes) override;
  Status write(std::string_view name, ByteView bytes) override;
  Status remove(std::string_view name) override;

 private:
  files::Disk& disk_;
  std::filesystem::path folder_;
};

}  // namespace oree::tuf
