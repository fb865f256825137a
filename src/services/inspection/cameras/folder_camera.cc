#include "services/inspection/cameras/folder_camera.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"

namespace oree::inspection {
namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  const std::string extension = lower(path.extension().string());
  return !path.filename().string().starts_with('.') &&
         (extension == ".jpg" || extension == ".jpeg" || extension == ".png");
}

Result<std::shared_ptr<const ByteBuffer>> read_picture(const fs::path& path, uint64_t max_bytes) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return fail(ErrorKind::not_found, cat(path.string(), ": ", error.message()));
  if (size > max_bytes) {
    return fail(ErrorKind::invalid, cat(path.string(), ": ", size, " bytes, the limit is ", max_bytes));
  }
  std::ifstream file(path, std::ios::binary);
  auto bytes = std::make_shared<ByteBuffer>(size);
  file.read(reinterpret_cast<char*>(bytes->data()), static_cast<std::streamsize>(size));
  if (!file) return fail(ErrorKind::unavailable, cat(path.string(), ": cannot be read"));
  return bytes;
}

Result<std::unique_ptr<Camera>> FolderCamera::open(const CameraPlan& plan, uint64_t max_bytes) {
  std::unique_ptr<FolderCamera> camera(new FolderCamera(plan.path, plan.loop, max_bytes));
  if (auto status = camera->list(); !status) return forward(status, cat("camera '", plan.name, "'"));
  if (auto status = camera->read_truth(); !status) return forward(status, cat("camera '", plan.name, "'"));
  return camera;
}

Status FolderCamera::list() {
  std::error_code error;
  files_.clear();
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (is_picture_name(entry.path())) files_.push_back(entry.path().filename().string());
  }
  if (error) return fail(ErrorKind::not_found, cat("folder '", folder_.string(), "': ", error.message()));
  std::ranges::sort(files_);
  return {};
}

// A table with a header line; the columns are found by name, values are not quoted.
Status FolderCamera::read_truth() {
  std::ifstream file(folder_ / "truth.csv");
  std::string line;
  if (!std::getline(file, line)) return {};
  const auto columns = split(trim(line), ',');
  const auto file_column = static_cast<size_t>(std::ranges::find(columns, "file") - columns.begin());
  const auto label_column = static_cast<size_t>(std::ranges::find(columns, "label") - columns.begin());
  if (file_column == columns.size() || label_column == columns.size()) {
    return fail(ErrorKind::invalid, cat((folder_ / "truth.csv").string(),
                                        ":1: expected the columns 'file' and 'label', got '", line, "'"));
  }
  while (std::getline(file, line)) {
    const auto cells = split(trim(line), ',');
    if (cells.size() > std::max(file_column, label_column)) {
      truth_[std::string(trim(cells[file_column]))] = trim(cells[label_column]);
    }
  }
  return {};
}

Result<Frame> FolderCamera::capture(MonoTime) {
  if (next_ >= files_.size()) {
    if (!loop_ && next_ > 0)
      return fail(ErrorKind::not_found, cat("folder '", folder_.string(), "' has no more pictures"));
    next_ = 0;
    if (auto status = list(); !status) return forward(status);
    if (files_.empty())
      return fail(ErrorKind::not_found, cat("folder '", folder_.string(), "' holds no .jpg or .png"));
  }
  const std::string& name = files_[next_++];
  auto bytes = read_picture(folder_ / name, max_bytes_);
  if (!bytes) return forward(bytes);
  const auto known = truth_.find(name);
  return Frame{std::move(*bytes), name, known == truth_.end() ? "" : known->second};
}

}  // namespace oree::inspection
