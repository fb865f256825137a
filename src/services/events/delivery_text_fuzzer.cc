// What far ends write: Retry-After, handshake answers; and filters of a settings file against an event.
#include <string_view>

#include "services/events/filter.h"
#include "services/events/sinks/webhook.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::events;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_retry_after(text, WallTime(std::chrono::hours(400'000)));
  http::Response answer;
  answer.status = 200;
  answer.body = text;
  (void)check_event_grid_answer(answer, "code");
  answer.with("WebHook-Allowed-Origin", text);
  (void)check_cloud_events_answer(answer, "origin");
  const Event event{"1", "T", "/s", std::string(text), WallTime(), json::Object{{"a", 1}}};
  if (const auto node = config::parse(text, "filter")) {
    if (const auto filter = parse_filter(*node)) (void)matches(*filter, event);
  }
  for (const auto schema : {Schema::event_grid, Schema::cloud_events, Schema::cloud_events_binary})
    (void)print({&event, 1}, schema);
  return 0;
}
