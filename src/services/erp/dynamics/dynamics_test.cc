#include "services/erp/dynamics/dynamics.h"

#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::sample;
using testing::Service;
using namespace std::chrono_literals;

std::string what(const auto& result) {
  return result ? "" : result.error().what;
}

TEST_CASE("AnOrderArrivesWithItsAssetPriorityTasksAndText") {
  Service service;
  auto dynamics = service.adapter();
  const auto placed = dynamics.place(sample());
  REQUIRE_MESSAGE(placed, what(placed));
  CHECK(placed->created);
  CHECK(placed->number == service.text("msdyn_name"));
  CHECK(placed->url == cat(service.erp->url(), "/main.aspx?etn=msdyn_workorder&pagetype=entityrecord&id=",
                           service.text("msdyn_workorderid")));
  CHECK(service.text("oree_orderid") == "mo-1");
  CHECK(service.text("_msdyn_customerasset_value") == service.records.asset);
  CHECK(service.text("_msdyn_priority_value") == service.records.urgent);
  CHECK(service.text("msdyn_timetopromised") == "2026-03-02T08:00:00Z");
  CHECK(service.text("msdyn_workordersummary").contains("4 x Seal"));
  CHECK(service.text("msdyn_workordersummary").contains(std::string(64, 'a')));
  const auto tasks = service.erp->records("msdyn_workorderservicetasks");
  REQUIRE(tasks.size() == 2);
  CHECK(*tasks[1].find("oree_taskid")->text() == "mo-1.t~2F2");
  CHECK(tasks[1].find("msdyn_lineorder")->integer() == 2);
  CHECK(*tasks[1].find("_msdyn_workorder_value")->text() == service.text("msdyn_workorderid"));
}

TEST_CASE("TheSameOrderTwiceIsOneOrder") {
  Service service;
  auto dynamics = service.adapter();
  const auto first = dynamics.place(sample());
  const auto again = dynamics.place(sample());
  REQUIRE(first);
  REQUIRE(again);
  CHECK(again->number == first->number);
  CHECK_FALSE(again->created);
  CHECK(service.orders() == 1);
  CHECK(service.tasks() == 2);
}

TEST_CASE("TwoIdsThatDifferInASpecialCharacterAreTwoOrders") {
  Service service;
  auto dynamics = service.adapter();
  REQUIRE(dynamics.place(sample("a/b")));
  REQUIRE(dynamics.place(sample("a:b")));
  REQUIRE(dynamics.place(sample("a~2Fb")));
  REQUIRE(dynamics.place(sample("l'ordre d'été")));
  CHECK(service.orders() == 4);
  CHECK(key_value("a/b") == "a~2Fb");
  CHECK(key_value("a~2Fb") == "a~7E2Fb");
}

TEST_CASE("ATryAfterAnAnswer500ThatHadCreatedFindsTheOrder") {
  Service service;
  auto dynamics = service.adapter();
  service.erp->order_fault(Fault::error_after);
  const auto first = dynamics.place(sample());
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == ErrorKind::unavailable);
  CHECK(service.orders() == 1);
  const auto again = dynamics.place(sample());
  REQUIRE_MESSAGE(again, what(again));
  CHECK(again->number == service.text("msdyn_name"));
  CHECK(service.orders() == 1);
  CHECK(service.tasks() == 2);
}

TEST_CASE("ATryAfterAnAnswerThatBrokeOffFindsTheOrder") {
  Service service;
  auto dynamics = service.adapter();
  service.erp->order_fault(Fault::cut_after);
  const auto first = dynamics.place(sample());
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == ErrorKind::unavailable);
  REQUIRE(dynamics.place(sample()));
  CHECK(service.orders() == 1);
}

