#include "services/events/sinks/webhook.h"

#include <doctest/doctest.h>

#include <mutex>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/http/server.h"
#include "services/events/sinks/document_store.h"
#include "services/events/sinks/mqtt_sink.h"

namespace oree::events {
namespace {

using std::chrono::seconds;

// A far end that answers as it is told, and remembers what it was sent.
class FarEnd {
 public:
  explicit FarEnd(std::function<http::Response(const http::Request&)> answer) : answer_(std::move(answer)) {
    for (const char* method : {"POST", "OPTIONS", "GET"}) {
      router_.add({method, "/hook", "test", "", [this](const http::Request& request) {
                     const std::lock_guard lock(mutex_);
                     heard_.push_back(cat(request.method, " ", request.header("aeg-event-type"),
                                          request.header("Authorization"),
                                          request.header("WebHook-Request-Origin")));
                     bodies_.emplace_back(request.body);
                     return answer_(request);
                   }});
    }
    auto started = http::Server::start({}, router_, log_);
    REQUIRE(started);
    server_ = *std::move(started);
  }
  WebhookSettings settings(Schema schema) const {
    return {.url = *http::parse_url(cat("http://127.0.0.1:", server_->port(), "/hook")),
            .schema = schema,
            .batch = 10,
            .token_file = {},
            .ca_file = {},
            .origin = "press-hall",
            .validation_url = "http://station/validate?code=",
            .deadline = milliseconds(3'000)};
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  std::string last_body() {
    const std::lock_guard lock(mutex_);
    return bodies_.back();
  }

 private:
  NullLog log_;
  std::function<http::Response(const http::Request&)> answer_;
  std::mutex mutex_;
  std::vector<std::string> heard_, bodies_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

const Event kEvent{"e1", "T", "/s", "orders/1", WallTime(seconds(1)), json::Object{{"n", 1}}};

std::string code_in(const std::string& body) {
  const auto array = json::parse(body);
  return *array->array()->front().find("data")->find("validationCode")->text();
}

TEST_CASE("AnEventGridEndpointConsentsByAnsweringTheCode") {
  testing::FakeClock clock;
  FarEnd far([](const http::Request& request) {
    return http::json(200, cat(R"({"validationResponse":")", code_in(std::string(request.body)), R"("})"));
  });
  Webhook hook(far.settings(Schema::event_grid), clock);
  CHECK(hook.shake_hands());
  CHECK(far.heard().front() == "POST SubscriptionValidation");
}

TEST_CASE("AnEventGridEndpointThatAnswersAnythingElseHasNotConsented") {
  testing::FakeClock clock;
  struct {
    int status;
    const char* body;
    ErrorKind kind;
  } const table[] = {{202, "{}", ErrorKind::denied},
                     {200, R"({"validationResponse":"another"})", ErrorKind::denied},
                     {200, R"({"validationResponse":7})", ErrorKind::denied},
                     {404, "", ErrorKind::denied},
                     {503, "", ErrorKind::unavailable},
                     {302, "", ErrorKind::denied}};
  for (const auto& row : table) {
    FarEnd far([&](const http::Request&) { return http::json(row.status, row.body); });
    Webhook hook(far.settings(Schema::event_grid), clock);
    CHECK(hook.shake_hands().error().kind == row.kind);
  }
}

TEST_CASE("APersonMayConfirmWithinFiveMinutes") {
  testing::FakeClock clock;
  std::string code;
  FarEnd far([&](const http::Request& request) {
    code = code_in(std::string(request.body));
    return http::json(200, "{}");
  });
  Webhook hook(far.settings(Schema::event_grid), clock);
  CHECK(hook.shake_hands().error().kind == ErrorKind::busy);
  CHECK(hook.shake_hands().error().kind == ErrorKind::busy);
  CHECK(far.heard().size() == 1);  // it is not asked again while it may be confirmed
  CHECK_FALSE(hook.confirm("guessed"));
  clock.advance(seconds(301));
  CHECK_FALSE(hook.confirm(code));
  CHECK(hook.shake_hands().error().kind == ErrorKind::busy);
  CHECK(hook.confirm(code));
  CHECK(hook.shake_hands());
}

TEST_CASE("ACloudEventsEndpointConsentsByNamingTheOrigin") {
  testing::FakeClock clock;
  for (const auto& [origin, fine] : std::vector<std::pair<std::string, bool>>{
           {"press-hall", true}, {"*", true}, {"other", false}, {"", false}}) {
    FarEnd far([&, allowed = origin](const http::Request&) {
      http::Response response = http::text(200, "");
      if (!allowed.empty()) response.with("WebHook-Allowed-Origin", allowed);
      return response;
    });
    Webhook hook(far.settings(Schema::cloud_events), clock);
    CHECK(hook.shake_hands().has_value() == fine);
    CHECK(far.heard().front() == "OPTIONS press-hall");
  }
}

TEST_CASE("DeliveriesSayWhatBecameOfThem") {
  testing::FakeClock clock;
  http::Response next = http::text(200, "");
  FarEnd far([&](const http::Request&) { return next; });
  Webhook hook(far.settings(Schema::cloud_events), clock);
  CHECK(hook.deliver({&kEvent, 1}).delivered());
  CHECK(*json::parse(far.last_body())->find("id")->text() == "e1");
  next = http::text(429, "");
  next.with("Retry-After", "120");
  CHECK(hook.deliver({&kEvent, 1}).retry_after == seconds(120));
  // A redirect is not followed: events go where their owner said, or nowhere.
  next = http::text(307, "");
  next.with("Location", "http://127.0.0.1:1/elsewhere");
  const auto redirected = hook.deliver({&kEvent, 1});
  CHECK_FALSE(redirected.delivered());
  CHECK(outcome_name(redirected) == "Redirected");
  CHECK(far.heard().size() == 3);
}

TEST_CASE("NobodyThereIsUnreachable") {
  testing::FakeClock clock;
  WebhookSettings settings{.url = *http::parse_url("http://127.0.0.1:1/"),
                           .origin = "s",
                           .validation_url = "",
                           .deadline = milliseconds(2'000)};
  Webhook hook(settings, clock);
  CHECK(outcome_name(hook.deliver({&kEvent, 1})) == "Unreachable");
}

TEST_CASE("RetryAfterIsSecondsOrADate") {
  const WallTime now = *parse_iso("2026-11-23T10:00:00Z");
  CHECK(parse_retry_after(" 120 ", now) == seconds(120));
  CHECK(parse_retry_after("Mon, 23 Nov 2026 10:01:30 GMT", now) == seconds(90));
  CHECK(parse_retry_after("Mon, 23 Nov 2020 10:01:30 GMT", now) == seconds(0));
  CHECK(parse_retry_after("999999999", now) == seconds(24 * 3600));
  for (const char* wrong : {"", "soon", "-1", "1.5", "Mon, 23 Nov 2026"})
    CHECK_FALSE(parse_retry_after(wrong, now));
}

TEST_CASE("ADocumentIsWhatTheNewestEventSaid") {
  auto store = DocumentStore::open(":memory:");
  REQUIRE(store);
  Event late = kEvent;
  late.time += seconds(5);
  late.data = json::Object{{"n", 2}};
  const Event both[] = {late, kEvent};  // out of order
  CHECK((*store)->deliver(both).delivered());
  CHECK((*store)->find("orders/1")->find("n")->integer() == 2);
  CHECK((*store)->find("orders/2").error().kind == ErrorKind::not_found);
}

TEST_CASE("ATopicIsFilledFromTheEventAndNeverBecomesAWildcard") {
  std::vector<std::string> topics;
  Event event = kEvent;
  event.type = "a+#b";
  MqttSink sink("factory/{type}/{subject}", Schema::cloud_events,
                [&](std::string_view topic, std::string_view) {
                  topics.emplace_back(topic);
                  return Status();
                });
  CHECK(sink.deliver({&event, 1}).delivered());
  CHECK(topics == std::vector<std::string>{"factory/a__b/orders/1"});
  CHECK(check_topic_template("a/{id}"));
  CHECK_FALSE(check_topic_template("a/#"));
  CHECK_FALSE(check_topic_template("a/{name}"));
}

}  // namespace
}  // namespace oree::events
