// hub.yaml: how the hub listens, whom it lets in, and which packages it takes. Values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/config/tls_paths.h"

namespace oree::hub {

struct EnrolmentSettings {
  bool approve = false;               // a person lets each station in
  int per_minute = 120;               // of all stations together; more get 429
  std::filesystem::path authorities;  // PEM of who may certify stations; "" = nobody
};

struct PackageSettings {
  std::vector<std::filesystem::path> signers;  // PEM public keys; a package must be signed by one of them
  bool allow_unsigned = false;                 // said loudly in the log and on the page
  uint64_t most_bytes = uint64_t{4} << 30;     // of one package's files
};

struct Settings {
  std::string_view scheme() const { return tls.certificate.empty() ? "http://" : "https://"; }

  std::string hub = "hub";
  std::string address = "127.0.0.1";
  uint16_t port = 8200;  // 0: any free one
  config::TlsPaths tls;  // without a certificate: http in the open
  EnrolmentSettings enrolment;
  PackageSettings packages;
  milliseconds report_every{300'000};   // metrics of the stations
  milliseconds access_for{3'600'000};   // a download token
  milliseconds tick{1'000};             // how often roll-outs are looked at when nothing happens
  milliseconds offline_after{180'000};  // without a word
};

// Relative paths are taken from the folder of `file`.
Result<Settings> parse_settings(std::string_view text, std::string_view file);
Result<Settings> load_settings(const std::filesystem::path& file);

}  // namespace oree::hub
