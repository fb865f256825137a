#include "services/erp/settings.h"

#include <algorithm>
#include <span>

#include "base/ids.h"
#include "base/text.h"
#include "platform/config/fields.h"
#include "platform/http/client.h"

namespace oree::erp {
namespace {

using config::Fields;
using config::Node;
namespace fs = std::filesystem;

constexpr std::chrono::hours kLongestPause{12};

fs::path below(const fs::path& folder, const fs::path& file) {
  return file.empty() || file.is_absolute() ? file : folder / file;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// A secret goes there: only over TLS, or not out of this machine.
std::string read_url(Fields& fields, std::string_view key, std::string text) {
  while (text.ends_with('/')) text.pop_back();
  if (text.empty()) return text;
  const auto url = http::parse_url(text);
  if (!url) {
    fields.mistake(key, url.error().what);
  } else if (!url->tls && !is_this_machine(url->host)) {
    fields.mistake(key, "must begin with https://, a secret is sent there");
  }
  return text;
}

std::string read_guid(Fields& fields, std::string_view key, bool required) {
  auto text = required ? fields.required<std::string>(key) : fields.optional<std::string>(key, "");
  if (!text.empty() && !is_uuid(text))
    fields.mistake(key, cat("must be an id such as 0f0f0f0f-0000-…, got '", text, "'"));
  return text;
}

std::map<std::string, std::string> read_guids(Fields& fields, std::string_view key,
                                              std::span<const std::string> allowed) {
  const Node* node = fields.node(key);
  if (node == nullptr) return {};
  if (node->kind() != Node::Kind::map) {
    fields.mistake(key, "must be a map of names and ids");
    return {};
  }
  std::map<std::string, std::string> out;
  Fields inner(*node, std::string(key));
  const auto read = [&](const std::string& name) {
    if (auto id = read_guid(inner, name, false); !id.empty()) out[name] = std::move(id);
  };
  // A closed list: any other key is one that nobody asked for.
  for (const auto& name : allowed) read(name);
  if (allowed.empty()) {
    for (const auto& member : node->members()) read(member.first);
  }
  fields.absorb(inner.finish());
  return out;
}

// The name of a column: it becomes part of addresses.
std::string read_column(Fields& fields, std::string_view key, std::string_view fallback) {
  auto text = fields.optional<std::string>(key, std::string(fallback));
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain) fields.mistake(key, cat("must be the logical name of a column, got '", text, "'"));
  return text;
}

json::Object read_constants(Fields& fields, std::string_view key) {
  json::Object out;
  const Node* node = fields.node(key);
  if (node == nullptr) return out;
  if (node->kind() != Node::Kind::map) fields.mistake(key, "must be a map of columns and values");
  for (const auto& [name, value] : node->members()) {
    if (value.kind() == Node::Kind::map || value.kind() == Node::Kind::list) {
      fields.mistake(key, cat("'", name, "' must be one value"));
    } else {
      out.emplace_back(name, constant(value));
    }
  }
  return out;
}

milliseconds read_deadline(Fields& fields) {
  const auto deadline = fields.duration("deadline", std::chrono::seconds(20));
  if (deadline < milliseconds(100) || deadline > std::chrono::minutes(5))
    fields.mistake("deadline", "must lie between 100ms and 5min");
  return std::chrono::ceil<milliseconds>(deadline);
}

DynamicsSettings read_dynamics(Fields& fields, const fs::path& folder) {
  static const std::vector<std::string> kPriorities{"low", "normal", "high", "urgent"};
  DynamicsSettings out;
  auto& dataverse = out.dataverse;
  dataverse.url = read_url(fields, "url", fields.required<std::string>("url"));
  dataverse.token_url = read_url(fields, "token_url", fields.optional<std::string>("token_url", ""));
  const auto tenant = read_guid(fields, "tenant", false);
  if (tenant.empty() == dataverse.token_url.empty())
    fields.mistake("tenant", "needs the directory's id, or 'token_url' instead");
  if (!tenant.empty())
    dataverse.token_url = cat("https://login.microsoftonline.com/", tenant, "/oauth2/v2.0/token");
  dataverse.client_id = fields.required<std::string>("client_id");
  dataverse.secret_file = below(folder, fields.required<std::string>("secret_file"));
  dataverse.ca_file = below(folder, fields.optional<std::string>("ca_file", ""));
  dataverse.deadline = read_deadline(fields);
  out.key = read_column(fields, "key", out.key);
  out.task_key = read_column(fields, "task_key", out.task_key);
  out.alert = fields.optional<bool>("alert", out.alert);
  out.alert_key = read_column(fields, "alert_key", out.alert_key);
  out.service_account = read_guid(fields, "service_account", true);
  out.work_order_type = read_guid(fields, "work_order_type", true);
  out.price_list = read_guid(fields, "price_list", true);
  out.task_type = read_guid(fields, "task_type", false);
  out.priorities = read_guids(fields, "priorities", kPriorities);
  out.assets = read_guids(fields, "assets", {});
  out.fields = read_constants(fields, "fields");
  return out;
}

RestSettings read_rest(Fields& fields, const fs::path& folder) {
  RestSettings out;
  const auto file = below(folder, fields.required<std::string>("mapping"));
  if (!file.empty()) {
    const auto node = config::load(file.string());
    auto mapping = node ? parse_mapping(*node, file.parent_path()) : Result<Mapping>(forward(node));
    if (mapping) {
      out.mapping = *std::move(mapping);
    } else {
      fields.mistake("mapping", cat("cannot be used: ", mapping.error().what));
    }
  }
  auto url = fields.optional<std::string>("url", out.mapping.url);
  while (url.ends_with('/')) url.pop_back();
  if (const auto parsed = http::parse_url(url); !url.empty() && !parsed)
    fields.mistake("url", parsed.error().what);
  out.mapping.url = std::move(url);
  out.ca_file = below(folder, fields.optional<std::string>("ca_file", ""));
  out.deadline = read_deadline(fields);
  return out;
}

Result<RetryPolicy> read_retry(const Node& node) {
  Fields fields(node, "retry");
  RetryPolicy policy;
  policy.first = fields.duration("first", policy.first);
  policy.longest = fields.duration("longest", policy.longest);
  policy.locked_out = fields.duration("locked_out", policy.locked_out);
  if (policy.first < milliseconds(100)) fields.mistake("first", "must be 100ms or more");
  if (policy.longest < policy.first) fields.mistake("longest", "must not be shorter than 'first'");
  if (policy.longest > kLongestPause) fields.mistake("longest", "must be 12h or less");
  if (policy.locked_out > kLongestPause || policy.locked_out < policy.first)
    fields.mistake("locked_out", "must lie between 'first' and 12h");
  if (auto status = fields.finish(); !status) return forward(status);
  return policy;
}

}  // namespace

Result<Settings> parse_settings(const Node& node, const fs::path& folder) {
  Fields fields(node, "erp");
  Settings out;
  if (fields.choice("kind", {"dynamics", "rest"}) == "rest") {
    out.system = read_rest(fields, folder);
  } else {
    out.system = read_dynamics(fields, folder);
  }
  if (const Node* retry = fields.node("retry")) {
    const auto policy = read_retry(*retry);
    fields.absorb(policy);
    if (policy) out.retry = *policy;
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

std::unique_ptr<Adapter> make_adapter(const Settings& settings, const Clock& clock) {
  if (const auto* dynamics = std::get_if<DynamicsSettings>(&settings.system))
    return std::make_unique<Dynamics>(*dynamics, clock);
  return std::make_unique<Rest>(std::get<RestSettings>(settings.system), clock);
}

}  // namespace oree::erp
