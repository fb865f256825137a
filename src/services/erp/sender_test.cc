#include "services/erp/sender.h"

#include <semaphore>

#include "services/erp/testing/fake_adapter.h"
#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::FakeAdapter;
using testing::sample;
using namespace std::chrono_literals;

const Error kAway{ErrorKind::unavailable, "nobody there"};
const Error kWrong{ErrorKind::invalid, "no such column"};

struct Desk {
  Desk() { open(); }
  void open() {
    sender.reset();
    SenderEvents events{.on_placed =
                            [this](const std::string& order, const Placed& p) {
                              placed.push_back(cat(order, "=", p.number));
                              return hears ? Status() : Status(fail(ErrorKind::busy, "not now"));
                            },
                        .on_refused =
                            [this](const std::string& order, const Error& error) {
                              refused.push_back(cat(order, ": ", error.what));
                              return Status();
                            }};
    auto opened = Sender::open((folder.path() / "erp.db").string(), erp, std::move(events), {}, clock, log);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    sender = *std::move(opened);
  }
  Entry entry(std::string_view id = "mo-1") { return **sender->find(id); }

  files::testing::TempFolder folder;
  oree::testing::FakeClock clock;
  NullLog log;
  FakeAdapter erp;
  bool hears = true;
  std::vector<std::string> placed, refused;
  std::unique_ptr<Sender> sender;
};

using Told = std::vector<std::string>;

TEST_CASE("AnOrderIsSentOnceAndToldOnce") {
  Desk desk;
  REQUIRE(desk.sender->place(sample()));
  CHECK(desk.sender->run_due() == 1);
  REQUIRE(desk.sender->place(sample()));
  desk.clock.advance(24h);
  CHECK(desk.sender->run_due() == 0);
  CHECK(desk.placed == Told{"mo-1=N1"});
  CHECK(desk.entry().state == Sending::placed);
  CHECK(desk.entry().order == sample());
  CHECK(desk.sender->stats().waiting == 0);
}

TEST_CASE("TheSameIdWithOtherContentIsAConflict") {
  Desk desk;
  REQUIRE(desk.sender->place(sample()));
  auto other = sample();
  other.asset = "robot-8";
  CHECK(desk.sender->place(other).error().kind == ErrorKind::conflict);
  CHECK(desk.sender->place(WorkOrder{}).error().kind == ErrorKind::invalid);
}

TEST_CASE("ADeadErpIsAskedMoreAndMoreSlowlyAndLosesNothing") {
  Desk desk;
  desk.erp.failures.assign(3, kAway);
  REQUIRE(desk.sender->place(sample()));
  CHECK(desk.sender->run_due() == 1);
  CHECK(desk.entry().error == "nobody there");
  CHECK(desk.sender->stats().last_error == "nobody there");
  desk.clock.advance(4s);
  CHECK(desk.sender->run_due() == 0);
  for (const auto pause : {7s, 13s, 26s}) {
    desk.clock.advance(pause);
    CHECK(desk.sender->run_due() == 1);
  }
  CHECK(desk.placed == Told{"mo-1=N1"});
  CHECK(desk.refused.empty());
  CHECK(desk.entry().error.empty());
}

TEST_CASE("WhatTheErpRefusesIsToldAndNotSentAgainUntilSomebodySaysSo") {
  Desk desk;
  desk.erp.failures = {kWrong};
  REQUIRE(desk.sender->place(sample()));
  CHECK(desk.sender->run_due() == 1);
  CHECK(desk.refused == Told{"mo-1: no such column"});
  CHECK(desk.entry().state == Sending::refused);
  desk.clock.advance(48h);
  CHECK(desk.sender->run_due() == 0);
  REQUIRE(desk.sender->again("mo-1"));
  CHECK(desk.sender->run_due() == 1);
  CHECK(desk.placed == Told{"mo-1=N1"});
  CHECK(desk.refused.size() == 1);
  CHECK(desk.sender->again("nothing").error().kind == ErrorKind::not_found);
}

