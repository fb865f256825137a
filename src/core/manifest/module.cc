// One module: its settings, its createOptions in pieces, its environment.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/manifest/module_reader.h"

namespace oree::manifest {
namespace {

const std::array<std::string, 4> kPolicies{"never", "on-failure", "on-unhealthy", "always"};
const std::array<std::string, 2> kStatuses{"running", "stopped"};
const std::array<std::string, 2> kPulls{"on-create", "never"};
const std::array<std::string, 1> kTypes{"docker"};
constexpr std::string_view kCreateOptions = "createoptions";

bool is_placeholder(std::string_view image) {
  return image.contains("${") || image.contains('<') || image.starts_with('$');
}

// An image without a tag means :latest.
std::string with_tag(std::string image) {
  const size_t slash = image.rfind('/');
  const std::string_view last =
      slash == std::string::npos ? std::string_view(image) : std::string_view(image).substr(slash + 1);
  if (last.contains(':') || last.contains('@') || is_placeholder(image)) return image;
  return image + ":latest";
}

// "createOptions01" → "01"; nothing for another key.
std::optional<std::string_view> piece_number(std::string_view key) {
  if (!lower(key).starts_with(kCreateOptions)) return std::nullopt;
  const std::string_view number = key.substr(kCreateOptions.size());
  const bool digits = std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  const std::string_view word = key.substr(0, kCreateOptions.size());
  const bool known = word == "createOptions" || word == "createoptions";
  return digits && known ? std::optional(number) : std::nullopt;
}

// The pieces in the agent's order; a gap or a wrong beginning is a mistake in its words.
std::string join_pieces(Findings& findings, const Spot& settings) {
  std::vector<std::pair<std::string, const json::Value*>> pieces;
  for (const auto& [key, value] : *settings.value->object()) {
    if (piece_number(key)) pieces.emplace_back(key, &value);
  }
  std::ranges::sort(pieces, {}, [](const auto& piece) { return lower(piece.first); });
  std::string out;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Spot spot = settings.at(pieces[i].first, *pieces[i].second);
    const std::string_view number = *piece_number(pieces[i].first);
    if (i == 0 && !number.empty()) {
      findings.mistake(spot, cat("the first piece of createOptions must have no number, got '", number, "'"));
      return "";
    }
    if (i > 0 && parse_number<unsigned>(number) != i) {
      findings.mistake(spot, cat("is out of order: createOptions", i < 10 ? "0" : "", i, " was expected"));
      return "";
    }
    out += findings.text(spot);
  }
  return out;
}

json::Value read_create_options(Findings& findings, const Spot& settings) {
  const json::Value* only = settings.value->find("createOptions");
  // Templates write it as an object; the original's tools turn it into text.
  if (only != nullptr && only->object() != nullptr) return *only;
  const std::string text = join_pieces(findings, settings);
  if (trim(text).empty() || trim(text) == "null") return {};
  const Spot spot = only != nullptr ? settings.at("createOptions", *only) : settings;
  auto parsed = json::parse(text);
  if (!parsed) {
    findings.mistake(spot, cat("must hold JSON as text: ", parsed.error().what));
    return {};
  }
  if (parsed->object() == nullptr) {
    findings.mistake(spot, cat("must hold a JSON object as text, got ", found_text(*parsed)));
    return {};
  }
  return std::move(*parsed);
}

bool is_environment_name(std::string_view name) {
  return !name.empty() && name.find_first_of("+#$. \t\r\n\f\v") == std::string_view::npos;
}

void read_environment(Findings& findings, const Spot& spot, Module& module) {
  static const std::array<std::string, 1> kKeys{"value"};
  if (!findings.object(spot)) return;
  for (const auto& [name, entry] : *spot.value->object()) {
    const Spot one = spot.at(name, entry);
    if (!is_environment_name(name))
      findings.mistake(one, "is no name of a variable: it must not have '+', '#', '$', '.' or blanks");
    if (!findings.object(one)) continue;
    findings.only(one, kKeys);
    const json::Value* value = findings.required(one, "value");
    if (value == nullptr) continue;
    if (value->text() == nullptr && !value->number() && value->boolean() == nullptr) {
      findings.mistake(one.at("value", *value),
                       cat("must be text, a number, true or false, got ", found_text(*value)));
      continue;
    }
    module.environment.push_back({name, value->text() != nullptr ? *value->text() : json::print(*value)});
  }
}

void read_settings(Findings& findings, const Spot& spot, Module& module, std::vector<std::string>& notes) {
  if (!findings.object(spot)) return;
  for (const auto& [key, value] : *spot.value->object()) {
    if (key == "image" || key == "digest" || piece_number(key)) continue;
    static const std::array<std::string, 3> kKnown{"image", "createOptions", "digest"};
    findings.mistake(spot.at(key, value), cat("is not known here", did_you_mean(key, kKnown)));
  }
  if (const json::Value* image = findings.required(spot, "image")) {
    const Spot at = spot.at("image", *image);
    const std::string text(trim(findings.text(at)));
    if (image->text() != nullptr && text.empty()) findings.mistake(at, "must not be empty");
    if (is_placeholder(text))
      notes.push_back(cat(module.name, ": the image '", text, "' is a placeholder that a tool must fill in"));
    module.image = with_tag(text);
  }
  module.create_options = read_create_options(findings, spot);
}

std::vector<std::string> allowed_keys(ModuleKind kind) {
  std::vector<std::string> keys{"type", "settings", "env", "imagePullPolicy"};
  if (kind != ModuleKind::agent) keys.insert(keys.end(), {"status", "restartPolicy", "startupOrder"});
  if (kind == ModuleKind::other) keys.emplace_back("version");
  return keys;
}

}  // namespace

std::string_view policy_name(RestartPolicy policy) {
  return kPolicies[static_cast<size_t>(policy)];
}

bool is_module_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.find_first_of(".$# ") == std::string_view::npos;
}

Module read_module(Findings& findings, const Spot& spot, ModuleKind kind, std::vector<std::string>& notes) {
  Module module{.name = spot.path.back(), .system = kind != ModuleKind::other};
  if (!findings.object(spot)) return module;
  findings.only(spot, allowed_keys(kind));
  const auto member = [&](const std::string& key) { return spot.value->find(key); };
  const auto at = [&](const std::string& key) { return spot.at(key, *member(key)); };
  if (findings.required(spot, "type") != nullptr) (void)findings.choice(at("type"), kTypes);
  if (kind != ModuleKind::agent) {
    if (findings.required(spot, "status") != nullptr)
      module.status = static_cast<WantedStatus>(findings.choice(at("status"), kStatuses));
    if (findings.required(spot, "restartPolicy") != nullptr)
      module.restart = static_cast<RestartPolicy>(findings.choice(at("restartPolicy"), kPolicies));
  }
  if (member("imagePullPolicy") != nullptr)
    module.pull = static_cast<PullPolicy>(findings.choice(at("imagePullPolicy"), kPulls));
  if (kind == ModuleKind::agent) module.startup_order = 0;
  if (kind != ModuleKind::agent && member("startupOrder") != nullptr) {
    if (const auto order = findings.whole(at("startupOrder"), 0, 0xFFFFFFFF))
      module.startup_order = static_cast<uint32_t>(*order);
  }
  if (kind == ModuleKind::other && member("version") != nullptr)
    module.version = findings.text(at("version"));
  if (member("env") != nullptr) read_environment(findings, at("env"), module);
  if (findings.required(spot, "settings") != nullptr) read_settings(findings, at("settings"), module, notes);
  return module;
}

}  // namespace oree::manifest
