#include "services/deployment/agent/hub_client.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace oree::deployment {
namespace {

constexpr milliseconds kDeadline{30'000};
constexpr uint64_t kMaxAnswer = 16 << 20;

std::string_view header_of(const http::Response& response, std::string_view name) {
  const auto found =
      std::ranges::find_if(response.headers, [&](const auto& h) { return iequals(h.first, name); });
  return found == response.headers.end() ? std::string_view() : std::string_view(found->second);
}

HubAnswer answer_of(http::Response response) {
  HubAnswer answer{.status = response.status, .body = std::move(response.body)};
  if (const auto seconds = parse_number<int>(header_of(response, "Retry-After")); seconds && *seconds >= 0) {
    answer.retry_after = std::chrono::seconds(std::min(*seconds, 3600));
  }
  if (answer.status < 300) return answer;
  const auto root = json::parse(answer.body);
  const json::Value* code = root ? root->find("code") : nullptr;
  if (code != nullptr && code->text() != nullptr) answer.code = *code->text();
  return answer;
}

// "counter": 57 of a 409.
std::optional<uint64_t> used_counter(const std::string& body) {
  const auto root = json::parse(body);
  const json::Value* counter = root ? root->find("counter") : nullptr;
  const auto number = counter != nullptr ? counter->integer() : std::nullopt;
  return number && *number >= 0 ? std::optional(static_cast<uint64_t>(*number)) : std::nullopt;
}

}  // namespace

Result<http::Url> HubClient::url(const std::string& path) const {
  return http::parse_url(cat(settings_.hub, path));
}

http::CallOptions HubClient::options(milliseconds deadline, const http::Interrupt* interrupt) const {
  http::CallOptions options;
  options.deadline = deadline;
  options.max_body_bytes = kMaxAnswer;
  options.ca_file = settings_.ca_file;
  options.interrupt = interrupt;
  return options;
}

Result<HubAnswer> HubClient::introduce(const std::string& body, const http::Interrupt* interrupt) {
  const auto to = url("/api/v1/enrol");
  if (!to) return forward(to);
  auto response = client_.call(
      "POST", *to, {{"Content-Type", "application/json"}, {"Oree-Signature", identity_.sign(body)}}, body,
      options(kDeadline, interrupt));
  if (!response) return forward(response);
  return answer_of(std::move(*response));
}

Result<HubAnswer> HubClient::post_once(const std::string& path, const std::string& body,
                                       std::string_view query, milliseconds deadline,
                                       const http::Interrupt* interrupt) {
  const auto counter = identity_.next_counter();
  if (!counter) return forward(counter);
  const std::string text =
      cat("oree/station/v1\nPOST ", path, "\n", *counter, "\n", crypto::sha256(as_bytes(body)).hex(), "\n");
  const auto to = url(cat(path, query));
  if (!to) return forward(to);
  auto response = client_.call("POST", *to,
                               {{"Content-Type", "application/json"},
                                {"Oree-Counter", cat(*counter)},
                                {"Oree-Signature", identity_.sign(text)}},
                               body, options(deadline, interrupt));
  if (!response) return forward(response);
  return answer_of(std::move(*response));
}

Result<HubAnswer> HubClient::post(const std::string& path, const std::string& body, std::string_view query,
                                  milliseconds deadline, const http::Interrupt* interrupt) {
  auto answer = post_once(path, body, query, deadline, interrupt);
  if (!answer || answer->status != 409 || answer->code != "counter") return answer;
  const auto used = used_counter(answer->body);
  if (!used) return answer;
  if (auto skipped = identity_.skip_counter(*used); !skipped) return forward(skipped);
  return post_once(path, body, query, deadline, interrupt);
}

Result<ByteBuffer> HubClient::get(const std::string& path, uint64_t max_bytes,
                                  const http::Interrupt* interrupt) {
  const auto to = url(path);
  if (!to) return forward(to);
  auto with = options(kDeadline, interrupt);
  with.max_body_bytes = max_bytes;
  const auto response = client_.call("GET", *to, {}, "", with);
  if (!response) return forward(response);
  if (response->status == 404 || response->status == 403)
    return fail(ErrorKind::not_found, cat("the hub has no ", path));
  if (response->status != 200)
    return fail(ErrorKind::unavailable, cat("the hub answers ", response->status, " to ", path));
  const ByteView bytes = as_bytes(response->body);
  return ByteBuffer(bytes.begin(), bytes.end());
}

Result<http::Response> HubClient::get_blob(const std::string& hex, uint64_t from, http::CallOptions with) {
  const auto to = url(cat("/blobs/sha256:", hex));
  if (!to) return forward(to);
  with.ca_file = settings_.ca_file;
  std::vector<http::Header> headers;
  {
    const std::lock_guard lock(mutex_);
    if (!access_.empty()) headers.push_back({"Authorization", cat("Bearer ", access_)});
  }
  if (from > 0) {
    headers.push_back({"Range", cat("bytes=", from, "-")});
    headers.push_back({"If-Range", cat("\"sha256:", hex, "\"")});
  }
  return client_.call("GET", *to, headers, "", with);
}

void HubClient::set_access(std::string token) {
  const std::lock_guard lock(mutex_);
  if (!token.empty()) access_ = std::move(token);
}

}  // namespace oree::deployment
