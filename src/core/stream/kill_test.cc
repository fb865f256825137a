// A real process on a real disk, killed in the middle of its work, again and again; and a real disk that
// fills. OREE_LONG_TESTS=1 makes it 300 times.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "base/text.h"
#include "core/stream/stream.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::stream {
namespace {

using files::testing::TempFolder;

Options small() {
  return {.max_bytes = 8 << 20, .min_free = 0, .segment_bytes = 256 << 10};
}

// Appends for ever, and tells through the pipe the newest position that is durable.
[[noreturn]] void append_until_killed(const files::Path& folder, int pipe) {
  files::RealDisk disk;
  NullLog log;
  Options options = small();
  options.on_durable = [pipe](Position position) {
    if (::write(pipe, &position, sizeof position) != sizeof position) ::_exit(4);
  };
  auto stream = Stream::open(folder, options, disk, log);
  if (!stream) ::_exit(1);
  std::mt19937 random(static_cast<unsigned>((*stream)->stats().next));
  while (true) {
    const Position next = (*stream)->stats().next;
    std::string text = cat(next, " ");
    text.resize(text.size() + random() % 600, 'k');
    const ByteView part = as_bytes(text);
    if (!(random() % 8 == 0 ? (*stream)->commit({&part, 1}) : (*stream)->append({&part, 1}))) ::_exit(2);
    if (next > 2000) (*stream)->trim(next - 2000);
  }
}

Position kill_after(pid_t child, int pipe, unsigned tells) {
  Position newest = 0;
  Position told = 0;
  for (unsigned seen = 0; ::read(pipe, &told, sizeof told) == sizeof told;) {
    newest = told;
    if (++seen == tells) REQUIRE(::kill(child, SIGKILL) == 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  return newest;
}

TEST_CASE("EveryDurableEntrySurvivesKillMinusNine") {
  const TempFolder folder;
  files::RealDisk disk;
  NullLog log;
  std::mt19937 random(7);
  const int lives = std::getenv("OREE_LONG_TESTS") != nullptr ? 300 : 12;
  for (int life = 0; life < lives; ++life) {
    CAPTURE(life);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) append_until_killed(folder.path() / "s", ends[1]);
    ::close(ends[1]);
    const Position newest = kill_after(child, ends[0], static_cast<unsigned>(1 + random() % 40));
    ::close(ends[0]);
    auto stream = Stream::open(folder.path() / "s", small(), disk, log);
    if (!stream) FAIL(stream.error().what);
    const Stats stats = (*stream)->stats();
    CHECK(stats.durable >= newest);
    CHECK(stats.lost == 0);
    CHECK(stats.first + 2100 > std::min<Position>(newest, 2100));
    const auto reader = (*stream)->reader(1);
    for (Position at = stats.first; at <= stats.durable; ++at) {
      const auto entry = reader->next();
      if (!entry) FAIL(entry.error().what);
      REQUIRE(entry->position == at);
      REQUIRE(as_text(entry->bytes).starts_with(cat(at, " ")));
    }
  }
}

TEST_CASE("ARealDiskThatFillsUpRefusesThenGoesOn") {
  const TempFolder folder;
  if (::geteuid() != 0 || ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=3m") != 0) {
    MESSAGE("skipped: mounting a small tmpfs needs root");
    return;
  }
  {
    files::RealDisk disk;
    NullLog log;
    auto stream = Stream::open(folder.path() / "s", small(), disk, log);
    REQUIRE(stream);
    const std::string text(2000, 'x');
    const ByteView part = as_bytes(text);
    Result<Position> at = 0;
    Position last = 0;
    while ((at = (*stream)->append({&part, 1}))) last = *at;
    CHECK(at.error().kind == ErrorKind::full);
    CHECK(last > 900);
    CHECK((*stream)->wait_durable(last));
    (*stream)->trim(last);
    CHECK((*stream)->commit({&part, 1}).value() == last + 1);
    stream->reset();
    stream = Stream::open(folder.path() / "s", small(), disk, log);
    REQUIRE(stream);
    CHECK((*stream)->stats().first == last);
    CHECK((*stream)->stats().next == last + 2);
  }
  CHECK(::umount(folder.path().c_str()) == 0);
}

}  // namespace
}  // namespace oree::stream
