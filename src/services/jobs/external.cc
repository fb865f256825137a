#include "services/jobs/external.h"

#include <algorithm>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::jobs {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// Kind and name behind CREATE EXTERNAL or DROP EXTERNAL; `next` is what follows them.
Result<External> parse_head(TokenSpan statement, size_t& next) {
  External external;
  const auto word = [&](size_t i, std::string_view text) {
    return i < statement.size() && statement[i].is_word(text);
  };
  if (word(2, "STREAM")) {
    external.kind = "STREAM";
    next = 3;
  } else if (word(2, "FILE") && word(3, "FORMAT")) {
    external.kind = "FILE FORMAT";
    next = 4;
  } else if (word(2, "DATA") && word(3, "SOURCE")) {
    external.kind = "DATA SOURCE";
    next = 4;
  } else {
    return fail_behind(statement, "EXTERNAL stands before FILE FORMAT, DATA SOURCE or STREAM");
  }
  if (next >= statement.size() || !statement[next].names()) {
    return fail_behind(statement.first(std::min(next, statement.size())),
                       cat("the name of the ", lower(external.kind), " is missing"));
  }
  external.name = statement[next++].text;
  return external;
}

}  // namespace

Result<External> parse_create_external(TokenSpan statement) {
  size_t next = 0;
  auto external = parse_head(statement, next);
  if (!external) return external;
  // A stream may list its columns; JSON tells them anyway.
  if (next < statement.size() && statement[next].is("(")) next = closing(statement, next) + 1;
  if (next + 1 >= statement.size() || !statement[next].is_word("WITH") || !statement[next + 1].is("(")) {
    return fail_behind(statement.first(std::min(next, statement.size())),
                       "WITH (OPTION = value, …) is missing");
  }
  const size_t close = closing(statement, next + 1);
  if (close == statement.size()) return fail_at(statement[next + 1], "this ( is never closed");
  if (close + 1 != statement.size()) return fail_at(statement[close + 1], "nothing may follow WITH (…)");
  for (const TokenSpan option : split_at_commas(statement.subspan(next + 2, close - next - 2))) {
    if (option.size() < 3 || !option[0].names() || !option[1].is("=")) {
      return fail_behind(option.first(std::min<size_t>(1, option.size())), "an option is NAME = value");
    }
    external->options[upper(option[0].text)] =
        option[2].kind == TokenKind::string || option[2].names() ? option[2].text : print(option.subspan(2));
  }
  return external;
}

Result<External> parse_drop_external(TokenSpan statement) {
  size_t next = 0;
  auto external = parse_head(statement, next);
  if (external && next != statement.size()) return fail_at(statement[next], "nothing may follow the name");
  return external;
}

Result<std::optional<ExternalOptions>> find_external(sql::Database& database, std::string_view kind,
                                                     std::string_view name) {
  const auto rows = ask(database, "SELECT options FROM oree_externals WHERE kind = ? AND name = ?",
                        {std::string(kind), std::string(name)});
  if (!rows) return forward(rows);
  if (rows->empty()) return std::nullopt;
  const auto object = json::parse(text_at(rows->front(), 0));
  if (!object) return forward(object);
  ExternalOptions options;
  if (object->object() != nullptr) {
    for (const auto& [key, value] : *object->object()) {
      if (value.text() != nullptr) options[key] = *value.text();
    }
  }
  return options;
}

Status drop_external(sql::Database& database, std::string_view kind, std::string_view name) {
  const auto dropped = ask(database, "DELETE FROM oree_externals WHERE kind = ? AND name = ? RETURNING 1",
                           {std::string(kind), std::string(name)});
  if (!dropped) return forward(dropped);
  if (dropped->empty())
    return fail(ErrorKind::not_found, cat("there is no external ", lower(kind), " '", name, "'"));
  return {};
}

Status make_external_table(sql::Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS oree_externals(kind TEXT, name TEXT COLLATE NOCASE, options TEXT, "
      "PRIMARY KEY(kind, name))");
}

namespace {

Status keep_external(sql::Database& database, std::string_view kind, std::string_view name,
                     const ExternalOptions& options) {
  json::Value object{json::Object{}};
  for (const auto& [key, value] : options) object.set(key, value);
  const auto known = find_external(database, kind, name);
  if (!known) return forward(known);
  if (*known)
    return fail(ErrorKind::conflict, cat("there is an external ", lower(kind), " '", name, "' already"));
  const auto kept = ask(database, "INSERT INTO oree_externals VALUES(?, ?, ?)",
                        {std::string(kind), std::string(name), json::print(object)});
  if (!kept) return forward(kept);
  return {};
}

}  // namespace

Status create_external(sql::Database& database, const External& external) {
  const auto option = [&](const char* name) {
    const auto found = external.options.find(name);
    return found == external.options.end() ? std::string() : found->second;
  };
  if (external.kind == "FILE FORMAT" && !iequals(option("FORMAT_TYPE"), "JSON")) {
    return fail(ErrorKind::unsupported,
                cat("FORMAT_TYPE ", option("FORMAT_TYPE"), " is not accepted: there is JSON"));
  }
  const std::string location = option("LOCATION");
  if (external.kind == "DATA SOURCE") {
    const bool known = location.starts_with("edgehub://") || location.starts_with("mqtt://") ||
                       location.starts_with("sqlserver://");
    if (!known) {
      return fail(ErrorKind::unsupported,
                  cat("LOCATION '", location,
                      "' is not accepted: there are edgehub:// (the broker) and sqlserver:// (tables here)"));
    }
  }
  if (external.kind == "STREAM") {
    if (location.empty()) return fail(ErrorKind::invalid, "a stream wants LOCATION = N'topic or table'");
    const auto source = find_external(database, "DATA SOURCE", option("DATA_SOURCE"));
    if (!source) return forward(source);
    if (!*source)
      return fail(ErrorKind::not_found,
                  cat("there is no external data source '", option("DATA_SOURCE"), "'"));
    const std::string format = option("FILE_FORMAT");
    const auto known = find_external(database, "FILE FORMAT", format);
    if (!known) return forward(known);
    if (!format.empty() && !*known)
      return fail(ErrorKind::not_found, cat("there is no external file format '", format, "'"));
  }
  return keep_external(database, external.kind, external.name, external.options);
}

}  // namespace oree::jobs
