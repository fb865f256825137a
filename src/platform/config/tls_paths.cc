#include "platform/config/tls_paths.h"

#include "platform/config/fields.h"

namespace oree::config {

namespace fs = std::filesystem;

Result<TlsPaths> parse_tls(const Node& node, const fs::path& folder) {
  Fields fields(node, "tls");
  TlsPaths tls;
  const auto path = [&](const std::string& text) {
    return text.empty() || fs::path(text).is_absolute() ? fs::path(text) : (folder / text).lexically_normal();
  };
  tls.certificate = path(fields.required<std::string>("certificate"));
  tls.key = path(fields.required<std::string>("key"));
  tls.client_ca = path(fields.optional<std::string>("client_ca", ""));
  tls.require_client_certificate = fields.optional<bool>("require_client_certificate", false);
  if (tls.require_client_certificate && tls.client_ca.empty())
    fields.mistake("require_client_certificate", "needs client_ca, the authority that signs them");
  if (auto status = fields.finish(); !status) return forward(status);
  return tls;
}

}  // namespace oree::config
