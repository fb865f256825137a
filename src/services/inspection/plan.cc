#include "services/inspection/plan.h"

namespace oree::inspection {

std::string_view camera_kind_name(CameraKind kind) {
  switch (kind) {
    case CameraKind::folder:
      return "folder";
    case CameraKind::snapshot:
    case CameraKind::pushed:
      return "http";
    case CameraKind::vio_capture:
      return "vio_capture";
    case CameraKind::absent:
      break;
  }
  return "absent";
}

}  // namespace oree::inspection
