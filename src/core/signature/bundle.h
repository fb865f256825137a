// A Sigstore bundle v0.3 around a DSSE envelope: the file that carries a signature.
//
//   {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
//    "verificationMaterial": {"publicKey": {"hint": …} | "x509CertificateChain": {"certificates": […]}},
//    "dsseEnvelope": {"payloadType", "payload", "signatures": [{"sig"}]}}
//
// Reading it verifies nothing (verify.h does). Values, pure. At most 96 MiB of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/crypto/certificates.h"

namespace oree::signature {

struct Bundle {
  std::string hint;                        // of the key that signed, in hex; "" when the bundle names none
  std::vector<crypto::Certificate> chain;  // the signer's first; empty for a signature by a bare key
  std::string payload;                     // a Statement's text
  ByteBuffer signature;
};

std::string print(const Bundle& bundle);
// `invalid`, naming the part; `unsupported` for Sigstore's signatures without keys, which need its log.
Result<Bundle> parse_bundle(std::string_view text);

// What is really signed: "DSSEv1", type and text, each with its length (DSSE protocol 1.0).
std::string pre_authentication(std::string_view type, std::string_view payload);

}  // namespace oree::signature
