#include "core/targets/azure_account.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "platform/crypto/hmac.h"

namespace oree::targets {
namespace {

constexpr size_t kMostText = 4'096;
constexpr size_t kMostParts = 32;
constexpr std::string_view kMsHeader = "x-ms-";

struct Parts {
  std::string protocol = "https", name, key, suffix = "core.windows.net", endpoint, signature;
};

std::string* place_of(Parts& parts, std::string_view word) {
  if (iequals(word, "DefaultEndpointsProtocol")) return &parts.protocol;
  if (iequals(word, "AccountName")) return &parts.name;
  if (iequals(word, "AccountKey")) return &parts.key;
  if (iequals(word, "EndpointSuffix")) return &parts.suffix;
  if (iequals(word, "BlobEndpoint")) return &parts.endpoint;
  if (iequals(word, "SharedAccessSignature")) return &parts.signature;
  return nullptr;
}

Result<Parts> split_parts(std::string_view text) {
  Parts parts;
  const auto pieces = split(text, ';');
  if (text.size() > kMostText || pieces.size() > kMostParts)
    return fail(ErrorKind::invalid, cat("a connection string has at most ", kMostText, " letters"));
  for (const auto piece : pieces) {
    if (trim(piece).empty()) continue;
    const size_t at = piece.find('=');
    if (at == std::string_view::npos)
      return fail(ErrorKind::invalid, "a connection string is made of NAME=VALUE with ';' between them");
    if (auto* place = place_of(parts, trim(piece.substr(0, at)))) *place = trim(piece.substr(at + 1));
  }
  return parts;
}

// As it goes into the query of an address: nothing that could end it or begin another line.
bool is_query(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '#' && c != '"'; });
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string_view header_of(const AzureRequest& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (iequals(header.first, name)) return header.second;
  }
  return {};
}

}  // namespace

Result<AzureAccount> parse_connection_string(std::string_view text) {
  auto parts = split_parts(trim(text));
  if (!parts) return forward(parts);
  AzureAccount out;
  out.name = parts->name;
  if (parts->endpoint.empty()) {
    if (parts->name.empty())
      return fail(ErrorKind::invalid, "the connection string has neither AccountName nor BlobEndpoint");
    parts->endpoint = cat(parts->protocol, "://", parts->name, ".blob.", parts->suffix);
  }
  auto url = http::parse_url(parts->endpoint);
  if (!url) return fail(ErrorKind::invalid, cat("the connection string's BlobEndpoint: ", url.error().what));
  if (url->target.find('?') != std::string::npos)
    return fail(ErrorKind::invalid, "the connection string's BlobEndpoint must have no query");
  out.endpoint = *std::move(url);
  while (out.endpoint.target.ends_with('/')) out.endpoint.target.pop_back();
  if (parts->key.empty() == parts->signature.empty())
    return fail(ErrorKind::invalid,
                "the connection string must have either AccountKey or SharedAccessSignature");
  if (!parts->signature.empty()) {
    out.signature = parts->signature.substr(parts->signature.starts_with('?') ? 1 : 0);
    if (!is_query(out.signature))
      return fail(ErrorKind::invalid, "the connection string's SharedAccessSignature is no query");
    if (!out.endpoint.tls && !is_this_machine(out.endpoint.host))
      return fail(ErrorKind::invalid,
                  "the connection string's BlobEndpoint must begin with https://, a signature is sent there");
    return out;
  }
  auto key = crypto::from_base64(parts->key);
  if (!key || key->empty())
    return fail(ErrorKind::invalid, "the connection string's AccountKey is not base64");
  if (out.name.empty()) return fail(ErrorKind::invalid, "the connection string has no AccountName");
  out.key = *std::move(key);
  return out;
}

std::string string_to_sign(const AzureRequest& request, std::string_view account) {
  std::string out = cat(request.method, "\n\n\n", request.length == 0 ? "" : cat(request.length), "\n",
                        header_of(request, "Content-MD5"), "\n", header_of(request, "Content-Type"), "\n\n\n",
                        header_of(request, "If-Match"), "\n", header_of(request, "If-None-Match"), "\n\n\n");
  std::vector<http::Header> own;
  std::ranges::copy_if(request.headers, std::back_inserter(own),
                       [](const http::Header& one) { return one.first.starts_with(kMsHeader); });
  std::ranges::sort(own);
  for (const auto& [name, value] : own) out += cat(name, ":", value, "\n");
  out += cat("/", account, request.path);
  for (const auto& [name, value] : request.query) out += cat("\n", name, ":", value);
  return out;
}

std::string authorization(const AzureRequest& request, const AzureAccount& account) {
  const std::string text = string_to_sign(request, account.name);
  const auto signature = crypto::hmac_sha256(account.key, as_bytes(text));
  return cat("SharedKey ", account.name, ":", crypto::base64(signature.bytes));
}

std::string rfc1123_text(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const std::time_t at = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  char out[64];
  // The program never leaves the "C" locale, so these are the English names.
  return {out, std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace oree::targets
