// multipart/form-data: RFC 7578 over RFC 2046 §5.1. The boundary is looked for as it stands; nothing is
// copied but names.
#include <algorithm>

#include "base/text.h"
#include "platform/http/message.h"

namespace oree::http {
namespace {

constexpr size_t kMaxParts = 64;
constexpr size_t kMaxPartHead = 8 << 10;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorKind::invalid, cat("multipart body: ", why));
}

// "a; name=\"b\"; filename=c": the value of one parameter, unquoted; nullopt when it is not there.
std::optional<std::string> field_parameter(std::string_view field, std::string_view wanted) {
  size_t at = std::min(field.find(';'), field.size());
  while (at < field.size()) {
    ++at;
    const size_t name_end = field.find_first_of("=;", at);
    if (name_end == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim(field.substr(at, name_end - at));
    at = name_end;
    if (field[at] == ';') continue;
    ++at;
    while (at < field.size() && field[at] == ' ') ++at;
    std::string value;
    if (at < field.size() && field[at] == '"') {
      for (++at; at < field.size() && field[at] != '"'; ++at) {
        // Only \" and \\ are escapes: browsers send Windows paths with single backslashes.
        const bool escape =
            field[at] == '\\' && at + 1 < field.size() && (field[at + 1] == '"' || field[at + 1] == '\\');
        if (escape) ++at;
        value += field[at];
      }
      at = std::min(field.find(';', at), field.size());
    } else {
      const size_t end = std::min(field.find(';', at), field.size());
      value = trim(field.substr(at, end - at));
      at = end;
    }
    if (iequals(name, wanted)) return value;
  }
  return std::nullopt;
}

// Browsers write these three as %XX inside quoted names (WHATWG HTML §4.10.21.8) and nothing else.
std::string browser_unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i, 3);
    const char plain = code == "%22" ? '"' : code == "%0D" ? '\r' : code == "%0A" ? '\n' : '\0';
    out += plain == '\0' ? text[i] : plain;
    if (plain != '\0') i += 2;
  }
  return out;
}

// The lines between a boundary and the empty line.
Result<Part> parse_part_head(std::string_view head) {
  Part part;
  bool named = false;
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse("a part has a header line without ':'");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (iequals(name, "Content-Disposition")) {
      const auto field_name = field_parameter(value, "name");
      if (!field_name) return refuse("a part has no name in its Content-Disposition");
      part.name = browser_unescape(*field_name);
      part.filename = browser_unescape(field_parameter(value, "filename").value_or(""));
      named = true;
    } else if (iequals(name, "Content-Type")) {
      part.content_type = value;
    }
  }
  if (!named) return refuse("a part has no Content-Disposition");
  return part;
}

Result<std::string> boundary_of(std::string_view content_type) {
  const std::string_view kind = trim(content_type.substr(0, content_type.find(';')));
  if (!iequals(kind, "multipart/form-data")) {
    return fail(ErrorKind::invalid, cat("expected Content-Type multipart/form-data, not '", kind, "'"));
  }
  auto boundary = field_parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70) {
    return refuse("Content-Type needs a boundary of 1 to 70 characters");
  }
  return *std::move(boundary);
}

// What follows a boundary on its line: the end ("--"), or spaces and a line break before the next part.
enum class After { part, end, broken };
After after_boundary(std::string_view& rest) {
  if (rest.starts_with("--")) return After::end;
  while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
  if (!rest.starts_with("\r\n")) return After::broken;
  rest.remove_prefix(2);
  return After::part;
}

// Moves `rest` behind the first boundary; what stands before it is a preamble that nobody reads.
bool skip_preamble(std::string_view& rest, std::string_view line_and_delimiter) {
  const std::string_view delimiter = line_and_delimiter.substr(2);
  if (rest.starts_with(delimiter)) {
    rest.remove_prefix(delimiter.size());
    return true;
  }
  const size_t found = rest.find(line_and_delimiter);
  if (found == std::string_view::npos) return false;
  rest.remove_prefix(found + line_and_delimiter.size());
  return true;
}

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) return forward(boundary);
  const std::string delimiter = cat("\r\n--", *boundary);
  std::string_view rest = body;
  if (!skip_preamble(rest, delimiter)) return refuse("its boundary does not occur");

  std::vector<Part> parts;
  for (;;) {
    const After after = after_boundary(rest);
    if (after == After::end) return parts;
    if (after == After::broken) return refuse("a boundary is not followed by a line break");
    if (parts.size() == kMaxParts) return refuse(cat("more than ", kMaxParts, " parts"));
    // A part without any header line starts with the empty line itself.
    const size_t head_end = rest.starts_with("\r\n") ? 0 : rest.substr(0, kMaxPartHead).find("\r\n\r\n");
    if (head_end == std::string_view::npos) return refuse("a part's header does not end");
    auto part = parse_part_head(rest.substr(0, head_end));
    if (!part) return forward(part);
    rest.remove_prefix(head_end + (head_end == 0 ? 2 : 4));
    // The line break before a boundary belongs to it; an empty part's is the head's last one.
    const size_t end = rest.starts_with(std::string_view(delimiter).substr(2)) ? 0 : rest.find(delimiter);
    if (end == std::string_view::npos) return refuse("its closing boundary is missing");
    part->data = as_bytes(rest.substr(0, end));
    rest.remove_prefix(end + delimiter.size() - (rest.substr(end).starts_with("\r\n") ? 0 : 2));
    parts.push_back(*std::move(part));
  }
}

}  // namespace oree::http
