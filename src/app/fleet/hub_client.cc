#include <cstdlib>

#include "app/fleet/fleet.h"
#include "base/text.h"

namespace oree::app {
namespace {

ErrorKind kind_of(int status) {
  for (const auto kind : {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::denied,
                          ErrorKind::busy, ErrorKind::full, ErrorKind::corrupt}) {
    if (facts(kind).http_status == status) return kind;
  }
  return status == 401 ? ErrorKind::denied : ErrorKind::unavailable;
}

}  // namespace

std::string text_member(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

int64_t number_member(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found == nullptr ? 0 : found->integer().value_or(0);
}

std::string url_part(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : cat("%", to_hex(as_bytes(std::string_view(&c, 1))));
  }
  return out;
}

HubClient::HubClient(HubAddress address) : address_(std::move(address)) {
  if (!address_.token.empty()) return;
  if (const char* token = std::getenv("OREE_HUB_TOKEN")) address_.token = token;
}

Result<json::Value> HubClient::call(std::string_view method, const std::string& path, const std::string& body,
                                    std::string_view type) {
  const auto url = http::parse_url(cat(address_.url, path));
  if (!url) return forward(url);
  std::vector<http::Header> headers{{"Content-Type", std::string(type)}};
  if (!address_.token.empty()) headers.emplace_back("Authorization", cat("Bearer ", address_.token));
  const auto answer = client_.call(method, *url, headers, body, {.deadline = std::chrono::seconds(60)});
  if (!answer) return forward(answer);
  auto value = json::parse(answer->body.empty() ? "null" : answer->body);
  if (answer->status / 100 == 2) {
    if (!value) return forward(value, cat(address_.url, path));
    return value;
  }
  const std::string said = value ? text_member(*value, "error") : "";
  return fail(kind_of(answer->status),
              said.empty() ? cat(address_.url, path, " answered ", answer->status) : said);
}

}  // namespace oree::app
