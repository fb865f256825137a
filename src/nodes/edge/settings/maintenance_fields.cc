#include "nodes/edge/settings/maintenance_fields.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "nodes/edge/settings/plan_fields.h"
#include "platform/config/fields.h"
#include "platform/http/client.h"

namespace oree::edge {
namespace {

using config::Fields;
using config::Node;

constexpr int kMostAuthorities = 32;

void check_url(Fields& fields, std::string_view key, const std::string& url) {
  if (const auto parsed = http::parse_url(url); !parsed && !url.empty())
    fields.mistake(key, parsed.error().what);
}

Result<AuthoritySetting> parse_authority(const Node& node) {
  Fields fields(node, "authority");
  AuthoritySetting setting;
  setting.name = fields.required<std::string>("name");
  if (!setting.name.empty() && !is_plain_name(setting.name))
    fields.mistake("name", "must be 1 to 64 letters, digits, '_', '-' or '.'");
  setting.url = fields.required<std::string>("url");
  check_url(fields, "url", setting.url);
  const auto text = fields.required<std::string>("key");
  if (const auto key = crypto::parse_public_key(text)) {
    setting.key = *key;
  } else if (!text.empty()) {
    fields.mistake(
        "key", cat("must be an Ed25519 public key as 'oree authority key' prints it: ", key.error().what));
  }
  if (const auto witness = fields.optional<std::string>("witness", ""); !witness.empty()) {
    const auto known = ledger::parse_verifier_key(witness);
    if (known) {
      setting.witness = *known;
    } else {
      fields.mistake("witness", known.error().what);
    }
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return setting;
}

Result<ChainSetting> parse_chain(const Node& node, const std::filesystem::path& folder) {
  Fields fields(node, "ethereum");
  ChainSetting setting;
  setting.rpc = fields.required<std::string>("rpc");
  check_url(fields, "rpc", setting.rpc);
  setting.chain_id =
      static_cast<uint64_t>(fields.between<int64_t>("chain_id", 0, 1, std::numeric_limits<int64_t>::max()));
  if (!fields.has("chain_id")) fields.mistake("chain_id", "is missing");
  const auto contract = fields.required<std::string>("contract");
  if (const auto address = ethereum::parse_address(contract)) {
    setting.contract = *address;
  } else if (!contract.empty()) {
    fields.mistake("contract", address.error().what);
  }
  const std::filesystem::path key = fields.required<std::string>("key");
  setting.key_file = key.is_absolute() ? key : (folder / key).lexically_normal();
  setting.first_block = static_cast<uint64_t>(
      fields.between<int64_t>("first_block", 0, 0, std::numeric_limits<int64_t>::max()));
  setting.signers = static_cast<unsigned>(fields.between<int>("signers", 3, 1, 1000));
  if (fields.has("confirmations"))
    setting.confirmations = static_cast<uint64_t>(fields.between<int64_t>("confirmations", 0, 0, 1'000'000));
  setting.period = std::chrono::duration_cast<milliseconds>(fields.duration("period", setting.period));
  if (auto status = fields.finish(); !status) return forward(status);
  return setting;
}

void read_authorities(Fields& fields, MaintenanceFile& file) {
  const Node* list = fields.node("authorities");
  if (list != nullptr && list->kind() != Node::Kind::list) fields.mistake("authorities", "must be a list");
  if (list != nullptr) {
    for (const Node& item : list->items()) {
      auto one = parse_authority(item);
      fields.absorb(one);
      if (!one) continue;
      const bool taken = std::ranges::any_of(file.authorities, [&](const AuthoritySetting& other) {
        return other.name == one->name || other.key == one->key;
      });
      if (taken) fields.mistake("authorities", cat("has '", one->name, "' or its key twice"));
      file.authorities.push_back(*std::move(one));
    }
  }
  const int count = static_cast<int>(file.authorities.size());
  if (count > kMostAuthorities) fields.mistake("authorities", cat("must be at most ", kMostAuthorities));
  // More than half, unless it is said otherwise.
  file.quorum = fields.optional<int>("quorum", count == 0 ? 0 : count / 2 + 1);
  if (file.quorum < (count == 0 ? 0 : 1) || file.quorum > count)
    fields.mistake("quorum", cat("must lie between 1 and the number of authorities, ", count));
}

}  // namespace

Result<MaintenanceFile> parse_maintenance(const Node& node, const std::filesystem::path& folder) {
  Fields fields(node, "maintenance");
  MaintenanceFile file;
  if (const Node* list = fields.node("orders")) {
    auto rules = orders::parse_order_rules(*list);
    fields.absorb(rules);
    if (rules) file.orders = *std::move(rules);
  }
  read_authorities(fields, file);
  if (const Node* chain = fields.node("ethereum")) {
    auto setting = parse_chain(*chain, folder);
    fields.absorb(setting);
    if (setting) file.chain = *std::move(setting);
  }
  if (const Node* company = fields.node("erp")) {
    auto settings = erp::parse_settings(*company, folder);
    fields.absorb(settings);
    if (settings) file.erp = *std::move(settings);
  }
  if (const Node* list = fields.node("events")) {
    auto subscriptions = events::parse_subscriptions(*list, folder);
    fields.absorb(subscriptions);
    if (subscriptions) file.events = *std::move(subscriptions);
  }
  file.evidence_url = fields.optional<std::string>("evidence_url", "");
  check_url(fields, "evidence_url", file.evidence_url);
  if (auto status = fields.finish(); !status) return forward(status);
  return file;
}

}  // namespace oree::edge
