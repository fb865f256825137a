#include "platform/libpq/libpq.h"

#include <doctest/doctest.h>

namespace oree::libpq {

TEST_CASE("ReadsWhereADatabaseIsWithoutTalkingToIt") {
  const auto pq = open();
  REQUIRE_MESSAGE(pq, pq.error().what);
  CHECK(open().value() == *pq);
  char* said = nullptr;
  PQconninfoOption* const options = (*pq)->conninfo_parse("host=here dbname=x", &said);
  CHECK(options != nullptr);
  (*pq)->conninfo_free(options);
  CHECK((*pq)->conninfo_parse("nonsense", &said) == nullptr);
  CHECK(said != nullptr);
  (*pq)->free_memory(said);
}

}  // namespace oree::libpq
