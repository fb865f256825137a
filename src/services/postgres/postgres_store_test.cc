#include "services/postgres/postgres_store.h"

#include <doctest/doctest.h>

#include "core/readings/testing/conformance.h"
#include "services/postgres/testing/own_server.h"

namespace oree::postgres {
namespace {

TEST_CASE("PostgresKeepsTheContractOfTheSeriesStore") {
  std::string why;
  const auto server = testing::OwnServer::start(why);
  if (!server) {
    MESSAGE("skipped: ", why);
    return;
  }
  auto store = PostgresStore::open(server->where());
  REQUIRE_MESSAGE(store, (store ? "" : store.error().what));
  std::unique_ptr<PostgresStore> current = std::move(*store);
  // Each time either the program or, as by a crash, the server begins anew.
  int round = 0;
  const auto disturb = [&]() -> readings::SeriesStore& {
    if (++round % 4 == 0) server->restart();
    auto again = PostgresStore::open(server->where());
    REQUIRE_MESSAGE(again, (again ? "" : again.error().what));
    current = std::move(*again);
    return *current;
  };
  CHECK(readings::testing::conformance(*current, disturb, 1) == "");

  // A view shows one moment, whatever is appended meanwhile.
  const auto view = current->view();
  REQUIRE(view);
  const auto id = current->series("other", "s");
  REQUIRE(id);
  const readings::Reading reading{*id, readings::kHour, 5};
  CHECK(current->append({&reading, 1}, "", 0)->stored == 1);
  CHECK_FALSE((*view)->latest({&*id, 1})->front());
  CHECK((*current->view())->latest({&*id, 1})->front()->value == 5);
}

TEST_CASE("AServerThatIsAwayIsUnavailable") {
  const auto store = PostgresStore::open("host=/nonexistent user=oree dbname=postgres connect_timeout=2");
  REQUIRE_FALSE(store);
  CHECK(store.error().kind == ErrorKind::unavailable);
  CHECK(store.error().what.find("PostgreSQL: ") == 0);
}

}  // namespace
}  // namespace oree::postgres
