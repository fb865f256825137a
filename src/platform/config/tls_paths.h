// The `tls` part of an address in a file, the same wherever something listens.
#pragma once

#include <filesystem>

#include "platform/config/node.h"

namespace oree::config {

// PEM files.
struct TlsPaths {
  std::filesystem::path certificate;  // with the chain behind it
  std::filesystem::path key;
  std::filesystem::path client_ca;  // "" = clients show no certificate
  bool require_client_certificate = false;
};

// Relative paths are taken from `folder`.
Result<TlsPaths> parse_tls(const Node& node, const std::filesystem::path& folder);

}  // namespace oree::config
