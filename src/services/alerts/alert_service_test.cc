#include "services/alerts/alert_service.h"

#include <doctest/doctest.h>

#include <mutex>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/http/testing/server_fixture.h"
#include "platform/json/value.h"
#include "services/alerts/testing/fakes.h"

using namespace oree;
using namespace oree::alerts;
using namespace oree::alerts::testing;
using namespace std::chrono_literals;

namespace {

struct Station {
  oree::testing::FakeClock clock;
  FakeStore store;
  NullLog log;
  std::vector<Notification> told;
  bool reachable = true;

  static AlertPlan plan() {
    AlertPlan out;
    Rule rule;
    rule.name = "anomaly";
    rule.expression = *parse_expression("score > threshold");
    rule.hold_for = 1min;
    rule.severity = Severity::page;
    out.rules = {rule};
    out.routes = {{.receiver = "phone"}};
    return out;
  }
  std::unique_ptr<AlertService> open() {
    Receivers receivers;
    receivers.by_name["phone"] = std::make_unique<FakeReceiver>(told, reachable);
    auto out = AlertService::open(plan(), std::move(receivers), store, clock, log);
    REQUIRE(out);
    return *std::move(out);
  }
  static Observation score(double value) {
    return {.source = Source::score,
            .name = "lstm",
            .labels = {{"machine", "robot-1"}},
            .value = value,
            .threshold = 0.9};
  }
  // A bad score each ten seconds, and a step after each.
  void suffer(AlertService& service, microseconds length, double value = 1.7) {
    for (microseconds at{0}; at < length; at += 10s) {
      service.observe(score(value));
      service.step();
      clock.advance(10s);
    }
  }
};

}  // namespace

TEST_CASE("ABadScoreBecomesOneCallAfterForAndGroupWait") {
  Station station;
  const auto service = station.open();
  station.suffer(*service, 80s);
  CHECK(station.told.empty());
  station.suffer(*service, 30min);
  REQUIRE(station.told.size() == 1);
  CHECK(station.told[0].firing[0].sentence == "anomaly: 1.7 is above 0.9");
  CHECK(service->counts().delivered == 1);
}

TEST_CASE("ARestartDoesNotCallAgain") {
  Station station;
  auto service = station.open();
  station.suffer(*service, 3min);
  REQUIRE(station.told.size() == 1);
  for (int restart = 0; restart < 5; ++restart) {
    service.reset();
    service = station.open();
    station.suffer(*service, 10min);
  }
  CHECK(station.told.size() == 1);
  station.suffer(*service, 6min, 0.1);
  REQUIRE(station.told.size() == 2);
  CHECK(station.told[1].resolved.size() == 1);
}

TEST_CASE("ARestartInTheMiddleOfTheWaitDoesNotBeginItAnew") {
  Station station;
  auto service = station.open();
  station.suffer(*service, 50s);
  service.reset();
  service = station.open();
  station.suffer(*service, 50s);
  CHECK(station.told.size() == 1);
}

TEST_CASE("AReceiverThatIsDownIsCalledWhenItIsBack") {
  Station station;
  station.reachable = false;
  auto service = station.open();
  station.suffer(*service, 1h);
  CHECK(service->counts().failed > 5);
  service.reset();
  service = station.open();
  station.reachable = true;
  station.suffer(*service, 10min);
  CHECK(station.told.size() == 1);
}

TEST_CASE("ADamagedStateIsLeftBehindAndAlertsGoOn") {
  Station station;
  station.store.kept = R"({"version":1,"alerts":[{}]})";
  const auto service = station.open();
  station.suffer(*service, 3min);
  CHECK(station.told.size() == 1);
}

TEST_CASE("AFullDiskIsCountedAndNobodyIsLeftUntold") {
  Station station;
  station.store.full = true;
  const auto service = station.open();
  station.suffer(*service, 3min);
  CHECK(station.told.size() == 1);
  CHECK(service->counts().save_failures > 0);
}

TEST_CASE("NothingIsSavedWhileNothingHappens") {
  Station station;
  const auto service = station.open();
  station.suffer(*service, 1h, 0.1);
  CHECK(station.store.saves == 0);
}

TEST_CASE("SilencesOutliveARestartAndCanBeLifted") {
  Station station;
  auto service = station.open();
  const auto id = service->silence({*parse_matcher("machine=robot-1")}, 1h, "tool change");
  REQUIRE(id);
  CHECK(*id == "silence-1");
  station.suffer(*service, 10min);
  CHECK(station.told.empty());
  service.reset();
  service = station.open();
  REQUIRE(service->silences().size() == 1);
  CHECK(service->is_silenced(service->alerts()[0]));
  CHECK(service->lift(*id));
  station.suffer(*service, 1min);
  CHECK(station.told.size() == 1);
  CHECK(*service->silence({*parse_matcher("a=b")}, 1h, "") == "silence-2");
  CHECK(service->lift("silence-9").error().kind == ErrorKind::not_found);
}

