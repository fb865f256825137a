#include "services/events/sinks/webhook.h"

#include <algorithm>
#include <ctime>
#include <thread>

#include "base/text.h"
#include "platform/config/node.h"
#include "platform/crypto/crypto.h"

namespace oree::events {
namespace {

constexpr std::chrono::minutes kToConfirm{5};
constexpr std::chrono::seconds kLongestPause{24 * 3600};
constexpr std::string_view kValidation = "Microsoft.EventGrid.SubscriptionValidationEvent";

std::string_view header_of(const http::Response& response, std::string_view name) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  for (const auto& header : response.headers) {
    if (std::ranges::equal(header.first, name, same)) return header.second;
  }
  return {};
}

// Consent is asked again for what may pass by itself.
Status refused(int status, std::string_view what) {
  const bool passes = status == 429 || status == 408 || status >= 500;
  return fail(passes ? ErrorKind::unavailable : ErrorKind::denied,
              cat("the webhook answered ", status, " to ", what));
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, WallTime now) {
  text = trim(text);
  if (const auto seconds = parse_number<int64_t>(text))
    return *seconds < 0 ? std::nullopt
                        : std::optional(std::min(std::chrono::seconds(*seconds), kLongestPause));
  std::tm date{};
  const std::string copy(text.substr(0, 64));
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const auto at = WallTime(std::chrono::seconds(::timegm(&date)));
  const auto wait = std::chrono::ceil<std::chrono::seconds>(at - now);
  return std::clamp(wait, std::chrono::seconds(0), kLongestPause);
}

Status check_event_grid_answer(const http::Response& answer, std::string_view code) {
  if (answer.status != 200) return refused(answer.status, "the validation event; 200 was expected");
  const auto body = json::parse(answer.body);
  const auto* said = body ? body->find("validationResponse") : nullptr;
  if (said == nullptr)
    return fail(ErrorKind::busy, "the webhook waits for somebody to open the validation address");
  if (said->text() == nullptr || *said->text() != code)
    return fail(ErrorKind::denied, "the webhook answered with another validation code");
  return {};
}

Status check_cloud_events_answer(const http::Response& answer, std::string_view origin) {
  if (answer.status >= 300) return refused(answer.status, "OPTIONS");
  const auto allowed = trim(header_of(answer, "WebHook-Allowed-Origin"));
  if (allowed == "*" || (!allowed.empty() && allowed == origin)) return {};
  if (allowed.empty()) return fail(ErrorKind::denied, "the webhook does not say WebHook-Allowed-Origin");
  return fail(ErrorKind::denied,
              cat("the webhook allows '", allowed.substr(0, 100), "', not '", origin, "'"));
}

Webhook::Webhook(WebhookSettings settings, const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      code_(crypto::new_uuid(clock.wall().time_since_epoch().count() / 1000)) {}

size_t Webhook::batch() const {
  return settings_.schema == Schema::cloud_events_binary ? 1 : settings_.batch;
}

Result<std::vector<http::Header>> Webhook::with_token(std::vector<http::Header> headers) const {
  if (settings_.token_file.empty()) return headers;
  const auto token = config::load_text(settings_.token_file.string());
  if (!token) return forward(token);
  headers.push_back({"Authorization", cat("Bearer ", trim(*token))});
  return headers;
}

Result<http::Response> Webhook::call(std::string_view method, std::vector<http::Header> headers,
                                     const std::string& body, milliseconds deadline) {
  const auto whole = with_token(std::move(headers));
  if (!whole) return forward(whole);
  http::CallOptions options;
  options.deadline = deadline;
  options.max_body_bytes = 64 << 10;
  options.ca_file = settings_.ca_file;
  return client_.call(method, settings_.url, *whole, body, options);
}

Status Webhook::shake_hands() {
  return settings_.schema == Schema::event_grid ? shake_event_grid() : shake_cloud_events();
}

Status Webhook::shake_event_grid() {
  {
    const std::lock_guard lock(mutex_);
    if (confirmed_) return {};
    // While a person may confirm, nothing is sent again.
    if (asked_ && clock_.wall() - *asked_ < kToConfirm)
      return fail(ErrorKind::busy, "the webhook waits for somebody to open the validation address");
  }
  const Event event{
      code_,
      std::string(kValidation),
      settings_.origin,
      "",
      clock_.wall(),
      json::Object{{"validationCode", code_}, {"validationUrl", cat(settings_.validation_url, code_)}}};
  Body body = print({&event, 1}, Schema::event_grid);
  body.headers.push_back({"aeg-event-type", "SubscriptionValidation"});
  const auto answer = call("POST", body.headers, body.text, settings_.deadline);
  if (!answer) return forward(answer);
  const Status consent = check_event_grid_answer(*answer, code_);
  if (!consent && consent.error().kind == ErrorKind::busy) {
    const std::lock_guard lock(mutex_);
    asked_ = clock_.wall();
  }
  return consent;
}

Status Webhook::shake_cloud_events() {
  const auto answer =
      call("OPTIONS", {{"WebHook-Request-Origin", settings_.origin}, {"WebHook-Request-Rate", "600"}}, "",
           settings_.deadline);
  if (!answer) return forward(answer);
  if (auto consent = check_cloud_events_answer(*answer, settings_.origin); !consent) return consent;
  const auto rate = parse_number<double>(trim(header_of(*answer, "WebHook-Allowed-Rate")));
  per_second_ = rate && *rate > 0 ? std::optional(*rate / 60) : std::nullopt;
  return {};
}

bool Webhook::confirm(std::string_view code) {
  const std::lock_guard lock(mutex_);
  if (code != code_ || !asked_ || clock_.wall() - *asked_ > kToConfirm) return false;
  confirmed_ = true;
  return true;
}

// Requests of a far end that allows few are spread out; it is the far end's own time that this takes.
void Webhook::keep_rate(size_t) {
  if (!per_second_) return;
  const MonoTime now = clock_.mono();
  if (free_at_ > now)
    std::this_thread::sleep_for(std::min<MonoTime::duration>(free_at_ - now, std::chrono::seconds(2)));
  const auto each =
      std::chrono::duration_cast<MonoTime::duration>(std::chrono::duration<double>(1 / *per_second_));
  free_at_ = std::max(now, free_at_) + each;
}

Outcome Webhook::deliver(std::span<const Event> events) {
  keep_rate(events.size());
  Body body = print(events, settings_.schema);
  if (settings_.schema == Schema::event_grid) {
    body.headers.push_back({"aeg-event-type", "Notification"});
  } else {
    body.headers.push_back({"WebHook-Request-Origin", settings_.origin});
  }
  const auto answer = call("POST", body.headers, body.text, settings_.deadline);
  if (!answer) return outcome_of(answer.error());
  Outcome outcome{.status = answer->status, .what = "", .timed_out = false, .retry_after = {}};
  if (const auto text = header_of(*answer, "Retry-After"); !text.empty())
    outcome.retry_after = parse_retry_after(text, clock_.wall());
  if (!outcome.delivered()) outcome.what = cat("answered ", answer->status);
  return outcome;
}

}  // namespace oree::events
