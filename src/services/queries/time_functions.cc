#include "services/queries/time_functions.h"

#include "base/text.h"
#include "platform/sql/functions.h"
#include "services/queries/language.h"

namespace oree::queries {
namespace {

using sql::Answer;
using sql::Arguments;

void give_time(Micros time, bool as_text, Answer& out) {
  if (as_text) {
    out.text(iso_text(WallTime(microseconds(time))));
  } else {
    out.integer(time);
  }
}

bool is_text(const Arguments& in, size_t i) {
  return in.type(i) == sql::Type::text;
}

Result<Unit> need_unit(std::string_view function, const Arguments& in) {
  const auto unit = unit_of(in.text(0));
  if (unit) return *unit;
  return fail(ErrorKind::invalid,
              cat(function, ": '", in.text(0),
                  "' is no unit; there are second, minute, hour, day, week, month, quarter, year"));
}

Status time_bucket(const Arguments& in, Answer& out) {
  if (in.size() != 2 && in.size() != 3)
    return fail(ErrorKind::invalid, "call it as time_bucket(step, time [, origin])");
  const auto step = step_of(in, 0);
  if (!step)
    return fail(ErrorKind::invalid, "time_bucket: the step is microseconds or as '5min', above zero");
  const auto time = time_of(in, 1);
  if (!time) return {};
  const auto origin = in.size() == 3 ? time_of(in, 2) : Micros{0};
  if (origin) give_time(readings::floor_to(*time, *step, *origin), is_text(in, 1), out);
  return {};
}

Status date_bucket(const Arguments& in, Answer& out) {
  if (in.size() != 3 && in.size() != 4)
    return fail(ErrorKind::invalid, "call it as DATE_BUCKET(unit, count, time [, origin])");
  const auto unit = need_unit("DATE_BUCKET", in);
  if (!unit) return forward(unit);
  if (in.integer(1) < 1) return fail(ErrorKind::invalid, "DATE_BUCKET: the count must be above zero");
  const auto time = time_of(in, 2);
  const auto origin = in.size() == 4 ? time_of(in, 3) : kYear1900;
  if (time && origin) give_time(bucket_start(*unit, in.integer(1), *time, *origin), is_text(in, 2), out);
  return {};
}

Status dateadd(const Arguments& in, Answer& out) {
  const auto unit = need_unit("DATEADD", in);
  if (!unit) return forward(unit);
  const auto time = time_of(in, 2);
  if (time && !in.is_null(1)) give_time(add_units(*unit, in.integer(1), *time), is_text(in, 2), out);
  return {};
}

Status datediff(const Arguments& in, Answer& out) {
  const auto unit = need_unit("DATEDIFF", in);
  if (!unit) return forward(unit);
  const auto from = time_of(in, 1), to = time_of(in, 2);
  if (from && to) out.integer(units_between(*unit, *from, *to));
  return {};
}

Status datepart(const Arguments& in, Answer& out) {
  const auto unit = need_unit("DATEPART", in);
  if (!unit) return forward(unit);
  if (const auto time = time_of(in, 1)) out.integer(part_of(*unit, *time));
  return {};
}

Status datetrunc(const Arguments& in, Answer& out) {
  const auto unit = need_unit("DATETRUNC", in);
  if (!unit) return forward(unit);
  if (const auto time = time_of(in, 1)) give_time(bucket_start(*unit, 1, *time, 0), is_text(in, 1), out);
  return {};
}

Status to_time(const Arguments& in, Answer& out) {
  if (const auto time = time_of(in, 0)) out.integer(*time);
  return {};
}

Status to_iso(const Arguments& in, Answer& out) {
  if (const auto time = time_of(in, 0)) give_time(*time, true, out);
  return {};
}

}  // namespace

Status add_time_functions(sql::Database& database, const std::shared_ptr<RunContext>& context) {
  const auto now = [context](bool as_text) {
    return [context, as_text](const Arguments&, Answer& out) -> Status {
      give_time(context->clock().wall().time_since_epoch().count(), as_text, out);
      return {};
    };
  };
  struct Row {
    const char* name;
    int arguments;
    sql::Scalar function;
    sql::Purity purity = sql::Purity::pure;
  };
  const Row rows[] = {
      {"time_bucket", -1, time_bucket},
      {"date_bucket", -1, date_bucket},
      {"dateadd", 3, dateadd},
      {"datediff", 3, datediff},
      {"datepart", 2, datepart},
      {"datetrunc", 2, datetrunc},
      {"to_time", 1, to_time},
      {"to_iso", 1, to_iso},
      {"getdate", 0, now(true), sql::Purity::changing},
      {"getutcdate", 0, now(true), sql::Purity::changing},
      {"sysutcdatetime", 0, now(true), sql::Purity::changing},
      {"sysdatetime", 0, now(true), sql::Purity::changing},
      {"now_us", 0, now(false), sql::Purity::changing},
  };
  for (const Row& row : rows) {
    if (auto added = sql::add_scalar(database, row.name, row.arguments, row.function, row.purity); !added)
      return added;
  }
  return {};
}

}  // namespace oree::queries
