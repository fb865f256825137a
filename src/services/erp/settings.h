// The `erp` block of station.yaml: which system, where, whose credentials, which of its records.
//
//   erp:
//     kind: dynamics
//     url: https://contoso.crm4.dynamics.com
//     tenant: 0f0f0f0f-…            # or token_url
//     client_id: …
//     secret_file: secrets/dynamics
//     service_account: GUID         # what Field Service asks of every order
//     work_order_type: GUID
//     price_list: GUID
//     assets: {robot-7: GUID}
//   erp: {kind: rest, mapping: odoo.yaml, url: https://erp.example.com}
//
// Values. Relative paths are below the folder of station.yaml. Secrets are read when they are needed.
#pragma once

#include <filesystem>
#include <memory>
#include <variant>

#include "platform/config/node.h"
#include "services/erp/dynamics/dynamics.h"
#include "services/erp/mapping/rest.h"
#include "services/erp/retry.h"

namespace oree::erp {

struct Settings {
  std::variant<DynamicsSettings, RestSettings> system;
  RetryPolicy retry;
};

// Reads the block, and the mapping file it names. `invalid` with every mistake and its place.
Result<Settings> parse_settings(const config::Node& node, const std::filesystem::path& folder);

// The clock must outlive it.
std::unique_ptr<Adapter> make_adapter(const Settings& settings, const Clock& clock);

}  // namespace oree::erp
