#include "services/deployment/agent/settings.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "platform/config/fields.h"
#include "platform/http/client.h"

namespace oree::deployment {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxTags = 32, kMaxTag = 64, kMaxClass = 64;

fs::path path_in(config::Fields& fields, std::string_view key, const fs::path& folder) {
  const auto text = fields.optional<std::string>(key, "");
  if (text.empty() || fs::path(text).is_absolute()) return text;
  return (folder / text).lexically_normal();
}

bool is_class(std::string_view text) {
  return text.size() <= kMaxClass && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                  c == '-' || c == '.';
         });
}

// "oree1.SECRET.ROOT"
bool is_invitation(std::string_view text) {
  const auto parts = split(text, '.');
  return parts.size() == 3 && parts[0] == "oree1" && !parts[1].empty() && parts[2].size() == 64 &&
         from_hex(parts[2]);
}

void check(config::Fields& fields, const FleetSettings& settings) {
  if (const auto url = http::parse_url(settings.hub); !url || url->target != "/") {
    fields.mistake("hub", "must be an address such as https://hub.works:8443, without a path");
  }
  if (settings.token.empty() == settings.certificate.empty()) {
    fields.mistake("token",
                   "or 'certificate', one of them, must say how this station introduces itself; "
                   "'oree hub token new' prints a token");
  }
  if (!settings.token.empty() && !is_invitation(settings.token)) {
    fields.mistake("token",
                   "must be what 'oree hub token new' printed: oree1., a secret, a dot and 64 hex digits");
  }
  if (settings.certificate.empty() != settings.certificate_key.empty()) {
    fields.mistake("certificate_key", "must name the private key of 'certificate'");
  }
  if (!is_class(settings.hardware))
    fields.mistake("hardware", "must be at most 64 letters, digits, '_', '-' or '.'");
  const bool long_tag =
      std::ranges::any_of(settings.tags, [](const auto& tag) { return tag.empty() || tag.size() > kMaxTag; });
  if (settings.tags.size() > kMaxTags || long_tag)
    fields.mistake("tags", "must be at most 32, each of 1 to 64 bytes");
  if (settings.report_every < std::chrono::seconds(1)) fields.mistake("report_every", "must be at least 1s");
}

}  // namespace

Result<FleetSettings> parse_fleet(const config::Node& node, const fs::path& folder) {
  config::Fields fields(node, "fleet");
  FleetSettings settings;
  settings.hub = fields.required<std::string>("hub");
  while (settings.hub.ends_with('/')) settings.hub.pop_back();
  settings.token = fields.optional<std::string>("token", "");
  settings.certificate = path_in(fields, "certificate", folder);
  settings.certificate_key = path_in(fields, "certificate_key", folder);
  settings.ca_file = path_in(fields, "ca_file", folder);
  settings.model_keys = path_in(fields, "model_keys", folder);
  settings.hardware = fields.optional<std::string>("hardware", "");
  settings.tags = fields.optional<std::vector<std::string>>("tags", {});
  settings.report_every = fields.duration("report_every", settings.report_every);
  settings.keep_free = fields.size("keep_free", settings.keep_free);
  const auto hold = fields.optional<std::string>("hold_last_good", "watched");
  settings.hold_always = hold == "always";
  if (hold != "watched" && hold != "always") fields.mistake("hold_last_good", "must be watched or always");
  if (const config::Node* floor = fields.node("floor")) {
    auto parsed = parse_floor(*floor);
    fields.absorb(parsed);
    if (parsed) settings.floor = std::move(*parsed);
  }
  check(fields, settings);
  if (auto status = fields.finish(); !status) return forward(status);
  return settings;
}

std::string hardware_class() {
  utsname machine{};
  const std::string name = ::uname(&machine) == 0 ? machine.machine : "unknown";
  std::ifstream file("/proc/cpuinfo");
  const std::string facts{std::istreambuf_iterator<char>(file), {}};
  struct Row {
    std::string_view flag, word;
  };
  constexpr std::array kRows = {Row{" avx512f", "-avx512"}, Row{" avx2", "-avx2"}, Row{" sve", "-sve"},
                                Row{" asimd", "-neon"}};
  for (const auto& row : kRows) {
    if (facts.find(row.flag) != std::string::npos) return cat(name, row.word);
  }
  return name;
}

}  // namespace oree::deployment
