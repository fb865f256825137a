#include "services/alerts/notifier.h"

#include <doctest/doctest.h>

#include "platform/json/value.h"
#include "services/alerts/payloads.h"
#include "services/alerts/receivers.h"

using namespace oree;
using namespace oree::alerts;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kStart{std::chrono::hours(24 * 365 * 55)};

using AlertMap = std::map<std::string, Alert>;

Alert alert(std::string_view machine, AlertState state = AlertState::firing, std::string_view name = "hot") {
  Alert out;
  out.labels = {{"alertname", std::string(name)}, {"machine", std::string(machine)}, {"severity", "page"}};
  out.id = fingerprint(out.labels);
  out.rule = name;
  out.severity = Severity::page;
  out.state = state;
  out.sentence = std::string(machine) + " is hot";
  out.since = out.fired = kStart;
  out.value = 81.5;
  out.threshold = 80;
  if (state == AlertState::resolved) out.ended = kStart + 1h;
  return out;
}

AlertMap map_of(std::initializer_list<Alert> alerts) {
  AlertMap out;
  for (const Alert& a : alerts) out[a.id] = a;
  return out;
}

// Delivers whatever is due and counts it.
size_t told(Notifier& notifier, const AlertMap& alerts, WallTime now) {
  const auto due = notifier.due(alerts, now);
  for (const auto& notification : due) notifier.sent(notification, now);
  return due.size();
}

}  // namespace

TEST_CASE("AGroupWaitsThirtySecondsSoThatWhatComesTogetherIsToldTogether") {
  Notifier notifier({{.receiver = "phone"}}, {});
  CHECK(notifier.due(map_of({alert("a")}), kStart).empty());
  const auto both = map_of({alert("a"), alert("b")});
  CHECK(notifier.due(both, kStart + 29s).empty());
  const auto due = notifier.due(both, kStart + 30s);
  REQUIRE(due.size() == 1);
  CHECK(due[0].receiver == "phone");
  CHECK(due[0].firing.size() == 2);
  CHECK(due[0].group_labels == Labels{{"alertname", "hot"}});
}

TEST_CASE("WhatIsNewInAGroupWaitsForTheGroupInterval") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  CHECK(told(notifier, map_of({alert("a")}), kStart) == 1);
  const auto both = map_of({alert("a"), alert("b")});
  CHECK(told(notifier, both, kStart + 4min) == 0);
  CHECK(told(notifier, both, kStart + 5min) == 1);
  CHECK(told(notifier, both, kStart + 10min) == 0);
}

TEST_CASE("WhatStillFiresIsRepeatedAfterFourHours") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  const auto one = map_of({alert("a")});
  CHECK(told(notifier, one, kStart) == 1);
  for (WallTime now = kStart; now < kStart + 4h; now += 1min) CHECK(told(notifier, one, now) == 0);
  CHECK(told(notifier, one, kStart + 4h) == 1);
}

TEST_CASE("TheEndIsToldOnceAndOnlyToThoseWhoKnewTheBeginning") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  told(notifier, map_of({alert("a")}), kStart);
  const auto over = map_of({alert("a", AlertState::resolved), alert("never", AlertState::resolved)});
  const auto due = notifier.due(over, kStart + 5min);
  REQUIRE(due.size() == 1);
  CHECK(due[0].firing.empty());
  REQUIRE(due[0].resolved.size() == 1);
  CHECK(due[0].resolved[0].labels.at("machine") == "a");
  notifier.sent(due[0], kStart + 5min);
  CHECK(told(notifier, over, kStart + 10min) == 0);
  CHECK(notifier.groups().empty());
}

TEST_CASE("AnAlertThatComesAndGoesWithinTheWaitIsNeverTold") {
  Notifier notifier({{.receiver = "phone"}}, {});
  CHECK(told(notifier, map_of({alert("a")}), kStart) == 0);
  CHECK(told(notifier, map_of({alert("a", AlertState::resolved)}), kStart + 30s) == 0);
}

