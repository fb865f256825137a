#include "services/events/schedule.h"

#include <doctest/doctest.h>

namespace oree::events {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Outcome answered(int status) {
  return {.status = status, .what = "", .timed_out = false, .retry_after = {}};
}

TEST_CASE("AFailedDeliveryIsTriedAgainAsThePublishedTableSaysToTheSecond") {
  const seconds expected[] = {seconds(10), seconds(30), minutes(1), minutes(5), minutes(10), minutes(30)};
  WallTime now(hours(1000));
  const WallTime published = now;
  int attempts = 0;
  for (const auto wait : expected) {
    const Next next = next_step({}, ++attempts, answered(500), published, now, 0);
    CHECK_FALSE(next.dead);
    CHECK(next.wait == wait);
    now += wait;
  }
  int hourly = 0;
  for (;; ++hourly) {
    const Next next = next_step({}, ++attempts, answered(500), published, now, 0);
    if (next.dead) {
      CHECK(next.reason == "MaxDeliveryAttemptsExceeded");  // the 30th
      break;
    }
    CHECK(next.wait == hours(1));
    now += next.wait;
  }
  // 46 min 40 s are used up before the first hourly wait; the last ends within 24 h.
  CHECK(hourly == 23);
  CHECK(now - published == hours(23) + minutes(46) + seconds(40));
  CHECK(attempts == 30);
}

TEST_CASE("SomeAnswersWaitLongerAndSomeEndItAtOnce") {
  const WallTime now(hours(1000));
  const auto wait_of = [&](const Outcome& outcome) { return next_step({}, 1, outcome, now, now, 0).wait; };
  CHECK(wait_of(answered(401)) == minutes(5));
  CHECK(wait_of(answered(403)) == minutes(5));
  CHECK(wait_of(answered(404)) == minutes(5));
  CHECK(wait_of(answered(408)) == minutes(2));
  CHECK(wait_of(answered(503)) == seconds(30));
  CHECK(wait_of(answered(302)) == seconds(10));
  Outcome busy = answered(429);
  busy.retry_after = seconds(77);
  CHECK(wait_of(busy) == seconds(77));
  for (const int status : {400, 410, 413, 415}) CHECK(next_step({}, 1, answered(status), now, now, 0).dead);
  CHECK(next_step({}, 1, answered(400), now, now, 0).reason == "BadRequest");
  CHECK(next_step({}, 30, answered(500), now, now, 0).reason == "MaxDeliveryAttemptsExceeded");
  for (const int status : {200, 201, 202, 203, 204}) CHECK(answered(status).delivered());
  for (const int status : {0, 199, 205, 206, 301, 404, 500}) CHECK_FALSE(answered(status).delivered());
}

TEST_CASE("WhatIsOlderThanItsTimeToLiveIsGivenUp") {
  const WallTime published(hours(1000));
  const RetryRules hour{.max_attempts = 30, .time_to_live = hours(1)};
  CHECK_FALSE(next_step(hour, 2, answered(500), published, published + minutes(59), 0).dead);
  CHECK(next_step(hour, 2, answered(500), published, published + minutes(60), 0).reason ==
        "TimeToLiveExceeded");
}

TEST_CASE("JitterAddsAtMostATenthAndFiveSeconds") {
  const WallTime now(hours(1000));
  CHECK(next_step({}, 1, answered(500), now, now, 0.5).wait == milliseconds(10'500));
  CHECK(next_step({}, 6, answered(500), now, now, 0.5).wait == minutes(30) + milliseconds(2'500));
}

TEST_CASE("OutcomesHaveNames") {
  CHECK(outcome_name(answered(204)) == "Delivered");
  CHECK(outcome_name(answered(404)) == "NotFound");
  CHECK(outcome_name(answered(307)) == "Redirected");
  CHECK(outcome_name(answered(418)) == "Http418");
  CHECK(outcome_name({.status = 0, .what = "", .timed_out = true, .retry_after = {}}) == "TimedOut");
  CHECK(outcome_name(answered(0)) == "Unreachable");
}

}  // namespace
}  // namespace oree::events
