#include "platform/libpq/connection.h"

#include <doctest/doctest.h>

namespace oree::libpq {

// What is asked of a server is tested where there is one, in services/postgres.
TEST_CASE("ReadsWhereADatabaseIsWithoutGoingThere") {
  const Status good = check_place("host=here dbname=x");
  CHECK_MESSAGE(good, good.error().what);
  const Status bad = check_place("nonsense");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::invalid);
  CHECK(bad.error().what.find("nonsense") != std::string::npos);
}

TEST_CASE("SaysWhyThereIsNoServer") {
  const auto connection = Connection::open("host=/nowhere/at/all dbname=x");
  REQUIRE_FALSE(connection);
  CHECK(connection.error().kind == ErrorKind::unavailable);
  CHECK(connection.error().what.find("/nowhere/at/all") != std::string::npos);
}

}  // namespace oree::libpq
