// Cameras that answer over HTTP: a snapshot address, or VIO's camera service.
#pragma once

#include "platform/http/client.h"
#include "services/inspection/cameras/camera.h"

namespace oree::inspection {

// GET url → the picture.
class SnapshotCamera final : public Camera {
 public:
  SnapshotCamera(http::Url url, std::string address, uint64_t max_bytes, const Clock& clock)
      : url_(std::move(url)), address_(std::move(address)), max_bytes_(max_bytes), clock_(clock) {}
  Result<Frame> capture(MonoTime deadline) override;

 private:
  http::Client client_;
  http::Url url_;
  std::string address_;
  uint64_t max_bytes_;
  const Clock& clock_;
};

// POST {base}/capture?camera_id=… → {"uri": "file:///…" or "http://…", …}, then the picture at that uri.
class VioCamera final : public Camera {
 public:
  VioCamera(http::Url url, std::string address, uint64_t max_bytes, const Clock& clock)
      : url_(std::move(url)), address_(std::move(address)), max_bytes_(max_bytes), clock_(clock) {}
  Result<Frame> capture(MonoTime deadline) override;

 private:
  http::Client client_;
  http::Url url_;
  std::string address_;
  uint64_t max_bytes_;
  const Clock& clock_;
};

}  // namespace oree::inspection
