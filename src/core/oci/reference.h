// Where an artefact lies: "registry.example/plant/ducks:3" or "127.0.0.1:5000/ducks@sha256:…".
//
// Names and tags as the OCI distribution specification has them. A host on this box is spoken to in the
// clear, every other over TLS; "http://" in front asks for the clear, "https://" for TLS. Values, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/crypto/crypto.h"
#include "platform/http/client.h"

namespace oree::oci {

struct Reference {
  http::Url registry;  // host, port, TLS; `target` is "/"
  std::string name;    // "plant/ducks"
  std::string tag;     // "" with a digest
  std::optional<crypto::Digest> digest;

  std::string object() const;  // the tag or the digest, as it stands in addresses
  std::string text() const;    // "127.0.0.1:5000/ducks:3"
};

// `invalid`, saying which part is wrong.
Result<Reference> parse_reference(std::string_view text);

std::string digest_text(const crypto::Digest& digest);  // "sha256:…"
// `unsupported` for other algorithms.
Result<crypto::Digest> parse_digest_text(std::string_view text);

}  // namespace oree::oci
