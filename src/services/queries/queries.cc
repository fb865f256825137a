#include "services/queries/queries.h"

#include <mutex>
#include <vector>

#include "base/text.h"
#include "services/queries/ageing.h"
#include "services/queries/interpreter.h"
#include "services/queries/own_tables.h"
#include "services/queries/schedules/schedules.h"

namespace oree::queries {
namespace {

// Ends the run whatever happens on the way; an admin's open transaction is rolled back.
class Running {
 public:
  Running(Session& session, const Limits& limits) : session_(session) { session_.begin(limits); }
  ~Running() {
    session_.end();
    if (session_.role() == Role::admin) (void)session_.database().execute("ROLLBACK");
  }

 private:
  Session& session_;
};

const Limits kBackground{.time = std::chrono::minutes(10), .memory = 1'000'000'000, .rows = 1'000'000};

class Door final : public Queries {
 public:
  Door(const Options& options, Clock& clock, Log& log)
      : options_(options), clock_(clock), log_(log), models_(options.models) {}

  Status start() {
    auto admin = Session::open(options_.file.string(), Role::admin, options_.store, models_, clock_);
    if (!admin) return forward(admin);
    admin_ = std::move(*admin);
    if (auto made = make_own_tables(admin_->database()); !made) return made;
    jobs_ = std::make_unique<streams::Jobs>(*admin_, options_.store, options_.publisher);
    return jobs_->load();
  }

  Result<ResultSet> run(std::string_view text, Role role, const Limits& limits) override {
    if (role == Role::admin) {
      const std::lock_guard lock(admin_mutex_);
      return run_as_admin(text, limits);
    }
    auto session = take_reader();
    if (!session) return forward(session);
    auto answer = [&] {
      const Running running(**session, limits);
      return Interpreter(**session, nullptr).run(text);
    }();
    give_back(std::move(*session));
    return answer;
  }

  Status deliver(std::span<const streams::Message> messages) override {
    const std::lock_guard lock(admin_mutex_);
    const Running running(*admin_, kBackground);
    return jobs_->deliver(messages);
  }

  Result<uint64_t> needed_position() override {
    const std::lock_guard lock(admin_mutex_);
    return jobs_->needed_position();
  }

  Status beat() override {
    const std::lock_guard lock(admin_mutex_);
    const WallTime now = clock_.wall();
    const auto gone = delete_aged(admin_->database(), now);
    if (!gone) {
      log_.warning(gone.error().what);
    } else if (*gone > 0) {
      log_.info(cat(*gone, " rows were deleted because of their age"));
    }
    const auto due = due_schedules(admin_->database(), now);
    if (!due) return forward(due);
    for (const Schedule& schedule : *due) {
      const auto ran = run_as_admin(schedule.statement, kBackground);
      if (!ran) log_.warning(cat("schedule '", schedule.name, "': ", ran.error().what));
      const Status outcome = ran ? Status() : Status(forward(ran));
      if (auto noted = note_run(admin_->database(), schedule, now, outcome); !noted) return noted;
    }
    return {};
  }

  Result<WallTime> next_beat() override {
    const std::lock_guard lock(admin_mutex_);
    const auto next = next_schedule(admin_->database());
    if (!next) return forward(next);
    const WallTime hour = clock_.wall() + std::chrono::hours(1);
    return *next ? std::min(**next, hour) : hour;
  }

 private:
  Result<ResultSet> run_as_admin(std::string_view text, const Limits& limits) {
    const Running running(*admin_, limits);
    return Interpreter(*admin_, jobs_.get()).run(text);
  }

  Result<std::unique_ptr<Session>> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        auto session = std::move(readers_.back());
        readers_.pop_back();
        return session;
      }
    }
    return Session::open(options_.file.string(), Role::reader, options_.store, models_, clock_);
  }

  void give_back(std::unique_ptr<Session> session) {
    constexpr size_t kIdle = 4;
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < kIdle) readers_.push_back(std::move(session));
  }

  Options options_;
  Clock& clock_;
  Log& log_;
  ModelCache models_;
  std::mutex admin_mutex_;
  std::unique_ptr<Session> admin_;
  std::unique_ptr<streams::Jobs> jobs_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Session>> readers_;
};

}  // namespace

Result<std::unique_ptr<Queries>> Queries::open(const Options& options, Clock& clock, Log& log) {
  auto door = std::make_unique<Door>(options, clock, log);
  if (auto started = door->start(); !started) return forward(started);
  return door;
}

}  // namespace oree::queries
