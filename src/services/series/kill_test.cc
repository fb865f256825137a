// A process that appends is killed at any moment; what it was told is stored, is.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "services/series/testing/temp_store.h"

namespace oree::series {
namespace {

using readings::Reading;
using readings::SeriesId;

constexpr uint64_t kPerBatch = 50;

Reading reading_of(SeriesId id, uint64_t batch, uint64_t i) {
  return {id, static_cast<int64_t>(batch) * readings::kMinute + static_cast<int64_t>(i),
          static_cast<double>(batch)};
}

// Appends for ever, closing hours now and then, and writes each acknowledged position into the pipe.
[[noreturn]] void append_for_ever(const std::filesystem::path& file, int pipe) {
  auto store = SqliteStore::open(file);
  if (!store) ::_exit(1);
  const SeriesId id = (*store)->series("m", "s").value_or(0);
  for (uint64_t batch = (*store)->position("test").value_or(0) + 1;; ++batch) {
    std::vector<Reading> readings;
    for (uint64_t i = 0; i < kPerBatch; ++i) readings.push_back(reading_of(id, batch, i));
    if (!(*store)->append(readings, "test", batch)) ::_exit(2);
    if (::write(pipe, &batch, sizeof batch) != sizeof batch) ::_exit(3);
    if (batch % 17 == 0 && !(*store)->close_hours({}, Closing::everything)) ::_exit(4);
  }
}

uint64_t run_and_kill(const std::filesystem::path& file, uint64_t batches) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    append_for_ever(file, ends[1]);
  }
  ::close(ends[1]);
  uint64_t acknowledged = 0, position = 0;
  for (uint64_t i = 0; i < batches && ::read(ends[0], &position, sizeof position) == sizeof position; ++i) {
    acknowledged = position;
  }
  ::kill(child, SIGKILL);
  while (::read(ends[0], &position, sizeof position) == sizeof position) acknowledged = position;
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  REQUIRE(WIFSIGNALED(status));
  return acknowledged;
}

TEST_CASE("KillingTheWriterLosesNothingThatWasAcknowledged") {
  testing::TempStore temp;
  uint64_t seen_before = 0;
  for (uint64_t round = 1; round <= 8; ++round) {
    const uint64_t acknowledged = run_and_kill(temp.file(), round * 7);
    temp.reopen();
    const uint64_t position = temp.store().position("test").value_or(0);
    REQUIRE(position >= acknowledged);
    REQUIRE(position <= acknowledged + 1);  // the one in flight may have made it
    REQUIRE(position > seen_before);
    seen_before = position;
    auto view = temp.store().view();
    REQUIRE(view);
    const SeriesId wanted[] = {1};
    uint64_t next = 0;
    REQUIRE((*view)->points(wanted, {}, [&](SeriesId, std::span<const readings::Point> points) -> Status {
      for (const readings::Point& point : points) {
        const Reading expected = reading_of(1, next / kPerBatch + 1, next % kPerBatch);
        if (point.time != expected.time) return fail(ErrorKind::bug, "a reading is missing or came twice");
        ++next;
      }
      return {};
    }));
    CHECK(next == position * kPerBatch);
    uint64_t counted = 0;
    REQUIRE((*view)->buckets(wanted, {}, readings::Level::minute,
                             [&](SeriesId, std::span<const readings::Bucket> buckets) -> Status {
                               for (const readings::Bucket& bucket : buckets) counted += bucket.count;
                               return {};
                             }));
    CHECK(counted == next);
  }
}

}  // namespace
}  // namespace oree::series
