#include "services/jobs/automation.h"

#include "base/text.h"
#include "services/jobs/external.h"
#include "services/jobs/jobs.h"
#include "services/jobs/procedures.h"
#include "services/jobs/schedules/schedules.h"

namespace oree::jobs {
namespace {

bool is_external(TokenSpan statement) {
  return statement.size() > 1 && (statement[0].is_word("CREATE") || statement[0].is_word("DROP")) &&
         statement[1].is_word("EXTERNAL");
}

bool is_call(TokenSpan statement) {
  return !statement.empty() && (statement[0].is_word("EXEC") || statement[0].is_word("EXECUTE"));
}

class OwnAutomation final : public Automation {
 public:
  OwnAutomation(const Options& options, Clock& clock, Log& log)
      : options_(options), clock_(clock), log_(log) {}

  Status attach(tsql::Door& door, tsql::Connection& admin) override {
    door_ = &door;
    if (auto made = make_external_table(admin.database()); !made) return made;
    if (auto made = make_job_tables(admin.database()); !made) return made;
    if (auto made = make_schedule_table(admin.database()); !made) return made;
    jobs_ = std::make_unique<Jobs>(admin, options_.store, options_.publisher);
    return door.as_admin([this](tsql::Connection&) { return jobs_->load(); });
  }

  bool takes(TokenSpan statement) const override { return is_external(statement) || is_call(statement); }

  Result<ResultSet> run(const Request& request) override {
    const Token& place = request.statement[0];
    auto done = is_call(request.statement) ? call(request) : external(request);
    if (!done && done.error().what.starts_with("line ")) return done;
    if (!done) return fail(done.error().kind, fail_at(place, done.error().what).error().what);
    return done;
  }

  Status deliver(std::span<const Message> messages) override {
    return door_->as_admin([&](tsql::Connection&) { return jobs_->deliver(messages); });
  }

  Result<uint64_t> needed_position() override {
    uint64_t position = 0;
    const auto asked = door_->as_admin([&](tsql::Connection&) -> Status {
      position = jobs_->needed_position();
      return {};
    });
    if (!asked) return forward(asked);
    return position;
  }

  Status beat() override {
    std::vector<Schedule> due;
    const auto asked = door_->as_admin([&](tsql::Connection& admin) -> Status {
      auto found = due_schedules(admin.database(), clock_.wall());
      if (!found) return forward(found);
      due = std::move(*found);
      return {};
    });
    if (!asked) return asked;
    for (const Schedule& schedule : due) {
      // Each in a turn of its own: a transaction that it leaves open must not take the note along.
      const Status ran = door_->as_admin([&](tsql::Connection& admin) -> Status {
        const auto answer = admin.run_text(schedule.statement);
        return answer ? Status() : forward(answer);
      });
      if (!ran) log_.warning(cat("schedule '", schedule.name, "': ", ran.error().what));
      const auto noted = door_->as_admin(
          [&](tsql::Connection& admin) { return note_run(admin.database(), schedule, clock_.wall(), ran); });
      if (!noted) return noted;
    }
    return {};
  }

  Result<std::optional<WallTime>> next_beat() override {
    std::optional<WallTime> next;
    const auto asked = door_->as_admin([&](tsql::Connection& admin) -> Status {
      auto found = next_schedule(admin.database());
      if (!found) return forward(found);
      next = *found;
      return {};
    });
    if (!asked) return forward(asked);
    return next;
  }

 private:
  static Status need_admin(const Request& request) {
    if (request.admin) return {};
    return fail(ErrorKind::denied, "this needs the role admin; readers may only ask");
  }

  static Result<ResultSet> external(const Request& request) {
    if (auto may = need_admin(request); !may) return forward(may);
    const bool create = request.statement[0].is_word("CREATE");
    const auto parsed =
        create ? parse_create_external(request.statement) : parse_drop_external(request.statement);
    if (!parsed) return forward(parsed);
    const Status done = create ? create_external(request.database, *parsed)
                               : drop_external(request.database, parsed->kind, parsed->name);
    if (!done) return forward(done);
    return ResultSet{.note = cat("external ", lower(parsed->kind), " '", parsed->name,
                                 create ? "' created" : "' dropped")};
  }

  Result<ResultSet> call(const Request& request) {
    const auto parsed = parse_call(request.statement, request.value_of);
    if (!parsed) return forward(parsed);
    if (!only_reads(*parsed)) {
      if (auto may = need_admin(request); !may) return forward(may);
    }
    return execute_call(*parsed, request.database, *jobs_, clock_.wall());
  }

  Options options_;
  Clock& clock_;
  Log& log_;
  tsql::Door* door_ = nullptr;
  std::unique_ptr<Jobs> jobs_;
};

}  // namespace

std::unique_ptr<Automation> Automation::create(const Options& options, Clock& clock, Log& log) {
  return std::make_unique<OwnAutomation>(options, clock, log);
}

}  // namespace oree::jobs
