// The manifest of a station: read from its files, read again when they change, and kept as it last was good.
// One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "core/manifest/manifest.h"
#include "platform/files/files.h"

namespace oree::modules {

class ManifestSource {
 public:
  using Check = std::function<Status(const manifest::Manifest&)>;
  // `backup` is the folder of the last good text.
  ManifestSource(std::filesystem::path base, std::vector<std::filesystem::path> layers,
                 std::filesystem::path backup, files::Disk& disk, Check check);

  struct News {
    std::optional<manifest::Manifest> manifest;  // none: stay with what is at work
    Status status;                               // what is wrong with the files
  };
  // Nothing when the files are as they were.
  std::optional<News> look();
  // From now on another base; "": a manifest without modules.
  void change_base(std::filesystem::path base);
  const std::filesystem::path& base() const { return base_; }

 private:
  std::string stamp() const;
  Result<manifest::Manifest> read(const std::filesystem::path& base,
                                  const std::vector<std::filesystem::path>& layers) const;
  Status keep() const;
  std::optional<manifest::Manifest> last_good() const;
  std::filesystem::path backup_file(size_t number) const;

  std::filesystem::path base_;
  const std::vector<std::filesystem::path> layers_;
  const std::filesystem::path backup_;
  files::Disk& disk_;
  const Check check_;
  std::string seen_;
  bool has_manifest_ = false;
};

}  // namespace oree::modules
