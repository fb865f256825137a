#include "services/deployment/slots/tpm_floor.h"

#include <algorithm>

#include "platform/config/fields.h"
#include "platform/crypto/hmac.h"

namespace oree::deployment {
Result<FloorSettings> parse_floor(const config::Node& node) {
  config::Fields fields(node, "floor");
  FloorSettings settings;
  const auto index = sealing::parse_nv_index(fields.required<std::string>("nv"));
  if (!index) fields.mistake("nv", index.error().what);
  settings.index = index.value_or(0);
  const auto from = fields.required<int64_t>("from");
  if (from < 0) fields.mistake("from", "must be what 'oree model tpm-counter' printed");
  settings.from = static_cast<uint64_t>(std::max<int64_t>(0, from));
  settings.tcti = fields.optional<std::string>("tcti", "");
  const auto without = fields.optional<std::string>("without_tpm", "serve");
  settings.required = without == "refuse";
  if (without != "serve" && without != "refuse") fields.mistake("without_tpm", "must be serve or refuse");
  if (auto status = fields.finish(); !status) return forward(status);
  return settings;
}

Result<std::string> TpmFloor::mark_of(std::string_view text) {
  if (!own_) {
    const auto key = key_->key();
    if (!key) return forward(key);
    auto derived =
        crypto::SecretKey::from_bytes(crypto::hmac_sha256(key->bytes(), as_bytes("oree slots mark")).bytes);
    if (!derived) return forward(derived);
    own_ = std::move(*derived);
  }
  return crypto::hmac_sha256(own_->bytes(), as_bytes(text)).hex();
}

}  // namespace oree::deployment
