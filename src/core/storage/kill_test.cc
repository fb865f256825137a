// A real process on a real disk, killed in the middle of its work, again and again; and a real disk that
// fills.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "base/text.h"
#include "core/storage/record_store.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::storage {
namespace {

using files::testing::TempFolder;

constexpr int kThreads = 3;
const StoreOptions kOptions{.max_bytes = 200'000'000, .min_free = 0, .segment_bytes = 1 << 20};

std::shared_ptr<const ByteBuffer> image(std::string_view text) {
  auto bytes = std::make_shared<ByteBuffer>(20'000, std::byte{7});
  std::ranges::copy(as_bytes(text), bytes->begin());
  return bytes;
}

// Commits for ever, and tells through the pipe what was acknowledged: "id digest\n".
[[noreturn]] void commit_until_killed(const files::Path& folder, int life, int pipe) {
  files::RealDisk disk;
  const SystemClock clock;
  NullLog log;
  auto store = RecordStore::open(folder, kOptions, disk, clock, log);
  if (!store) ::_exit(1);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const std::string id = cat(life, "-", t, "-", i);
        const auto digest = (*store)->put_blob(image(i % 5 == 0 ? "shared" : id));
        if (!digest) ::_exit(2);
        if (!(*store)->commit({id, clock.wall(), "body of " + id, {{"life", cat(life)}}, {*digest}}))
          ::_exit(3);
        const std::string line = cat(id, " ", digest->hex(), "\n");
        if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(4);
      }
    });
  }
  threads.clear();
  ::_exit(0);
}

// Reads acknowledgements until `lines` have come, kills the child, and reads what it had still written.
std::string kill_after(pid_t child, int pipe, size_t lines) {
  std::string text;
  bool killed = false;
  while (true) {
    char buffer[4096];
    const ssize_t got = ::read(pipe, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
    if (!killed && static_cast<size_t>(std::ranges::count(text, '\n')) >= lines) {
      REQUIRE(::kill(child, SIGKILL) == 0);
      killed = true;
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  return text;
}

TEST_CASE("EveryAcknowledgedRecordSurvivesKillMinusNine") {
  const TempFolder folder;
  files::RealDisk disk;
  const SystemClock clock;
  NullLog log;
  std::map<std::string, Digest> acknowledged;
  std::mt19937 random(1);
  for (int life = 0; life < 22; ++life) {
    CAPTURE(life);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) commit_until_killed(folder.path(), life, ends[1]);
    ::close(ends[1]);
    const std::string text = kill_after(child, ends[0], 1 + random() % 60);
    ::close(ends[0]);
    for (const std::string_view line : split(text, '\n')) {
      const auto words = split(line, ' ');
      if (words.size() == 2) acknowledged[std::string(words[0])] = *crypto::parse_digest(words[1]);
    }
    auto store = RecordStore::open(folder.path(), kOptions, disk, clock, log);
    if (!store) FAIL(store.error().what);
    for (const auto& [id, digest] : acknowledged) {
      if ((*store)->find(id).value_or("") != "body of " + id) FAIL(cat(id, " was acknowledged and is lost"));
      const auto bytes = (*store)->blob(digest);
      if (!bytes) FAIL(bytes.error().what);
    }
    CHECK((*store)->count({}).value() >= acknowledged.size());
  }
  CHECK(acknowledged.size() > 100);
}

TEST_CASE("ARealDiskThatFillsUpRefusesThenGoesOn") {
  const TempFolder folder;
  if (::geteuid() != 0 || ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=16m") != 0) {
    MESSAGE("skipped: mounting a small tmpfs needs root");
    return;
  }
  {
    const files::Path ballast = folder.path() / "ballast";
    std::ofstream(ballast) << std::string(4'000'000, 'x');
    files::RealDisk disk;
    const SystemClock clock;
    NullLog log;
    const auto open = [&] { return RecordStore::open(folder.path() / "store", kOptions, disk, clock, log); };
    auto store = open();
    REQUIRE(store);
    std::map<std::string, Digest> acknowledged;
    const auto commit = [&](const std::string& id) -> Status {
      const auto digest = (*store)->put_blob(image(id));
      if (!digest) return forward(digest);
      auto done = (*store)->commit({id, clock.wall(), "body of " + id, {}, {*digest}});
      if (done) acknowledged[id] = *digest;
      return done;
    };
    Status status;
    for (int i = 0; i < 2000 && status; ++i) status = commit(cat(i));
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::full);
    CHECK(acknowledged.size() > 50);
    std::filesystem::remove(ballast);
    status = commit("again");
    for (int i = 0; i < 50 && !status; ++i) {  // the checkpointer tries once a second
      std::this_thread::yield();
      (void)(*store)->count({});
      status = commit("again");
    }
    CHECK(status);
    store->reset();
    store = open();
    REQUIRE(store);
    for (const auto& [id, digest] : acknowledged) {
      CHECK((*store)->find(id).value_or("") == "body of " + id);
      CHECK((*store)->blob(digest));
    }
  }
  CHECK(::umount(folder.path().c_str()) == 0);
}

}  // namespace
}  // namespace oree::storage
