#include "services/jobs/procedures.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "services/jobs/schedules/schedules.h"

namespace oree::jobs {
namespace {

struct Known {
  std::string_view name;
  std::array<std::string_view, 4> parameters;  // in the order they may come without a name
};

constexpr std::array<Known, 8> kProcedures{{
    {"sp_create_streaming_job", {"@name", "@statement"}},
    {"sp_start_streaming_job", {"@name"}},
    {"sp_stop_streaming_job", {"@name"}},
    {"sp_drop_streaming_job", {"@name"}},
    {"sp_get_streaming_job", {"@name"}},
    {"sp_create_schedule", {"@name", "@cron", "@statement", "@every"}},
    {"sp_drop_schedule", {"@name"}},
    {"sp_get_schedules", {}},
}};

std::string text_of(const sql::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<int64_t>(&value)) return cat(*whole);
  if (const auto* real = std::get_if<double>(&value)) return cat(*real);
  return {};
}

Result<const Known*> find_procedure(const Token& token) {
  std::vector<std::string> names;
  for (const Known& known : kProcedures) {
    if (iequals(known.name, token.text)) return &known;
    names.emplace_back(known.name);
  }
  return fail_at(token, cat("there is no procedure ", token.text, did_you_mean(token.text, names)));
}

}  // namespace

Result<Call> parse_call(TokenSpan statement, const std::function<Result<sql::Value>(TokenSpan)>& value_of) {
  size_t next = 1;
  while (next + 2 < statement.size() && statement[next].names() && statement[next + 1].is(".")) next += 2;
  if (next >= statement.size() || !statement[next].names())
    return fail_behind(statement, "EXEC wants the name of a procedure");
  const auto known = find_procedure(statement[next]);
  if (!known) return forward(known);
  Call call{.procedure = lower(statement[next].text)};
  const TokenSpan rest = statement.subspan(next + 1);
  if (rest.empty()) return call;
  size_t place = 0;
  for (TokenSpan piece : split_at_commas(rest)) {
    if (piece.empty()) return fail_behind(statement, "a value is missing between commas");
    std::string name;
    const auto& parameters = (*known)->parameters;
    if (piece.size() > 2 && piece[0].kind == TokenKind::variable && piece[1].is("=")) {
      name = lower(piece[0].text);
      if (std::ranges::find(parameters, name) == parameters.end()) {
        return fail_at(piece[0], cat((*known)->name, " has no ", piece[0].text));
      }
      piece = piece.subspan(2);
    } else if (place < parameters.size() && !parameters[place].empty()) {
      name = parameters[place];
    } else {
      return fail_at(piece[0], cat((*known)->name, " takes no more values"));
    }
    ++place;
    const auto value = value_of(piece);
    if (!value) return forward(value);
    call.named[name] = text_of(*value);
  }
  return call;
}

bool only_reads(const Call& call) {
  return call.procedure.starts_with("sp_get_");
}

Result<ResultSet> execute_call(const Call& call, sql::Database& database, Jobs& jobs, WallTime now) {
  const auto given = [&](const char* name) {
    const auto found = call.named.find(name);
    return found == call.named.end() ? std::string() : found->second;
  };
  const std::string name = given("@name");
  if (call.procedure == "sp_get_schedules") return list_schedules(database);
  if (call.procedure == "sp_get_streaming_job") return describe_job(database, name);
  Status done;
  if (call.procedure == "sp_create_schedule") {
    const std::string every = given("@every");
    const std::string rule = every.empty() ? given("@cron") : cat("@every ", every);
    done = add_schedule(database, {name, rule, given("@statement")}, now);
  } else if (call.procedure == "sp_drop_schedule") {
    done = drop_schedule(database, name);
  } else if (call.procedure == "sp_create_streaming_job") {
    done = jobs.create(name, given("@statement"));
  } else if (call.procedure == "sp_start_streaming_job") {
    done = jobs.start(name);
  } else if (call.procedure == "sp_stop_streaming_job") {
    done = jobs.stop(name);
  } else {
    done = jobs.drop(name);
  }
  if (!done) return forward(done);
  return ResultSet{.note = cat(call.procedure, " '", name, "': done")};
}

}  // namespace oree::jobs
