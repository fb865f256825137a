#include "platform/http/wire/writer.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "platform/http/wire/field_syntax.h"

namespace oree::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

// IANA HTTP status codes, those that someone here may answer with; sorted.
constexpr std::array kPhrases = std::to_array<Phrase>({
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});
static_assert(std::ranges::is_sorted(kPhrases, {}, &Phrase::status));

void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110 §5.6.7)
void append_date(std::string& out, std::time_t now) {
  using namespace std::chrono;
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const sys_seconds time{seconds{now}};
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  out += "Date: ";
  out += kDays.substr(weekday{day}.c_encoding() * 3, 3);
  out += ", ";
  append_two(out, static_cast<unsigned>(date.day()));
  out += ' ';
  out += kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3);
  out += ' ';
  detail::append(out, static_cast<int>(date.year()));
  out += ' ';
  append_two(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.seconds().count()));
  out += " GMT\r\n";
}

bool is_servers_own(std::string_view name) {
  switch (name.size()) {
    case 4:
      return iequals(name, "Date");
    case 10:
      return iequals(name, "Connection") || iequals(name, "Keep-Alive");
    case 14:
      return iequals(name, "Content-Length");
    case 17:
      return iequals(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void append_fields(std::string& out, const std::vector<Header>& headers) {
  for (const auto& [name, value] : headers) {
    if (is_servers_own(name) || !is_token(name) || !is_field_value(value)) continue;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace

Outgoing print_response(Response response, const HeadOptions& options, std::string memory) {
  const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  const bool bodiless = status == 204 || status == 304;
  Outgoing out;
  out.close = options.close || options.stream;
  out.head = std::move(memory);
  out.head.clear();
  out.head.reserve(256);
  out.head += "HTTP/1.1 ";
  detail::append(out.head, status);
  out.head += ' ';
  out.head += reason_phrase(status);
  out.head += "\r\n";
  append_date(out.head, options.now);
  append_fields(out.head, response.headers);
  out.head += response.borrowed_fields;
  if (!bodiless && !options.stream) {
    out.head += "Content-Length: ";
    detail::append(out.head, response.borrowed.empty() ? response.body.size() : response.borrowed.size());
    out.head += "\r\n";
  }
  if (out.close) {
    out.head += "Connection: close\r\n";
  } else if (options.old_version) {
    out.head += "Connection: keep-alive\r\n";
  }
  out.head += "\r\n";
  if (bodiless || options.head_only) return out;
  out.body = std::move(response.body);
  out.borrowed = response.borrowed;
  out.keep = std::move(response.keep);
  return out;
}

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != kPhrases.end() && found->status == status ? found->text : std::string_view{};
}

Response error_response(int status, std::string_view what) {
  return json(status, cat("{\"error\":", quoted(what), "}"));
}

}  // namespace oree::http
