#include "services/queries/models/backend_models.h"

#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "base/text.h"

namespace oree::queries {
namespace {

using ModelResult = Result<std::shared_ptr<const inference::Model>>;

// A file for one moment; its name ends in .onnx, as some runtimes insist.
class MomentaryFile {
 public:
  static Result<MomentaryFile> write(ByteView bytes) {
    std::error_code failed;
    const auto place = std::filesystem::temp_directory_path(failed);
    if (failed)
      return fail(ErrorKind::unavailable,
                  cat("no folder for temporary files: ", failed.message(), "; set TMPDIR to one"));
    std::string path = (place / "oree-model-XXXXXX.onnx").string();
    const int fd = ::mkstemps(path.data(), 5);
    if (fd < 0) return fail(ErrorKind::unavailable, cat("cannot make a temporary file ", path));
    MomentaryFile file(path);
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
      if (wrote <= 0) {
        ::close(fd);
        return fail(ErrorKind::full, cat("cannot write the model to ", path));
      }
      bytes = bytes.subspan(static_cast<size_t>(wrote));
    }
    ::close(fd);
    return file;
  }
  MomentaryFile(MomentaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~MomentaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  explicit MomentaryFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace

ModelResult BackendModels::load_file(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  auto model = backend_.load(file, {});
  if (!model) return forward(model);
  return std::shared_ptr<const inference::Model>(std::move(*model));
}

ModelResult BackendModels::find(std::string_view name) {
  if (name.empty() || name.find("..") != std::string_view::npos || name.front() == '/') {
    return fail(ErrorKind::invalid, cat("'", name, "' is no name of a model"));
  }
  for (const auto& file : {folder_ / cat(name, ".onnx"), folder_ / std::string(name) / "model.onnx"}) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored)) return load_file(file);
  }
  return fail(ErrorKind::not_found, cat("there is no model '", name, "' in ", folder_.string()));
}

ModelResult BackendModels::load(ByteView file) {
  auto momentary = MomentaryFile::write(file);
  if (!momentary) return forward(momentary);
  auto model = load_file(momentary->path());
  if (!model)
    return fail(model.error().kind, "the bytes given as a model cannot be loaded: " + model.error().what);
  return model;
}

}  // namespace oree::queries
