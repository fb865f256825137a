// The `tls` part of an address in station.yaml, the same for pages and messages.
#pragma once

#include <filesystem>

#include "platform/config/node.h"
#include "platform/http/tls/tls_layer.h"

namespace oree::edge {

// Relative paths are taken from `folder`.
Result<http::TlsFiles> parse_tls(const config::Node& node, const std::filesystem::path& folder);

}  // namespace oree::edge
