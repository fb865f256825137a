#include "services/broker/engine/journal.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::broker;

TEST_CASE("ARecordComesBackAsItWasWritten") {
  const Record record{.type = RecordType::progress,
                      .flags = 3,
                      .version = 5,
                      .id = 7,
                      .extra = 9,
                      .position = 11,
                      .number = 13,
                      .name = "client",
                      .text = "a/#",
                      .positions = {1, 2, 3},
                      .bytes = {std::byte{1}}};
  ByteBuffer bytes;
  print_record(record, bytes);
  const auto back = parse_record(bytes);
  REQUIRE(back);
  CHECK(*back == record);
  for (size_t size = 0; size + 1 < bytes.size(); ++size)
    CHECK_FALSE(parse_record(ByteView(bytes).first(size)));
  bytes[0] = std::byte{200};
  CHECK(parse_record(bytes).error().kind == ErrorKind::corrupt);
}
