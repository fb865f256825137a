#include "nodes/edge/settings/modules_fields.h"

#include "base/text.h"
#include "platform/config/fields.h"
#include "services/routes/route.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

using config::Fields;
using config::Node;

fs::path absolute(const fs::path& folder, const std::string& path) {
  return path.empty() || fs::path(path).is_absolute() ? fs::path(path) : (folder / path).lexically_normal();
}

Result<modules::ImageRule> parse_rule(const std::string& image, const Node& node, const fs::path& folder) {
  modules::ImageRule rule{.image = image};
  if (node.kind() == Node::Kind::scalar) {
    if (node.scalar() == "station") return rule;
    return node.error(cat("image '", image, "' must be 'station', or a map with its command, got ",
                          config::found_text(node)));
  }
  Fields fields(node, cat("image '", image, "'"));
  rule.command = fields.required<std::vector<std::string>>("command");
  if (fields.has("command") && rule.command.empty())
    fields.mistake("command", "must hold a program and its words");
  rule.folder = absolute(folder, fields.optional<std::string>("folder", ""));
  if (auto status = fields.finish(); !status) return forward(status);
  // A program beside the station file may be named as it lies there.
  if (!rule.command.front().starts_with('/') && rule.command.front().contains('/'))
    rule.command.front() = absolute(folder, rule.command.front());
  return rule;
}

Result<modules::LogLimits> parse_log(const Node& node) {
  Fields fields(node, "log");
  modules::LogLimits log;
  log.bytes = fields.size("max_bytes", log.bytes);
  log.files = fields.between<int>("files", log.files, 1, 100);
  if (log.bytes < 100'000) fields.mistake("max_bytes", "must be at least 100kB");
  if (auto status = fields.finish(); !status) return forward(status);
  return log;
}

}  // namespace

Result<ModulesFile> parse_modules(const Node& node, const fs::path& folder) {
  Fields fields(node, "modules");
  ModulesFile file;
  file.manifest = absolute(folder, fields.optional<std::string>("manifest", ""));
  for (const auto& layer : fields.optional<std::vector<std::string>>("layers", {}))
    file.layers.push_back(absolute(folder, layer));
  file.engine = absolute(folder, fields.optional<std::string>("engine", ""));
  if (file.engine.string().size() > 107)
    fields.mistake("engine", "is too long for a socket: 107 bytes at most");
  if (const Node* images = fields.node("images")) {
    if (images->kind() != Node::Kind::map)
      fields.mistake("images", "must be a map from images to what runs them");
    for (const auto& [image, one] : images->members()) {
      auto rule = parse_rule(image, one, folder);
      fields.absorb(rule);
      if (rule) file.images.push_back(std::move(*rule));
    }
  }
  if (const Node* log = fields.node("log")) {
    auto limits = parse_log(*log);
    fields.absorb(limits);
    if (limits) file.log = *limits;
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return file;
}

Status check_routes(const manifest::Manifest& manifest) {
  std::vector<std::string> mistakes;
  for (const auto& route : manifest.routes) {
    if (const auto parsed = routes::parse_route(route.text); !parsed)
      mistakes.push_back(cat("$edgeHub.routes.", route.name, ": ", parsed.error().what));
  }
  if (mistakes.empty()) return {};
  return fail(ErrorKind::invalid, join(mistakes, "\n"));
}

}  // namespace oree::edge
