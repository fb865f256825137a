#include "services/erp/dynamics/dataverse.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "platform/files/files.h"
#include "services/erp/answer.h"

namespace oree::erp {
namespace {

constexpr uint64_t kMostAnswerBytes = 4 << 20;
constexpr std::chrono::minutes kTokenMargin{1};
constexpr uint64_t kMostSecretBytes = 64 << 10;

Result<std::string> access_token(const json::Value& body, microseconds& lifetime) {
  const json::Value* token = body.find("access_token");
  const json::Value* seconds = body.find("expires_in");
  const bool usable = token != nullptr && token->text() != nullptr && !token->text()->empty() &&
                      std::ranges::all_of(*token->text(), [](char c) { return c > ' ' && c < 0x7F; });
  if (!usable) return fail(ErrorKind::unavailable, "the answer holds no access_token");
  const auto valid = seconds == nullptr ? std::nullopt : seconds->number();
  lifetime = std::chrono::seconds(static_cast<int64_t>(std::clamp(valid.value_or(0), 0.0, 86'400.0)));
  return *token->text();
}

}  // namespace

Result<std::string> read_secret(const std::filesystem::path& file) {
  files::RealDisk disk;
  const auto bytes = disk.read(file, kMostSecretBytes);
  if (!bytes) return forward(bytes);
  const std::string_view text = trim(as_text(*bytes));
  const bool clean = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
  if (text.empty() || !clean) return fail(ErrorKind::invalid, cat(file.string(), " must hold one line"));
  return std::string(text);
}

Dataverse::Dataverse(DataverseSettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}

Result<DataverseAnswer> Dataverse::call(std::string_view method, std::string_view path,
                                        const json::Value& body, const std::vector<http::Header>& headers) {
  pause_ = milliseconds(0);
  const std::string text = body.is_null() ? std::string() : json::print(body);
  auto bearer = token();
  if (!bearer) return forward(bearer, "token");
  auto answer = send(method, path, text, headers, *bearer);
  if (answer && answer->status == 401) {
    forget_token(*bearer);
    bearer = token();
    if (!bearer) return forward(bearer, "token");
    answer = send(method, path, text, headers, *bearer);
  }
  if (!answer) return forward(answer, settings_.url);
  if (answer->status < 200 || answer->status >= 300) return failed(*answer);
  if (answer->body.empty()) return DataverseAnswer{answer->status, {}};
  auto value = json::parse(answer->body);
  if (!value)
    return fail(ErrorKind::unavailable,
                cat(settings_.url, " answered ", answer->status, " with broken JSON"));
  return DataverseAnswer{answer->status, *std::move(value)};
}

Result<http::Response> Dataverse::send(std::string_view method, std::string_view path, std::string_view body,
                                       const std::vector<http::Header>& headers, const std::string& token) {
  const auto url = http::parse_url(cat(settings_.url, "/api/data/v9.2/", path));
  if (!url) return forward(url);
  std::vector<http::Header> all{{"Authorization", cat("Bearer ", token)},
                                {"Accept", "application/json"},
                                {"OData-MaxVersion", "4.0"},
                                {"OData-Version", "4.0"}};
  if (!body.empty()) all.emplace_back("Content-Type", "application/json; charset=utf-8");
  all.insert(all.end(), headers.begin(), headers.end());
  return client_.call(method, *url, all, body,
                      {.deadline = settings_.deadline,
                       .max_body_bytes = kMostAnswerBytes,
                       .max_redirects = 0,
                       .ca_file = settings_.ca_file});
}

std::unexpected<Error> Dataverse::failed(const http::Response& answer) {
  pause_ = retry_after(answer, clock_.wall());
  return refusal(answer, settings_.url);
}

Result<std::string> Dataverse::token() {
  const std::lock_guard lock(mutex_);
  if (!token_.empty() && clock_.mono() < token_end_) return token_;
  microseconds lifetime{0};
  auto fresh = fetch_token(lifetime);
  if (!fresh) return forward(fresh);
  token_ = *fresh;
  // A token that lives no longer than the margin is used up to its half.
  token_end_ = clock_.mono() + std::max<microseconds>(lifetime - kTokenMargin, lifetime / 2);
  return token_;
}

void Dataverse::forget_token(const std::string& stale) {
  const std::lock_guard lock(mutex_);
  if (token_ == stale) token_.clear();
}

Result<std::string> Dataverse::fetch_token(microseconds& lifetime) {
  const auto secret = read_secret(settings_.secret_file);
  // Whoever runs the station can mend it, and no order is to blame.
  if (!secret) return fail(ErrorKind::denied, secret.error().what);
  const auto url = http::parse_url(settings_.token_url);
  if (!url) return forward(url);
  const std::string form = cat(
      "grant_type=client_credentials&client_id=", percent_encode(settings_.client_id),
      "&client_secret=", percent_encode(*secret), "&scope=", percent_encode(cat(settings_.url, "/.default")));
  const auto answer = client_.call(
      "POST", *url, {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
      form,
      {.deadline = settings_.deadline,
       .max_body_bytes = 1 << 20,
       .max_redirects = 0,
       .ca_file = settings_.ca_file});
  if (!answer) return forward(answer, url->host);
  if (answer->status != 200) {
    const auto error = failed(*answer);
    // RFC 6749 §5.2: a wrong client or secret comes as 400.
    const bool ours =
        answer->status >= 400 && answer->status < 500 && answer->status != 408 && answer->status != 429;
    return fail(ours ? ErrorKind::denied : error.error().kind,
                cat(url->host, " answered ", answer->status, ": ", reason_in(answer->body)));
  }
  const auto body = json::parse(answer->body);
  if (!body) return fail(ErrorKind::unavailable, cat(url->host, " answered with broken JSON"));
  auto token = access_token(*body, lifetime);
  if (!token) return forward(token, url->host);
  return token;
}

}  // namespace oree::erp
