#include "nodes/hub/settings.h"

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "platform/config/fields.h"
#include "platform/http/ends/listen.h"

namespace oree::hub {
namespace {

namespace fs = std::filesystem;
using config::Fields;
using config::Node;

// "127.0.0.1:8200", "[::1]:8200"
void read_listen(Fields& fields, Settings& settings) {
  const auto text = fields.optional<std::string>("listen", cat(settings.address, ":", settings.port));
  const auto listen = http::parse_listen(text);
  if (!listen) return fields.mistake("listen", "must be an address and a port such as 127.0.0.1:8200");
  settings.address = listen->address;
  settings.port = listen->port;
}

milliseconds read_time(Fields& fields, std::string_view key, milliseconds fallback, milliseconds least,
                       milliseconds most) {
  const auto length = fields.duration(key, fallback);
  if (length < least || length > most)
    fields.mistake(key, cat("must lie between ", duration_text(least), " and ", duration_text(most)));
  return std::chrono::ceil<milliseconds>(length);
}

Result<EnrolmentSettings> read_enrolment(const Node& node, const fs::path& folder) {
  Fields fields(node, "enrolment");
  EnrolmentSettings enrolment;
  enrolment.approve = fields.optional<bool>("approve", false);
  enrolment.per_minute = fields.between<int>("per_minute", enrolment.per_minute, 1, 100'000);
  const auto authorities = fields.optional<std::string>("authorities", "");
  if (!authorities.empty()) enrolment.authorities = folder / authorities;
  if (auto status = fields.finish(); !status) return forward(status);
  return enrolment;
}

Result<PackageSettings> read_packages(const Node& node, const fs::path& folder) {
  Fields fields(node, "packages");
  PackageSettings packages;
  for (const auto& file : fields.optional<std::vector<std::string>>("signers", {}))
    packages.signers.push_back(folder / file);
  packages.allow_unsigned = fields.optional<bool>("allow_unsigned", false);
  if (packages.allow_unsigned && !packages.signers.empty())
    fields.mistake("allow_unsigned", "contradicts 'signers': leave one of them out");
  packages.most_bytes = fields.size("most_bytes", packages.most_bytes);
  if (auto status = fields.finish(); !status) return forward(status);
  return packages;
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, std::string_view file) {
  const auto node = config::parse(text, file);
  if (!node) return forward(node);
  const fs::path folder = fs::path(file).parent_path();
  Fields fields(*node, "");
  Settings settings;
  settings.hub = fields.required<std::string>("hub");
  if (fields.node("hub") && !is_name(settings.hub)) fields.mistake("hub", kNameRule);
  read_listen(fields, settings);
  if (const Node* tls = fields.node("tls")) {
    auto read = config::parse_tls(*tls, folder);
    fields.absorb(read);
    if (read) settings.tls = *std::move(read);
  }
  if (const Node* enrolment = fields.node("enrolment")) {
    auto read = read_enrolment(*enrolment, folder);
    fields.absorb(read);
    if (read) settings.enrolment = *std::move(read);
  }
  if (const Node* packages = fields.node("packages")) {
    auto read = read_packages(*packages, folder);
    fields.absorb(read);
    if (read) settings.packages = *std::move(read);
  }
  using std::chrono::hours;
  using std::chrono::seconds;
  settings.report_every = read_time(fields, "report_every", settings.report_every, seconds(1), hours(24));
  settings.access_for = read_time(fields, "access_for", settings.access_for, seconds(60), hours(24));
  settings.tick = read_time(fields, "tick", settings.tick, milliseconds(50), seconds(60));
  settings.offline_after = read_time(fields, "offline_after", settings.offline_after, seconds(5), hours(24));
  if (auto status = fields.finish(); !status) return forward(status);
  return settings;
}

Result<Settings> load_settings(const fs::path& file) {
  const auto text = config::load_text(file.string());
  if (!text) return forward(text);
  return parse_settings(*text, file.string());
}

}  // namespace oree::hub
