#include "services/alerts/plan.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::alerts;
using namespace std::chrono_literals;

namespace {

Result<AlertPlan> read(std::string_view text) {
  const auto node = config::parse(text, "a.yaml");
  REQUIRE(node);
  return read_plan(*node);
}

}  // namespace

TEST_CASE("APlanReadsAllOfItsParts") {
  const auto plan = read(R"(
rules:
  - name: robot_anomaly
    when: score > threshold
    for: 1min
    severity: page
    match: ['machine=~"robot-.*"']
    labels: {team: maintenance}
    sentence: "{machine} is not itself"
receivers:
  - {name: phone, type: webhook, url: "http://127.0.0.1:9000/hook", token: t}
  - {name: floor, type: mqtt, topic: factory/alerts}
routes:
  - {receiver: phone, match: ['severity="page"'], group_by: [machine], group_wait: 10s, continue: true}
  - {receiver: floor, send_resolved: false}
inhibit:
  - {source: ['alertname="offline"'], target: ['alertname="robot_anomaly"'], equal: [machine]}
alertmanager: {url: "http://127.0.0.1:9093", resend: 30s}
external_url: http://station:8000
)");
  REQUIRE(plan);
  CHECK(plan->rules[0].hold_for == 1min);
  CHECK(plan->rules[0].severity == Severity::page);
  CHECK(plan->rules[0].labels == Labels{{"team", "maintenance"}});
  CHECK(plan->rules[0].only[0].how == Matcher::How::like);
  CHECK(plan->receivers[1].topic == "factory/alerts");
  CHECK(plan->routes[0].group_wait == 10s);
  CHECK(plan->routes[0].repeat_interval == 4h);
  CHECK(plan->routes[0].proceed);
  CHECK_FALSE(plan->routes[1].send_resolved);
  CHECK(plan->inhibitions[0].equal == std::vector<std::string>{"machine"});
  CHECK(plan->alertmanager->resend == 30s);
  CHECK(plan->alertmanager->external_url == "http://station:8000");
}

TEST_CASE("WithoutRoutesTheFirstReceiverGetsAll") {
  const auto plan = read("receivers: [{name: phone, type: webhook, url: 'http://x/'}]\n");
  REQUIRE(plan);
  REQUIRE(plan->routes.size() == 1);
  CHECK(plan->routes[0].receiver == "phone");
}

TEST_CASE("MistakesOfAPlanComeTogetherWithTheirPlaces") {
  const auto plan = read(R"(rules:
  - {name: a, when: heat > 80}
  - {name: a, when: series heat > 80, match: [machine]}
receivers: [{name: phone, type: webhook, url: 'http://x/'}]
routes: [{receiver: fone}]
)");
  REQUIRE_FALSE(plan);
  const std::string& what = plan.error().what;
  CHECK(what.find("a.yaml:2:") != std::string::npos);
  CHECK(what.find("must begin with series, score or counter") != std::string::npos);
  CHECK(what.find("must be like machine=") != std::string::npos);
  CHECK(what.find("names the receiver 'fone', which is not there; did you mean 'phone'?") !=
        std::string::npos);
}

TEST_CASE("TwoRulesOfOneNameAreAMistake") {
  const auto plan = read("rules: [{name: a, when: score > 1}, {name: a, when: score > 2}]\n");
  REQUIRE_FALSE(plan);
  CHECK(plan.error().what.find("two of the name 'a'") != std::string::npos);
}