TEST_CASE("TheListenerHearsOfEveryChangeOnce") {
  Station station;
  const auto service = station.open();
  std::vector<AlertState> heard;
  service->on_change([&](const Alert& alert) { heard.push_back(alert.state); });
  station.suffer(*service, 5min);
  station.suffer(*service, 5min, 0.1);
  CHECK(heard == std::vector<AlertState>{AlertState::pending, AlertState::firing, AlertState::resolved});
}

TEST_CASE("ItsThreadDeliversAndStops") {
  Station station;
  AlertPlan plan = Station::plan();
  plan.rules[0].hold_for = 0s;
  plan.routes[0].group_wait = 0s;
  Receivers receivers;
  std::mutex mutex;
  std::condition_variable_any called;
  bool done = false;
  struct Waker final : Receiver {
    std::function<void()> wake;
    Status deliver(const Notification&) override {
      wake();
      return {};
    }
  };
  auto waker = std::make_unique<Waker>();
  waker->wake = [&] {
    const std::lock_guard lock(mutex);
    done = true;
    called.notify_all();
  };
  receivers.by_name["phone"] = std::move(waker);
  const auto service =
      AlertService::open(plan, std::move(receivers), station.store, station.clock, station.log);
  REQUIRE(service);
  (*service)->start();
  (*service)->observe(Station::score(2));
  std::unique_lock lock(mutex);
  called.wait(lock, [&] { return done; });
  lock.unlock();
  (*service)->stop();
  CHECK((*service)->counts().delivered == 1);
}

TEST_CASE("ReceiversThatCannotWorkAreRefusedByName") {
  AlertPlan plan = Station::plan();
  FakePublisher publisher;
  plan.receivers = {{.name = "phone", .type = ReceiverPlan::Type::webhook, .url = "ftp://x"}};
  CHECK(open_receivers(plan, nullptr).error().what.find("receiver 'phone'") != std::string::npos);
  plan.receivers = {{.name = "floor", .type = ReceiverPlan::Type::mqtt, .topic = "a/#"}};
  CHECK(open_receivers(plan, &publisher).error().kind == ErrorKind::invalid);
  CHECK(open_receivers(plan, nullptr).error().what.find("no broker") != std::string::npos);
}

TEST_CASE("AWebhookAndAnAlertmanagerReceiveWhatTheyUnderstand") {
  http::testing::Fixture server;
  std::mutex mutex;
  std::vector<http::Request> posts;
  int answer = 200;
  const auto take = [&](const http::Request& request) {
    const std::lock_guard lock(mutex);
    posts.push_back(request);
    return http::text(answer, "");
  };
  server.post("/hook", false, take);
  server.post("/api/v2/alerts", false, take);
  server.start();
  Station station;
  AlertPlan plan = Station::plan();
  const std::string base = cat("http://127.0.0.1:", server.server->port());
  plan.receivers = {
      {.name = "phone", .type = ReceiverPlan::Type::webhook, .url = base + "/hook", .token = "secret"}};
  plan.alertmanager = AlertmanagerTarget{.url = base + "/", .token = "", .external_url = ""};
  plan.routes[0].group_wait = 0s;
  auto receivers = open_receivers(plan, nullptr);
  REQUIRE(receivers);
  const auto service =
      AlertService::open(plan, *std::move(receivers), station.store, station.clock, station.log);
  REQUIRE(service);
  answer = 503;
  station.suffer(**service, 70s);
  CHECK((*service)->counts().failed == 2);
  answer = 200;
  station.suffer(**service, 30s);
  CHECK((*service)->counts().delivered == 2);
  const std::lock_guard lock(mutex);
  REQUIRE(posts.size() == 4);
  CHECK(posts[0].path == "/hook");
  CHECK(posts[0].header("Authorization") == "Bearer secret");
  CHECK(posts[0].header("Content-Type") == "application/json");
  CHECK(*json::parse(posts[0].body)->find("version")->text() == "4");
  CHECK(posts[1].path == "/api/v2/alerts");
  CHECK(json::parse(posts[1].body)->array()->size() == 1);
}

TEST_CASE("MqttSubscribersGetOneRetainedMessageForEachAlert") {
  Station station;
  AlertPlan plan = Station::plan();
  plan.receivers = {{.name = "phone", .type = ReceiverPlan::Type::mqtt, .topic = "factory/alerts"}};
  FakePublisher publisher;
  auto receivers = open_receivers(plan, &publisher);
  REQUIRE(receivers);
  const auto service =
      AlertService::open(plan, *std::move(receivers), station.store, station.clock, station.log);
  REQUIRE(service);
  station.suffer(**service, 3min);
  REQUIRE(publisher.published.size() == 1);
  const auto alert = (*service)->alerts()[0];
  CHECK(publisher.published[0].first == "factory/alerts/anomaly/" + alert.id);
  const auto body = json::parse(publisher.published[0].second);
  REQUIRE(body);
  CHECK(*body->find("state")->text() == "firing");
  CHECK(*body->find("labels")->find("machine")->text() == "robot-1");
}
