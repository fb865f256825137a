#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/text.h"
#include "core/manifest/module_reader.h"
#include "platform/files/files.h"

namespace oree::manifest {
namespace {

const std::string kDesired = "properties.desired";

// An entry of modulesContent: an object whose only key is properties.desired.
std::optional<Spot> desired_of(Findings& findings, const Spot& entry) {
  static const std::array<std::string, 1> kKeys{kDesired};
  if (!findings.object(entry)) return std::nullopt;
  findings.only(entry, kKeys);
  const json::Value* value = findings.required(entry, kDesired);
  if (value == nullptr) return std::nullopt;
  const Spot desired = entry.at(kDesired, *value);
  return findings.object(desired) ? std::optional(desired) : std::nullopt;
}

void read_contents(Findings& findings, const Spot& spot, Manifest& out) {
  if (!findings.object(spot)) return;
  if (const json::Value* agent = findings.required(spot, "$edgeAgent")) {
    if (const auto desired = desired_of(findings, spot.at("$edgeAgent", *agent)))
      read_agent(findings, *desired, out);
  }
  if (const json::Value* hub = findings.required(spot, "$edgeHub")) {
    if (const auto desired = desired_of(findings, spot.at("$edgeHub", *hub)))
      read_hub(findings, *desired, out);
  }
  for (const auto& [name, value] : *spot.value->object()) {
    if (name == "$edgeAgent" || name == "$edgeHub") continue;
    const Spot entry = spot.at(name, value);
    if (!is_module_name(name)) {
      findings.mistake(entry, cat("is not known here: $edgeAgent, $edgeHub or a module's name",
                                  did_you_mean(name, std::array<std::string, 2>{"$edgeAgent", "$edgeHub"})));
      continue;
    }
    if (const auto desired = desired_of(findings, entry)) out.twins[name] = *desired->value;
  }
}

// The root, and `content` where it wraps the rest; what else may stand beside.
std::optional<Spot> contents_of(Findings& findings, const Spot& root) {
  static const std::array<std::string, 3> kBare{"modulesContent", "$schema", "$schema-template"};
  static const std::array<std::string, 5> kWrapped{"modulesContent", "$schema", "$schema-template",
                                                   "deviceContent", "moduleContent"};
  if (!findings.object(root)) return std::nullopt;
  Spot spot = root;
  const json::Value* content = root.value->find("content");
  if (content != nullptr) {
    spot = root.at("content", *content);
    if (!findings.object(spot)) return std::nullopt;
    findings.only(spot, kWrapped);
  } else {
    findings.only(spot, kBare);
  }
  const json::Value* modules = findings.required(spot, "modulesContent");
  return modules == nullptr ? std::nullopt : std::optional(spot.at("modulesContent", *modules));
}

Result<json::Value> parse_tree(std::string_view text, std::string_view file) {
  if (text.size() > kMaxManifestBytes)
    return fail(ErrorKind::invalid, cat(file, ": is larger than ", size_text(kMaxManifestBytes)));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto root = json::parse(text);
  if (!root) return forward(root, file);
  return root;
}

Result<Manifest> read_tree(const json::Value& root, std::string_view text, std::string_view file) {
  Findings findings(text, file);
  Manifest out;
  const Spot top{&root, {}};
  if (const auto contents = contents_of(findings, top)) {
    if (is_layered(*contents->value)) {
      return fail(ErrorKind::unsupported,
                  cat(file, ": is a layered deployment: it needs a base manifest below it"));
    }
    read_contents(findings, *contents, out);
  }
  if (auto status = findings.finish(); !status) return forward(status);
  std::ranges::sort(out.modules, {}, &Module::name);
  return out;
}

Result<std::string> read_text(const std::filesystem::path& path) {
  files::RealDisk disk;
  const auto bytes = disk.read(path, kMaxManifestBytes);
  if (!bytes) return forward(bytes);
  return std::string(as_text(*bytes));
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, std::string_view file) {
  const auto root = parse_tree(text, file);
  if (!root) return forward(root);
  return read_tree(*root, text, file);
}

Result<Manifest> load_manifest(const std::filesystem::path& base,
                               std::span<const std::filesystem::path> layers) {
  const auto text = read_text(base);
  if (!text) return forward(text);
  if (layers.empty()) return parse_manifest(*text, base.string());
  auto root = parse_tree(*text, base.string());
  if (!root) return forward(root);
  for (const auto& path : layers) {
    const auto layer_text = read_text(path);
    if (!layer_text) return forward(layer_text);
    const auto layer = parse_tree(*layer_text, path.string());
    if (!layer) return forward(layer);
    const json::Value* contents = modules_content_of(*layer);
    if (contents == nullptr || contents->object() == nullptr)
      return fail(ErrorKind::invalid, cat(path.string(), ": 'modulesContent' is missing"));
    lay_over(*root, *contents);
  }
  return read_tree(*root, *text, base.string());
}

Result<std::string> describe_manifest(std::string_view text, std::string_view file) {
  const auto counted = [](size_t n, std::string_view noun) { return cat(n, " ", noun, n == 1 ? "" : "s"); };
  const auto root = parse_tree(text, file);
  if (!root) return forward(root);
  const json::Value* contents = modules_content_of(*root);
  if (contents != nullptr && is_layered(*contents))
    return cat("layered deployment over ", counted(contents->object()->size(), "module"));
  const auto read = read_tree(*root, text, file);
  if (!read) return forward(read);
  return cat("deployment manifest, ", counted(read->modules.size() - 2, "module"), ", ",
             counted(read->routes.size(), "route"));
}

bool is_manifest(std::string_view text) {
  if (text.size() > kMaxManifestBytes || text.find("\"modulesContent\"") == std::string_view::npos)
    return false;
  const auto root = parse_tree(text, "");
  return !root || modules_content_of(*root) != nullptr;
}

}  // namespace oree::manifest
