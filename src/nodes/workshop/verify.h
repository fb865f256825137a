// Is a certificate as it was signed, by whom, and is it about this network, this machine and these samples?
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::workshop {

struct VerifyRequest {
  std::filesystem::path certificate;
  std::filesystem::path network;     // empty: the one beside it, where it is there
  std::filesystem::path data;        // empty: samples are not compared
  std::vector<std::string> targets;  // it has to be for each of these
  std::filesystem::path trust;       // a public key, or the key: it must have signed; empty: anybody may have
  std::filesystem::path own_key;     // of whoever asks; may be absent
};

struct VerifiedCertificate {
  json::Value certificate;
  std::vector<std::string> findings;  // one line each, for people
};

// `denied` for what was changed, signed by another key, or is about something else; the message says which.
Result<VerifiedCertificate> verify_certificate(const VerifyRequest& request, files::Disk& disk);

}  // namespace oree::workshop