TEST_CASE("OneRefusedOrderDoesNotHoldUpTheNext") {
  Desk desk;
  desk.erp.failures = {kWrong, kAway};
  for (const char* id : {"mo-1", "mo-2", "mo-3"}) REQUIRE(desk.sender->place(sample(id)));
  CHECK(desk.sender->run_due() == 3);
  CHECK(desk.placed == Told{"mo-3=N1"});
  desk.clock.advance(10s);
  CHECK(desk.sender->run_due() == 1);
  CHECK(desk.placed == Told{"mo-3=N1", "mo-2=N2"});
}

TEST_CASE("AnErpThatAskedToBeLeftAloneHearsOfNoOrderUntilThen") {
  Desk desk;
  desk.erp.failures = {{ErrorKind::busy, "429"}};
  desk.erp.asked = 120s;
  for (const char* id : {"mo-1", "mo-2"}) REQUIRE(desk.sender->place(sample(id)));
  CHECK(desk.sender->run_due() == 1);
  desk.clock.advance(119s);
  CHECK(desk.sender->run_due() == 0);
  desk.clock.advance(1s);
  CHECK(desk.sender->run_due() == 2);
  CHECK(desk.erp.orders.size() == 2);
}

TEST_CASE("WhatWasNotHeardIsToldAgainAlsoAfterARestart") {
  Desk desk;
  desk.hears = false;
  REQUIRE(desk.sender->place(sample()));
  desk.sender->run_due();
  CHECK_FALSE(desk.entry().told);
  desk.open();
  desk.placed.clear();
  desk.hears = true;
  desk.sender->run_due();
  CHECK(desk.placed == Told{"mo-1=N1"});
  CHECK(desk.entry().told);
  CHECK(desk.erp.calls == 1);
}

TEST_CASE("ARestartForgetsNoOrder") {
  Desk desk;
  desk.erp.failures = {kAway};
  REQUIRE(desk.sender->place(sample("mo-1")));
  desk.sender->run_due();
  REQUIRE(desk.sender->place(sample("mo-2")));
  desk.open();
  desk.clock.advance(1min);
  CHECK(desk.sender->run_due() == 2);
  CHECK(desk.erp.orders.size() == 2);
  CHECK(desk.sender->newest(10)->front().order.id == "mo-2");
}

TEST_CASE("AWallClockThatIsSetBackStopsNothing") {
  Desk desk;
  desk.erp.failures = {{ErrorKind::busy, "429"}};
  desk.erp.asked = 60s;
  REQUIRE(desk.sender->place(sample()));
  desk.sender->run_due();
  desk.clock.jump(-24h * 365);
  CHECK(desk.sender->run_due() == 1);
  CHECK(desk.placed == Told{"mo-1=N1"});
}

TEST_CASE("AnOrderIsClosedInTheErpWhenItsWorkIsDone") {
  Desk desk;
  REQUIRE(desk.sender->place(sample()));
  desk.sender->run_due();
  desk.erp.failures = {kAway};
  REQUIRE(desk.sender->close("mo-1"));
  REQUIRE(desk.sender->close("mo-1"));
  desk.sender->run_due();
  desk.clock.advance(10s);
  desk.sender->run_due();
  CHECK(desk.erp.ended["N1"] == "closed");
  CHECK(desk.entry().state == Sending::closed);
  CHECK(desk.sender->close("mo-1"));
  CHECK(desk.sender->cancel("mo-1").error().kind == ErrorKind::conflict);
  CHECK(desk.sender->close("mo-9").error().kind == ErrorKind::not_found);
  CHECK(desk.placed.size() == 1);
}

TEST_CASE("AnOrderCancelledBeforeItWasSentNeverReachesTheErp") {
  Desk desk;
  REQUIRE(desk.sender->place(sample()));
  REQUIRE(desk.sender->cancel("mo-1"));
  CHECK(desk.sender->run_due() == 0);
  CHECK(desk.entry().state == Sending::cancelled);
}

