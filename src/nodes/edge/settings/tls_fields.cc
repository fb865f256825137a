#include "nodes/edge/settings/tls_fields.h"

#include "platform/config/fields.h"

namespace oree::edge {

namespace fs = std::filesystem;

Result<http::TlsFiles> parse_tls(const config::Node& node, const fs::path& folder) {
  config::Fields fields(node, "tls");
  http::TlsFiles tls;
  const auto path = [&](const std::string& text) {
    return text.empty() || fs::path(text).is_absolute() ? fs::path(text) : (folder / text).lexically_normal();
  };
  tls.certificate = path(fields.required<std::string>("certificate"));
  tls.key = path(fields.required<std::string>("key"));
  tls.ca = path(fields.optional<std::string>("client_ca", ""));
  tls.require_client_certificate = fields.optional<bool>("require_client_certificate", false);
  if (tls.require_client_certificate && tls.ca.empty())
    fields.mistake("require_client_certificate", "needs client_ca, the authority that signs them");
  if (auto status = fields.finish(); !status) return forward(status);
  return tls;
}

}  // namespace oree::edge