TEST_CASE("ATryAfterAnAnswerThatNeverCameFindsTheOrder") {
  Service service;
  auto settings = service.settings();
  Dynamics patient(settings, service.clock);
  settings.dataverse.deadline = 300ms;
  Dynamics hasty(settings, service.clock);
  service.erp->order_fault(Fault::silence_after);
  const auto first = hasty.place(sample());
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == ErrorKind::timeout);
  const auto again = patient.place(sample());
  REQUIRE_MESSAGE(again, what(again));
  CHECK_FALSE(again->created);
  CHECK(service.orders() == 1);
  service.erp->release();
}

TEST_CASE("AFaultAtAnyRequestOfAnOrderLeavesOneOrderAndAllItsTasksAfterTheNextTry") {
  for (const Fault fault :
       {Fault::error_before, Fault::error_after, Fault::cut_after, Fault::away, Fault::too_many}) {
    for (int at = 0; at < 4; ++at) {
      Service service;
      auto settings = service.settings();
      settings.alert = true;
      Dynamics dynamics(settings, service.clock);
      for (int i = 0; i < at; ++i) service.erp->order_fault(Fault::none);
      service.erp->order_fault(fault);
      CAPTURE(static_cast<int>(fault));
      CAPTURE(at);
      CHECK_FALSE(dynamics.place(sample()));
      const auto again = dynamics.place(sample());
      REQUIRE_MESSAGE(again, what(again));
      CHECK(service.orders() == 1);
      CHECK(service.tasks() == 2);
      CHECK(service.erp->records("msdyn_iotalerts").size() == 1);
    }
  }
}

TEST_CASE("WhatADispatcherDidIsNotUndoneByASecondTry") {
  Service service;
  auto dynamics = service.adapter();
  const auto placed = dynamics.place(sample());
  REQUIRE(placed);
  REQUIRE(service.erp->set_status(placed->number, 690970001));
  REQUIRE(dynamics.place(sample()));
  const auto state = dynamics.state(placed->number);
  REQUIRE(state);
  CHECK(state->progress == Progress::scheduled);
}

TEST_CASE("AnAnomalyBecomesAnAlertThatTheOrderPointsTo") {
  Service service;
  auto settings = service.settings();
  settings.alert = true;
  Dynamics dynamics(settings, service.clock);
  REQUIRE(dynamics.place(sample()));
  const auto alerts = service.erp->records("msdyn_iotalerts");
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].find("msdyn_alerttype")->integer() == 192350000);
  CHECK(*alerts[0].find("msdyn_alerttoken")->text() == "mo-1");
  CHECK(alerts[0].find("msdyn_alertdata")->text()->contains("7.25"));
  CHECK(service.text("_msdyn_iotalert_value") == *alerts[0].find("msdyn_iotalertid")->text());
}

TEST_CASE("OneTokenServesManyRequestsAndIsRenewedBeforeItEnds") {
  Service service;
  auto dynamics = service.adapter();
  REQUIRE(dynamics.place(sample("mo-1")));
  REQUIRE(dynamics.place(sample("mo-2")));
  CHECK(service.erp->tokens() == 1);
  service.clock.advance(3'540s);
  REQUIRE(dynamics.place(sample("mo-3")));
  CHECK(service.erp->tokens() == 2);
}

TEST_CASE("AWithdrawnTokenIsRenewedAndTheRequestRepeated") {
  Service service;
  auto dynamics = service.adapter();
  service.erp->order_fault(Fault::no_token);
  const auto placed = dynamics.place(sample());
  REQUIRE_MESSAGE(placed, what(placed));
  CHECK(service.erp->tokens() == 2);
}

TEST_CASE("TwoRefusedTokensInARowAreDenied") {
  Service service;
  auto dynamics = service.adapter();
  service.erp->order_fault(Fault::no_token);
  service.erp->order_fault(Fault::no_token);
  const auto placed = dynamics.place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::denied);
}

