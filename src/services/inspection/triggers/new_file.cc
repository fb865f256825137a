// inotify(7): IN_CLOSE_WRITE and IN_MOVED_TO mean that a file is complete. An eventfd wakes the thread to
// stop.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <thread>

#include "base/text.h"
#include "services/inspection/cameras/folder_camera.h"
#include "services/inspection/triggers/trigger_source.h"

namespace oree::inspection {
namespace fs = std::filesystem;
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class FolderWatch final : public TriggerSource {
 public:
  FolderWatch(fs::path folder, std::string camera, uint64_t max_bytes, int notify, Log& log, Fire fire)
      : folder_(std::move(folder)),
        camera_(std::move(camera)),
        max_bytes_(max_bytes),
        notify_(notify),
        wake_(::eventfd(0, EFD_CLOEXEC)),
        log_(log),
        fire_(std::move(fire)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  ~FolderWatch() override {
    thread_.request_stop();
    const uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) log_.warning("folder trigger: cannot wake its thread");
    thread_.join();
  }

  TriggerStatus status() const override {
    return {"new_file", cat("new pictures in ", folder_.string(), " for camera '", camera_, "'"),
            fired_.load(), 0};
  }

 private:
  static constexpr int kRetryMs = 1000;

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Scan scan = take_new(stop);
      if (scan == Scan::more) continue;
      std::array<pollfd, 2> wait{pollfd{notify_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
      ::poll(wait.data(), wait.size(), scan == Scan::done ? -1 : kRetryMs);
    }
  }

  enum class Scan { done, more, retry };

  // The folder itself says what is there; the events, read after it, say what is still being written. Events
  // that came meanwhile may speak of files not yet listed, hence `more`.
  Scan take_new(const std::stop_token& stop) {
    std::error_code error;
    std::set<std::string> present;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
      if (is_picture_name(entry.path())) present.insert(entry.path().filename().string());
    }
    const bool events = drain();
    std::erase_if(taken_, [&](const std::string& name) { return !present.contains(name); });
    for (const auto& name : present) {
      if (stop.stop_requested()) return Scan::done;
      if (taken_.contains(name) || writing_.contains(name)) continue;
      if (!take(name)) return Scan::retry;
    }
    return events ? Scan::more : Scan::done;
  }

  bool take(const std::string& name) {
    auto bytes = read_picture(folder_ / name, max_bytes_);
    if (!bytes) {
      log_.warning(cat("folder trigger: ", bytes.error().what));
      taken_.insert(name);
      return true;
    }
    Inspector::Pushed pushed;
    pushed.emplace(camera_, Frame{std::move(*bytes), name, ""});
    if (!fire_({"new_file", name}, std::move(pushed))) return false;
    taken_.insert(name);
    ++fired_;
    return true;
  }

  // Files that are open for writing wait for their close event. True when there were events.
  bool drain() {
    bool any = false;
    alignas(inotify_event) std::array<char, 16 << 10> buffer{};
    while (true) {
      const ssize_t got = ::read(notify_.get(), buffer.data(), buffer.size());
      if (got <= 0) return any;
      any = true;
      for (ssize_t at = 0; at < got;) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* raw = buffer.data() + at + sizeof event;
        const std::string name(raw, event.len > 0 ? ::strnlen(raw, event.len) : 0);
        if ((event.mask & IN_CREATE) != 0) {
          writing_.insert(name);
        } else {
          writing_.erase(name);
        }
        if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) taken_.erase(name);
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
  }

  fs::path folder_;
  std::string camera_;
  uint64_t max_bytes_;
  Descriptor notify_;
  Descriptor wake_;
  Log& log_;
  Fire fire_;
  std::set<std::string> taken_;
  std::set<std::string> writing_;
  std::atomic<uint64_t> fired_{0};
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<TriggerSource>> watch_folder(const fs::path& folder, const std::string& camera,
                                                    uint64_t max_bytes, Log& log, Fire fire) {
  const int notify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (notify < 0) return fail(ErrorKind::unavailable, cat("cannot watch folders: ", std::strerror(errno)));
  constexpr uint32_t kMask = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM;
  if (::inotify_add_watch(notify, folder.c_str(), kMask) < 0) {
    const std::string why = std::strerror(errno);
    ::close(notify);
    return fail(ErrorKind::not_found, cat("trigger folder '", folder.string(), "': ", why));
  }
  return std::make_unique<FolderWatch>(folder, camera, max_bytes, notify, log, std::move(fire));
}

}  // namespace oree::inspection
