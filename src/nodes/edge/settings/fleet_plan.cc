#include "nodes/edge/settings/fleet_plan.h"

#include "base/text.h"
#include "nodes/edge/settings/plan_fields.h"
#include "nodes/edge/settings/vio_file.h"
#include "platform/config/node.h"

namespace oree::edge {
namespace {

constexpr std::string_view kFile = "configuration.json";

Result<inspection::Plan> read_own_form(const config::Node& root, const std::filesystem::path& folder) {
  config::Fields fields(root, "configuration");
  inspection::Plan plan;
  read_plan(fields, folder, plan);
  if (auto status = fields.finish(); !status) return forward(status);
  return plan;
}

Result<inspection::Plan> read_vio_form(std::string_view text, const std::filesystem::path& folder) {
  const auto value = json::parse(text);
  if (!value) return forward(value, kFile);
  auto plan = plan_from_vio(*value, folder.string());
  if (!plan) return plan;
  // At a station a camera of an unknown kind keeps its place; a fleet is spared it.
  for (const auto& camera : plan->cameras)
    if (camera.kind == inspection::CameraKind::absent) return fail(ErrorKind::invalid, camera.why_absent);
  return plan;
}

}  // namespace

Result<inspection::Plan> parse_fleet_plan(std::string_view text, std::string_view station,
                                          const std::filesystem::path& folder) {
  const auto root = config::parse(text, kFile);
  if (!root) return forward(root);
  const bool is_vio = root->find("station_name") != nullptr || root->find("camera_configs") != nullptr ||
                      root->find("name") != nullptr;
  auto plan = is_vio ? read_vio_form(text, folder) : read_own_form(*root, folder);
  if (!plan) return plan;
  if (plan->steps.empty()) return fail(ErrorKind::invalid, cat(kFile, ": it has no step: nothing is judged"));
  plan->station = station;
  return plan;
}

}  // namespace oree::edge
