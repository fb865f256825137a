#include "services/modules/manifest_source.h"

#include <sys/stat.h>

#include "base/text.h"

namespace oree::modules {
namespace fs = std::filesystem;

ManifestSource::ManifestSource(fs::path base, std::vector<fs::path> layers, fs::path backup,
                               files::Disk& disk, Check check)
    : base_(std::move(base)),
      layers_(std::move(layers)),
      backup_(std::move(backup)),
      disk_(disk),
      check_(std::move(check)) {}

fs::path ManifestSource::backup_file(size_t number) const {
  return backup_ / (number == 0 ? std::string("deployment.json") : cat("layer-", number, ".json"));
}

// A file that is replaced has another inode or time; one that is written anew another time or size.
std::string ManifestSource::stamp() const {
  std::string out;
  const auto add = [&](const fs::path& path) {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) {
      out += "absent;";
      return;
    }
    out += cat(facts.st_ino, " ", facts.st_size, " ", facts.st_mtim.tv_sec, ".", facts.st_mtim.tv_nsec, ";");
  };
  add(base_);
  for (const auto& layer : layers_) add(layer);
  return out;
}

Result<manifest::Manifest> ManifestSource::read(const fs::path& base,
                                                const std::vector<fs::path>& layers) const {
  auto manifest = manifest::load_manifest(base, layers);
  if (!manifest || !check_) return manifest;
  if (auto right = check_(*manifest); !right) return forward(right, base.string());
  return manifest;
}

Status ManifestSource::keep() const {
  if (auto made = disk_.make_folder(backup_); !made) return made;
  for (size_t i = 0; i <= layers_.size(); ++i) {
    const auto bytes = disk_.read(i == 0 ? base_ : layers_[i - 1], manifest::kMaxManifestBytes);
    if (!bytes) return forward(bytes);
    if (auto written = disk_.write(backup_file(i), *bytes); !written) return written;
  }
  return {};
}

std::optional<manifest::Manifest> ManifestSource::last_good() const {
  std::vector<fs::path> layers;
  for (size_t i = 1; i <= layers_.size(); ++i) layers.push_back(backup_file(i));
  auto manifest = read(backup_file(0), layers);
  return manifest ? std::optional(std::move(*manifest)) : std::nullopt;
}

void ManifestSource::change_base(fs::path base) {
  base_ = std::move(base);
  seen_.clear();
}

std::optional<ManifestSource::News> ManifestSource::look() {
  auto now = stamp();
  if (now == seen_) return std::nullopt;
  seen_ = std::move(now);
  if (base_.empty()) {  // nobody wants anything
    has_manifest_ = true;
    return News{.manifest = manifest::Manifest{}, .status = {}};
  }
  auto manifest = read(base_, layers_);
  if (!manifest) {
    News news{.manifest = has_manifest_ ? std::nullopt : last_good(), .status = forward(manifest)};
    has_manifest_ = has_manifest_ || news.manifest;
    return news;
  }
  has_manifest_ = true;
  const auto kept = keep();
  return News{.manifest = std::move(*manifest), .status = kept};
}

}  // namespace oree::modules
