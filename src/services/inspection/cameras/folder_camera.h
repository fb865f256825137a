// A camera made of a folder of pictures: one per capture, in name order, looping or once.
//
// The folder is listed when the end is reached, so pictures may be added while it runs. Beside them may stand
// truth.csv with the columns file,label: what each picture really shows.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "services/inspection/cameras/camera.h"

namespace oree::inspection {

class FolderCamera final : public Camera {
 public:
  static Result<std::unique_ptr<Camera>> open(const CameraPlan& plan, uint64_t max_bytes);
  Result<Frame> capture(MonoTime deadline) override;

 private:
  FolderCamera(std::filesystem::path folder, bool loop, uint64_t max_bytes)
      : folder_(std::move(folder)), loop_(loop), max_bytes_(max_bytes) {}
  Status list();
  Status read_truth();

  std::filesystem::path folder_;
  bool loop_;
  uint64_t max_bytes_;
  std::vector<std::string> files_;
  size_t next_ = 0;
  std::map<std::string, std::string> truth_;
};

// Reads a whole picture file. `not_found`, `denied`, or `invalid` when it is larger than `max_bytes`.
Result<std::shared_ptr<const ByteBuffer>> read_picture(const std::filesystem::path& path, uint64_t max_bytes);
bool is_picture_name(const std::filesystem::path& path);  // .jpg .jpeg .png, not hidden

}  // namespace oree::inspection