TEST_CASE("ARouteMayKeepTheEndToItself") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s, .send_resolved = false}}, {});
  told(notifier, map_of({alert("a")}), kStart);
  CHECK(told(notifier, map_of({alert("a", AlertState::resolved)}), kStart + 5min) == 0);
  CHECK(notifier.groups().empty());
  CHECK(told(notifier, map_of({alert("a")}), kStart + 6min) == 1);  // it came again: that is news
}

TEST_CASE("AFailedDeliveryIsTriedAgainMoreAndMoreSlowly") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  const auto one = map_of({alert("a")});
  WallTime now = kStart;
  for (const auto pause : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    const auto due = notifier.due(one, now);
    REQUIRE(due.size() == 1);
    notifier.failed(due[0], now);
    CHECK(notifier.due(one, now + pause - 1s).empty());
    now += pause;
  }
  CHECK(told(notifier, one, now) == 1);
  CHECK(told(notifier, one, now + 4min) == 0);
}

TEST_CASE("ARetrySaysWhatIsTrueByThen") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  notifier.failed(notifier.due(map_of({alert("a")}), kStart)[0], kStart);
  const auto due = notifier.due(map_of({alert("a"), alert("b")}), kStart + 5s);
  REQUIRE(due.size() == 1);
  CHECK(due[0].firing.size() == 2);
  CHECK(due[0].attempt == 2);
}

TEST_CASE("WhatIsUnderWayIsNotHandedOutTwice") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  const auto one = map_of({alert("a")});
  CHECK(notifier.due(one, kStart).size() == 1);
  CHECK(notifier.due(one, kStart + 1h).empty());
}

TEST_CASE("ASilencedAlertIsNotToldUntilTheSilenceEnds") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  const auto one = map_of({alert("a")});
  REQUIRE(notifier.add_silence({.id = "s",
                                .matchers = {*parse_matcher("machine=a")},
                                .from = kStart,
                                .until = kStart + 1h,
                                .comment = ""}));
  CHECK(told(notifier, one, kStart + 59min) == 0);
  CHECK(notifier.is_silenced(alert("a"), kStart + 59min));
  CHECK_FALSE(notifier.is_silenced(alert("b"), kStart));
  CHECK(told(notifier, one, kStart + 1h) == 1);
}

TEST_CASE("ASilenceNeedsMatchersAnEndAndANewName") {
  Notifier notifier({}, {});
  CHECK(notifier.add_silence({.id = "s", .matchers = {}, .from = kStart, .until = kStart + 1h, .comment = ""})
            .error()
            .kind == ErrorKind::invalid);
  const Silence good{
      .id = "s", .matchers = {*parse_matcher("a=b")}, .from = kStart, .until = kStart + 1h, .comment = ""};
  REQUIRE(notifier.add_silence(good));
  CHECK(notifier.add_silence(good).error().kind == ErrorKind::conflict);
  CHECK(notifier.remove_silence("s"));
  CHECK(notifier.remove_silence("s").error().kind == ErrorKind::not_found);
}

TEST_CASE("AnOfflineMachineInhibitsItsOtherAlertsAndNobodyElses") {
  const Inhibition inhibition{
      {*parse_matcher("alertname=offline")}, {*parse_matcher("alertname=hot")}, {"machine"}};
  Notifier notifier({{.receiver = "phone", .group_by = {"machine", "alertname"}, .group_wait = 0s}},
                    {inhibition});
  const auto due =
      notifier.due(map_of({alert("a"), alert("b"), alert("a", AlertState::firing, "offline")}), kStart);
  CHECK(due.size() == 2);
  for (const auto& n : due)
    CHECK((n.group_labels.at("machine") == "b" || n.group_labels.at("alertname") == "offline"));
}

TEST_CASE("TheFirstMatchingRouteTakesAnAlertUnlessItProceeds") {
  const Route first{.receiver = "one", .only = {*parse_matcher("machine=a")}, .group_wait = 0s};
  Route second{.receiver = "two", .group_wait = 0s};
  Notifier stops({first, second}, {});
  CHECK(stops.due(map_of({alert("a")}), kStart).size() == 1);
  Route open = first;
  open.proceed = true;
  Notifier goes_on({open, second}, {});
  CHECK(goes_on.due(map_of({alert("a")}), kStart).size() == 2);
}

