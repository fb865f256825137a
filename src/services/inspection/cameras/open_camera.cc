#include "base/text.h"
#include "services/inspection/cameras/camera.h"
#include "services/inspection/cameras/folder_camera.h"
#include "services/inspection/cameras/http_camera.h"

namespace oree::inspection {
namespace {

// Keeps its place in the plan, so that every part says what is missing instead of leaving the step out.
class AbsentCamera final : public Camera {
 public:
  explicit AbsentCamera(std::string why) : why_(std::move(why)) {}
  Result<Frame> capture(MonoTime) override { return fail(ErrorKind::unsupported, why_); }

 private:
  std::string why_;
};

Result<std::unique_ptr<Camera>> open_http(HttpCamera::Kind kind, const CameraPlan& plan,
                                          const std::string& address, uint64_t max_bytes,
                                          const Clock& clock) {
  auto url = http::parse_url(address);
  if (!url) return forward(url, cat("camera '", plan.name, "'"));
  return std::make_unique<HttpCamera>(kind, std::move(*url), address, max_bytes, clock);
}

}  // namespace

Result<std::unique_ptr<Camera>> open_camera(const CameraPlan& plan, uint64_t max_bytes, const Clock& clock) {
  switch (plan.kind) {
    case CameraKind::folder:
      return FolderCamera::open(plan, max_bytes);
    case CameraKind::snapshot:
      return open_http(HttpCamera::Kind::snapshot, plan, plan.url, max_bytes, clock);
    case CameraKind::vio_capture: {
      const std::string base = plan.url.ends_with('/') ? plan.url.substr(0, plan.url.size() - 1) : plan.url;
      return open_http(HttpCamera::Kind::vio_capture, plan, cat(base, "/capture?camera_id=", plan.camera_id),
                       max_bytes, clock);
    }
    case CameraKind::absent:
      return std::make_unique<AbsentCamera>(plan.why_absent);
    case CameraKind::pushed:
      break;
  }
  return nullptr;
}

}  // namespace oree::inspection
