#include "services/jobs/output.h"

#include <algorithm>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/jobs/external.h"

namespace oree::jobs {
namespace {

json::Value json_of(const sql::Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return {};
}

const sql::Value* cell(const std::vector<std::string>& columns, const std::vector<sql::Value>& row,
                       std::string_view name) {
  const auto found = std::ranges::find_if(columns, [&](const std::string& c) { return iequals(c, name); });
  return found == columns.end() ? nullptr : &row[static_cast<size_t>(found - columns.begin())];
}

}  // namespace

Result<Output> Outputs::find(const std::string& name) {
  auto stream = find_external(database_, "STREAM", name);
  if (!stream) return forward(stream);
  Output output{.kind = Output::Kind::table, .name = name};
  if (*stream) {
    output.name = (**stream)["LOCATION"];
    auto source = find_external(database_, "DATA SOURCE", (**stream)["DATA_SOURCE"]);
    if (!source) return forward(source);
    const bool table = *source && (**source)["LOCATION"].starts_with("sqlserver://");
    if (!table) output.kind = Output::Kind::topic;
    if (table) output.name = std::string(split(output.name, '.').back());
  }
  if (output.kind == Output::Kind::table && iequals(output.name, "readings"))
    output.kind = Output::Kind::readings;
  if (output.kind == Output::Kind::topic && publisher_ == nullptr)
    return fail(ErrorKind::unavailable,
                cat("nothing can be published here, so '", name, "' cannot be written"));
  if (output.kind == Output::Kind::readings && store_ == nullptr)
    return fail(ErrorKind::unavailable, "there is no series store here");
  return output;
}

Status Outputs::put(Output& output, const std::vector<std::string>& columns,
                    const std::vector<sql::Value>& row) {
  switch (output.kind) {
    case Output::Kind::table:
      return put_in_table(output, columns, row);
    case Output::Kind::readings:
      return put_reading(output, columns, row);
    case Output::Kind::topic:
      break;
  }
  json::Value object{json::Object{}};
  for (size_t i = 0; i < columns.size(); ++i) object.set(columns[i], json_of(row[i]));
  return publisher_->publish(output.name, json::print(object));
}

Status Outputs::put_in_table(const Output& output, const std::vector<std::string>& columns,
                             const std::vector<sql::Value>& row) {
  std::string names, marks;
  for (const std::string& column : columns) {
    names += cat(names.empty() ? "" : ", ", sql::quoted_name(column));
    marks += marks.empty() ? "?" : ", ?";
  }
  const std::string table = sql::quoted_name(output.name);
  const auto there =
      ask(database_, "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", {output.name});
  if (!there) return forward(there);
  if (there->empty()) {
    if (auto made = database_.execute(cat("CREATE TABLE ", table, "(", names, ")")); !made) return made;
  }
  const auto put = ask(database_, cat("INSERT INTO ", table, "(", names, ") VALUES(", marks, ")"), row);
  if (put) return {};
  const ErrorKind kind = put.error().kind;
  const bool blocked =
      kind == ErrorKind::full || kind == ErrorKind::unavailable || kind == ErrorKind::corrupt;
  return fail(blocked ? kind : ErrorKind::invalid, put.error().what);
}

Status Outputs::put_reading(Output& output, const std::vector<std::string>& columns,
                            const std::vector<sql::Value>& row) {
  const auto *machine = cell(columns, row, "machine"), *sensor = cell(columns, row, "sensor"),
             *time = cell(columns, row, "time"), *value = cell(columns, row, "value");
  const auto when = time != nullptr ? tsql::time_of(*time) : std::nullopt;
  const auto* number = value != nullptr ? std::get_if<double>(value) : nullptr;
  const auto* whole = value != nullptr ? std::get_if<int64_t>(value) : nullptr;
  const auto* machine_name = machine != nullptr ? std::get_if<std::string>(machine) : nullptr;
  const auto* sensor_name = sensor != nullptr ? std::get_if<std::string>(sensor) : nullptr;
  if (!when || machine_name == nullptr || sensor_name == nullptr || (number == nullptr && whole == nullptr))
    return fail(ErrorKind::invalid, "a row for readings wants machine, sensor, time and a number as value");
  const auto id = store_->series(*machine_name, *sensor_name);
  if (!id) return forward(id);
  output.readings.push_back({*id, *when, number != nullptr ? *number : static_cast<double>(*whole)});
  return {};
}

Status Outputs::store(Output& output, std::string_view source, uint64_t position) {
  if (output.readings.empty()) return {};
  const auto done = store_->append(output.readings, source, position);
  if (!done) return forward(done);
  output.readings.clear();
  return {};
}

}  // namespace oree::jobs