TEST_CASE("AClockThatWasSetBackAYearDelaysNothingForAYear") {
  Notifier notifier({{.receiver = "phone", .group_wait = 0s}}, {});
  told(notifier, map_of({alert("a")}), kStart);
  const WallTime back = kStart - 24h * 365;
  CHECK(told(notifier, map_of({alert("a"), alert("b")}), back) == 0);
  CHECK(told(notifier, map_of({alert("a"), alert("b")}), back + 5min) == 1);
}

TEST_CASE("TheWebhookBodyIsAlertmanagersVersionFour") {
  Notification notification{.key = "phone/0:{}", .receiver = "phone", .group_labels = {{"alertname", "hot"}}};
  notification.firing = {alert("a")};
  notification.resolved = {alert("b", AlertState::resolved)};
  const auto body = json::parse(webhook_body(notification, "http://station"));
  REQUIRE(body);
  const auto text = [](const json::Value& v, std::string_view key) { return *v.find(key)->text(); };
  CHECK(text(*body, "version") == "4");
  CHECK(text(*body, "status") == "firing");
  CHECK(text(*body, "receiver") == "phone");
  CHECK(text(*body, "groupKey") == "phone/0:{}");
  CHECK(body->find("truncatedAlerts")->integer() == 0);
  CHECK(text(*body->find("groupLabels"), "alertname") == "hot");
  CHECK(text(*body->find("commonLabels"), "severity") == "page");
  CHECK(body->find("commonLabels")->find("machine") == nullptr);
  const auto& alerts = *body->find("alerts")->array();
  REQUIRE(alerts.size() == 2);
  CHECK(text(alerts[0], "status") == "firing");
  CHECK(text(alerts[0], "endsAt") == "0001-01-01T00:00:00Z");
  CHECK(text(alerts[0], "startsAt") == iso_text(kStart));
  CHECK(text(alerts[0], "fingerprint") == alert("a").id);
  CHECK(text(*alerts[0].find("annotations"), "summary") == "a is hot");
  CHECK(text(alerts[1], "status") == "resolved");
  CHECK(text(alerts[1], "endsAt") == iso_text(kStart + 1h));
}

TEST_CASE("AlertmanagerIsToldAnEndThatLiesAheadWhileAnAlertFires") {
  const Alert both[] = {alert("a"), alert("b", AlertState::resolved)};
  const auto body = json::parse(alertmanager_body(both, kStart + 2h, 4min, ""));
  REQUIRE(body);
  CHECK(*(*body->array())[0].find("endsAt")->text() == iso_text(kStart + 2h + 4min));
  CHECK(*(*body->array())[1].find("endsAt")->text() == iso_text(kStart + 1h));
  CHECK((*body->array())[0].find("generatorURL") == nullptr);
}

TEST_CASE("AFeedSendsAgainBeforeItsAlertsEndAndTheEndOnce") {
  FeedState feed(1min);
  const Alert firing[] = {alert("a")}, over[] = {alert("a", AlertState::resolved)};
  CHECK(feed.due(over, kStart).empty());  // never known to be firing
  REQUIRE(feed.due(firing, kStart).size() == 1);
  feed.pushed(firing, kStart);
  CHECK(feed.due(firing, kStart + 59s).empty());
  CHECK(feed.due(firing, kStart + 60s).size() == 1);
  CHECK(feed.due(over, kStart + 61s).size() == 1);
  feed.pushed(over, kStart + 61s);
  CHECK(feed.due(over, kStart + 2h).empty());
}

TEST_CASE("AFeedThatFailsWaitsALittle") {
  FeedState feed(1min);
  const Alert firing[] = {alert("a")};
  feed.failed(kStart);
  CHECK(feed.due(firing, kStart + 1s).empty());
  CHECK(feed.due(firing, kStart + 2s).size() == 1);
}
