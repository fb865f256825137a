// What an enrolled station signs with each call, and what it signs when it enrols (docs/formats/fleet.md).
// Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/hub/door/refusal.h"
#include "platform/crypto/certificates.h"
#include "platform/crypto/signing.h"

namespace oree::hub {

struct StationCall {
  uint64_t counter = 0;
  ByteBuffer signature;
};
// Of the headers; 401 `signature` when they are missing or malformed.
Outcome<StationCall> read_call(const http::Request& request);
std::string signed_text(std::string_view path, uint64_t counter, std::string_view body);
bool is_signed_by(const crypto::PublicKey& key, const http::Request& request, const StationCall& call);

struct Enrolment {
  std::string name;
  crypto::PublicKey key;
  std::string hardware, software;
  std::vector<std::string> tags;
  std::string secret;       // of an invitation, or
  std::string certificate;  // PEM, with
  ByteBuffer proof;
};
// The body, with every limit checked, and that the key itself has signed it.
Outcome<Enrolment> read_enrolment(const http::Request& request);
// Whether the certificate leads to `roots`, is this station's, and its key made the proof. The words say who
// vouches: "certificate CN=line-1".
Outcome<std::string> check_certificate(const Enrolment& enrolment,
                                       const std::vector<crypto::Certificate>& roots, WallTime now);

}  // namespace oree::hub
