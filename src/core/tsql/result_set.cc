#include "core/tsql/result_set.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::tsql {
namespace {

std::string text_of(const sql::Value& value, std::string_view null) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return cat(*whole);
  if (const auto* number = std::get_if<double>(&value)) return cat(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* bytes = std::get_if<ByteBuffer>(&value)) return cat("<", bytes->size(), " bytes>");
  return std::string(null);
}

bool is_number(const sql::Value& value) {
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value);
}

// Characters, not bytes, as far as that lines up columns.
size_t shown_width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

// One line, and nothing that moves the cursor.
std::string cell_of(const sql::Value& value) {
  std::string cell = text_of(value, "NULL");
  for (char& c : cell) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return cell;
}

void put_cell(std::string& out, std::string_view cell, size_t width, bool right) {
  const std::string blank(width - std::min(width, shown_width(cell)), ' ');
  if (!out.empty() && out.back() != '\n') out += "  ";
  out += right ? cat(blank, cell) : cat(cell, blank);
}

void end_line(std::string& out) {
  while (!out.empty() && out.back() == ' ') out.pop_back();
  out += '\n';
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + "\"";
}

json::Value json_of(const sql::Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* bytes = std::get_if<ByteBuffer>(&value)) return crypto::base64(*bytes);
  return {};
}

}  // namespace

std::string print_table(const ResultSet& result) {
  if (result.columns.empty()) {
    return result.note.empty() ? cat(result.changes, " rows changed\n") : cat(result.note, "\n");
  }
  std::vector<std::vector<std::string>> cells;
  std::vector<size_t> widths;
  std::vector<bool> right(result.columns.size(), !result.rows.empty());
  for (const std::string& column : result.columns) widths.push_back(shown_width(column));
  for (const auto& row : result.rows) {
    auto& line = cells.emplace_back();
    for (size_t i = 0; i < row.size(); ++i) {
      line.push_back(cell_of(row[i]));
      widths[i] = std::max(widths[i], shown_width(line.back()));
      if (!is_number(row[i]) && !std::holds_alternative<std::monostate>(row[i])) right[i] = false;
    }
  }
  std::string out;
  for (size_t i = 0; i < widths.size(); ++i) put_cell(out, result.columns[i], widths[i], right[i]);
  end_line(out);
  for (size_t i = 0; i < widths.size(); ++i) put_cell(out, std::string(widths[i], '-'), widths[i], false);
  end_line(out);
  for (const auto& line : cells) {
    for (size_t i = 0; i < line.size(); ++i) put_cell(out, line[i], widths[i], right[i]);
    end_line(out);
  }
  if (result.truncated) out += cat("… and more: the first ", result.rows.size(), " rows are shown\n");
  return out;
}

std::string print_csv(const ResultSet& result) {
  std::string out;
  for (size_t i = 0; i < result.columns.size(); ++i)
    out += cat(i > 0 ? "," : "", csv_field(result.columns[i]));
  if (!result.columns.empty()) out += "\r\n";
  for (const auto& row : result.rows) {
    for (size_t i = 0; i < row.size(); ++i) out += cat(i > 0 ? "," : "", csv_field(text_of(row[i], "")));
    out += "\r\n";
  }
  return out;
}

json::Value to_json(const ResultSet& result) {
  json::Array columns, rows;
  for (const std::string& column : result.columns) columns.emplace_back(column);
  for (const auto& row : result.rows) {
    json::Array cells;
    for (const sql::Value& value : row) cells.push_back(json_of(value));
    rows.emplace_back(std::move(cells));
  }
  json::Value answer;
  answer.set("columns", std::move(columns)).set("rows", std::move(rows));
  answer.set("truncated", result.truncated).set("changes", result.changes);
  if (!result.note.empty()) answer.set("note", result.note);
  return answer;
}

}  // namespace oree::tsql
