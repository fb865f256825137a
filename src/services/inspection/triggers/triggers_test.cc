#include <doctest/doctest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "services/inspection/triggers/trigger_source.h"

using namespace oree;
using namespace oree::inspection;
namespace fs = std::filesystem;

namespace {

// Counts what fires and lets the test wait for the n-th.
struct Shots {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> sources;
  bool accept = true;
  int refused = 0;

  Fire fire() {
    return [this](Trigger trigger, Inspector::Pushed) {
      const std::lock_guard lock(mutex);
      changed.notify_all();
      if (!accept) {
        ++refused;
        return false;
      }
      sources.push_back(trigger.detail);
      return true;
    };
  }
  bool reach(size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return sources.size() >= count; });
  }
};

}  // namespace

TEST_CASE("ATimerFiresAgainAndAgainUntilItIsDestroyed") {
  Shots shots;
  SystemClock clock;
  auto timer = start_timer(milliseconds(1), clock, shots.fire());
  CHECK(shots.reach(5));
  timer.reset();
  const size_t count = shots.sources.size();
  CHECK(count >= 5);
}

TEST_CASE("ANewPictureIsTakenOnceItIsComplete") {
  Shots shots;
  NullLog log;
  const fs::path folder = fs::temp_directory_path() / ("oree-triggers-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "already.jpg") << "there";
  {
    auto watch = watch_folder(folder, "hand", 1000, log, shots.fire());
    REQUIRE(watch);
    CHECK(shots.reach(1));
    std::ofstream(folder / "ignored.txt") << "text";
    std::ofstream(folder / "new.jpg") << "picture";
    CHECK(shots.reach(2));
    std::ofstream(folder / ".part") << "moved in";
    fs::rename(folder / ".part", folder / "moved.png");
    CHECK(shots.reach(3));
  }
  CHECK(shots.sources == std::vector<std::string>{"already.jpg", "new.jpg", "moved.png"});
  fs::remove_all(folder);
}

TEST_CASE("APictureThatCouldNotBeStoredIsTriedAgain") {
  Shots shots;
  shots.accept = false;
  NullLog log;
  const fs::path folder = fs::temp_directory_path() / ("oree-triggers-again-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "a.jpg") << "picture";
  {
    auto watch = watch_folder(folder, "hand", 1000, log, shots.fire());
    REQUIRE(watch);
    std::unique_lock lock(shots.mutex);
    CHECK(shots.changed.wait_for(lock, std::chrono::seconds(20), [&] { return shots.refused > 0; }));
    shots.accept = true;
    lock.unlock();
    CHECK(shots.reach(1));
  }
  fs::remove_all(folder);
}

TEST_CASE("AFolderThatDoesNotExistIsNamed") {
  Shots shots;
  NullLog log;
  const auto watch = watch_folder("/nonexistent/inbox", "hand", 1000, log, shots.fire());
  REQUIRE_FALSE(watch);
  CHECK(watch.error().what.find("/nonexistent/inbox") != std::string::npos);
}