TEST_CASE("AnOrderCancelledAfterATryIsFoundAndCancelledThere") {
  Desk desk;
  desk.erp.failures = {kAway};
  REQUIRE(desk.sender->place(sample()));
  desk.sender->run_due();
  REQUIRE(desk.sender->cancel("mo-1"));
  CHECK(desk.sender->run_due() == 2);
  CHECK(desk.placed == Told{"mo-1=N1"});
  CHECK(desk.erp.ended["N1"] == "cancelled");
}

TEST_CASE("AnOrderCancelledWhileItIsBeingSentIsCancelledNext") {
  Desk desk;
  desk.erp.during = [&] {
    if (desk.erp.calls == 1) CHECK(desk.sender->cancel("mo-1"));
  };
  REQUIRE(desk.sender->place(sample()));
  CHECK(desk.sender->run_due() == 2);
  CHECK(desk.erp.ended["N1"] == "cancelled");
  CHECK(desk.entry().state == Sending::cancelled);
}

TEST_CASE("AClosureThatIsRefusedKeepsTheNumberAndIsNoRefusedOrder") {
  Desk desk;
  REQUIRE(desk.sender->place(sample()));
  desk.sender->run_due();
  desk.erp.failures = {kWrong};
  REQUIRE(desk.sender->close("mo-1"));
  desk.sender->run_due();
  CHECK(desk.refused.empty());
  CHECK(desk.entry().state == Sending::refused);
  CHECK(desk.entry().placed.number == "N1");
  REQUIRE(desk.sender->again("mo-1"));
  desk.sender->run_due();
  CHECK(desk.entry().state == Sending::closed);
}

TEST_CASE("TheThreadSendsWhatComesWhileAnotherOrderWaitsForADeadErp") {
  Desk desk;
  std::binary_semaphore asked{0}, answer{0}, heard{0};
  desk.sender.reset();
  desk.erp.during = [&] {
    asked.release();
    answer.acquire();
  };
  auto opened = Sender::open((desk.folder.path() / "erp.db").string(), desk.erp,
                             {.on_placed =
                                  [&](const std::string&, const Placed&) {
                                    heard.release();
                                    return Status();
                                  },
                              .on_refused = {}},
                             {}, desk.clock, desk.log);
  REQUIRE(opened);
  Sender& sender = **opened;
  sender.start();
  REQUIRE(sender.place(sample("mo-1")));
  asked.acquire();
  // The ERP does not answer; nobody else waits for it.
  CHECK(sender.place(sample("mo-2")));
  CHECK(sender.stats().waiting == 2);
  CHECK((*sender.find("mo-1"))->attempts == 1);
  answer.release();
  heard.acquire();
  asked.acquire();
  answer.release();
  heard.acquire();
  CHECK(desk.erp.calls == 2);
}

TEST_CASE("ThePauseDoublesUpToItsLongest") {
  const RetryPolicy policy;
  const auto pause = [&](ErrorKind kind, int attempts, milliseconds asked = 0ms) {
    return pause_after(kind, attempts, asked, "mo-1", policy);
  };
  for (int attempts = 1; attempts < 40; ++attempts) {
    const auto found = *pause(ErrorKind::unavailable, attempts);
    const microseconds least = std::min<microseconds>(5s * (int64_t{1} << std::min(attempts - 1, 20)), 15min);
    CHECK(found >= least);
    CHECK(found <= least * 5 / 4);
  }
  CHECK(*pause(ErrorKind::denied, 40) >= 1h);
  CHECK(*pause(ErrorKind::busy, 1, 300s) == 300s);
  CHECK(*pause(ErrorKind::busy, 40, 1s) >= 15min);
  for (const auto kind :
       {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::unsupported})
    CHECK_FALSE(pause(kind, 1));
  CHECK(pause_after(ErrorKind::timeout, 1, 0ms, "a", policy) !=
        pause_after(ErrorKind::timeout, 1, 0ms, "b", policy));
}

}  // namespace
}  // namespace oree::erp
