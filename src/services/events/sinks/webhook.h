// Events by HTTP POST, with both handshakes: Event Grid's validation event, and CloudEvents' "Abuse
// protection" (OPTIONS). Redirects are refused, the deadline is 30 s, a bearer token is a file's content.
//
// Event Grid: the far end answers 200 with {"validationResponse": code}; or 200 without it, and somebody
// opens the validation address within five minutes (confirm()). CloudEvents: it names this origin (or '*') in
// WebHook-Allowed-Origin; an allowed rate is kept. Consent is never taken from a status alone.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>

#include "platform/http/client.h"
#include "services/events/sinks/sink.h"

namespace oree::events {

struct WebhookSettings {
  http::Url url;
  Schema schema = Schema::cloud_events;
  size_t batch = 1;
  std::filesystem::path token_file;  // "" = none
  std::filesystem::path ca_file;
  std::string origin;          // of this station, for CloudEvents' handshake: "press-hall"
  std::string validation_url;  // where a person confirms Event Grid's; the code is added to it
  milliseconds deadline{30'000};
};

class Webhook final : public Sink {
 public:
  Webhook(WebhookSettings settings, const Clock& clock);
  Outcome deliver(std::span<const Event> events) override;
  size_t batch() const override;
  Status shake_hands() override;

  // Somebody opened the validation address. Any thread. False: not this code, or too late.
  bool confirm(std::string_view code);

 private:
  Result<http::Response> call(std::string_view method, std::vector<http::Header> headers,
                              const std::string& body, milliseconds deadline);
  Status shake_event_grid();
  Status shake_cloud_events();
  Result<std::vector<http::Header>> with_token(std::vector<http::Header> headers) const;
  void keep_rate(size_t events);

  const WebhookSettings settings_;
  const Clock& clock_;
  const std::string code_;
  http::Client client_;
  std::mutex mutex_;  // what a person's confirmation touches
  bool confirmed_ = false;
  std::optional<WallTime> asked_;
  std::optional<double> per_second_;  // what the far end allows
  MonoTime free_at_{};
};

// The pure parts. Whether an answer consents, and why not.
Status check_event_grid_answer(const http::Response& answer, std::string_view code);  // `busy`: a person must
Status check_cloud_events_answer(const http::Response& answer, std::string_view origin);
// Seconds, or an HTTP date seen from `now`; at most a day.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, WallTime now);

}  // namespace oree::events