TEST_CASE("AWrongSecretIsDeniedAndNeverShown") {
  Service service;
  std::ofstream(service.folder.path() / "secret") << "hunter2";
  auto dynamics = service.adapter();
  const auto placed = dynamics.place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::denied);
  CHECK(placed.error().what.contains("AADSTS7000215"));
  CHECK_FALSE(placed.error().what.contains("hunter2"));
  // Mended without a restart.
  std::ofstream(service.folder.path() / "secret") << DoubleOptions().secret;
  CHECK(dynamics.place(sample()));
}

TEST_CASE("TooManyRequestsSayHowLongToWait") {
  Service service;
  auto dynamics = service.adapter();
  service.erp->order_fault(Fault::too_many);
  const auto placed = dynamics.place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::busy);
  CHECK(placed.error().what.contains("0x80072322"));
  CHECK(dynamics.pause() == 7s);
  REQUIRE(dynamics.place(sample()));
  CHECK(dynamics.pause() == 0s);
}

TEST_CASE("ALookupThatPointsNowhereNamesIt") {
  Service service;
  auto settings = service.settings();
  settings.price_list = "99999999-0000-4000-8000-000000000099";
  Dynamics dynamics(settings, service.clock);
  const auto placed = dynamics.place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::not_found);
  CHECK(placed.error().what.contains("pricelevels"));
  CHECK(service.orders() == 0);
}

TEST_CASE("AMissingBindingAndAnUnknownFieldAreInvalid") {
  Service service;
  auto settings = service.settings();
  settings.service_account.clear();
  const auto without = Dynamics(settings, service.clock).place(sample());
  REQUIRE_FALSE(without);
  CHECK(without.error().kind == ErrorKind::invalid);
  CHECK(without.error().what.contains("msdyn_serviceaccount"));
  settings = service.settings();
  settings.fields = {{"new_plant", "Lyon"}};
  const auto unknown = Dynamics(settings, service.clock).place(sample());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == ErrorKind::invalid);
  CHECK(unknown.error().what.contains("new_plant"));
}

TEST_CASE("AKeyThatNobodyDefinedIsInvalid") {
  Service service;
  auto settings = service.settings();
  settings.key = "oree_other";
  const auto placed = Dynamics(settings, service.clock).place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::invalid);
  CHECK(placed.error().what.contains("not a defined key"));
}

TEST_CASE("LongTextsAreCutAtACharacter") {
  Service service;
  auto dynamics = service.adapter();
  auto order = sample();
  for (int i = 0; i < 3'000; ++i) order.description += "é";
  for (int i = 0; i < 300; ++i) order.tasks[0].text += "ß";
  const auto placed = dynamics.place(order);
  REQUIRE_MESSAGE(placed, what(placed));
  CHECK(service.text("msdyn_workordersummary").size() <= 2'000);
}

TEST_CASE("ClosingAndCancellingSetTheStatusAndMayBeRepeated") {
  Service service;
  auto dynamics = service.adapter();
  const auto one = dynamics.place(sample("mo-1"));
  const auto two = dynamics.place(sample("mo-2"));
  REQUIRE(one);
  REQUIRE(two);
  for (int i = 0; i < 2; ++i) {
    CHECK(dynamics.close(one->number));
    CHECK(dynamics.cancel(two->number));
  }
  CHECK(dynamics.state(one->number)->progress == Progress::done);
  CHECK(dynamics.state(two->number)->progress == Progress::cancelled);
  REQUIRE(service.erp->set_status(one->number, 690970004));
  CHECK(dynamics.close(one->number));
  CHECK(dynamics.cancel(one->number).error().kind == ErrorKind::invalid);
  CHECK(dynamics.state("99999").error().kind == ErrorKind::not_found);
  CHECK(dynamics.close("O'Hara").error().kind == ErrorKind::not_found);
}

TEST_CASE("AnErpThatIsNotThereIsUnavailable") {
  Service service;
  auto dynamics = service.adapter();
  service.erp.reset();
  const auto placed = dynamics.place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::unavailable);
}

}  // namespace
}  // namespace oree::erp
