#include "services/queries/queries.h"

#include <mutex>
#include <vector>

#include "base/text.h"
#include "services/queries/ageing.h"
#include "services/queries/interpreter.h"
#include "services/queries/language.h"

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

// The administrators' session as the automation sees it.
class Admin final : public tsql::Connection {
 public:
  Admin(Session& session, tsql::Automation* automation) : session_(session), automation_(automation) {}
  sql::Database& database() override { return session_.database(); }
  Result<ResultSet> run_text(std::string_view text) override {
    return Interpreter(session_, automation_).run(text);
  }

 private:
  Session& session_;
  tsql::Automation* automation_;
};

const Limits kBackground{.time = std::chrono::minutes(10), .memory = 1'000'000'000, .rows = 1'000'000};

class OpenDoor final : public Queries {
 public:
  OpenDoor(const Options& options, Clock& clock, Log& log)
      : options_(options), clock_(clock), log_(log), models_(options.models) {}

  Status start() {
    auto opened = Session::open(options_.file.string(), Role::admin, options_.store, models_, clock_);
    if (!opened) return forward(opened);
    session_ = std::move(*opened);
    admin_ = std::make_unique<Admin>(*session_, options_.automation);
    if (auto made = make_ageing_tables(session_->database()); !made) return made;
    return options_.automation == nullptr ? Status() : options_.automation->attach(*this, *admin_);
  }

  Result<ResultSet> run(std::string_view text, Role role, const Limits& limits) override {
    if (role == Role::admin) {
      const std::lock_guard lock(admin_mutex_);
      const Running running(*session_, limits);
      return admin_->run_text(text);
    }
    auto session = take_reader();
    if (!session) return forward(session);
    auto answer = [&] {
      const Running running(**session, limits);
      return Interpreter(**session, options_.automation).run(text);
    }();
    give_back(std::move(*session));
    return answer;
  }

  Status as_admin(const std::function<Status(tsql::Connection&)>& work) override {
    const std::lock_guard lock(admin_mutex_);
    const Running running(*session_, kBackground);
    return work(*admin_);
  }

  Status beat() override {
    return as_admin([this](tsql::Connection& admin) -> Status {
      const auto gone = delete_aged(admin.database(), clock_.wall());
      if (!gone) {
        log_.warning(gone.error().what);
      } else if (*gone > 0) {
        log_.info(cat(*gone, " rows were deleted because of their age"));
      }
      return {};
    });
  }

 private:
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
  std::unique_ptr<Session> session_;  // the administrators'
  std::unique_ptr<Admin> admin_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Session>> readers_;
};

}  // namespace

Result<std::unique_ptr<Queries>> Queries::open(const Options& options, Clock& clock, Log& log) {
  auto door = std::make_unique<OpenDoor>(options, clock, log);
  if (auto started = door->start(); !started) return forward(started);
  return door;
}

}  // namespace oree::queries
