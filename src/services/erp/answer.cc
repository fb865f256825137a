#include "services/erp/answer.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "services/erp/work_order.h"

namespace oree::erp {
namespace {

constexpr milliseconds kLongestPause = std::chrono::hours(24);
constexpr size_t kMostReasonBytes = 300;

std::string_view header(const http::Response& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form of date that may be sent.
std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto words = split(text, ' ');
  if (words.size() != 6 || words[5] != "GMT" || words[1].size() != 2) return std::nullopt;
  const auto month = std::ranges::find(kMonths, words[2]);
  if (month == kMonths.end()) return std::nullopt;
  const auto number = static_cast<int>(month - kMonths.begin()) + 1;
  return parse_iso(cat(words[3], number < 10 ? "-0" : "-", number, "-", words[1], "T", words[4], "Z"));
}

std::string one_line(std::string_view text) {
  std::string out(cut(text, kMostReasonBytes));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return std::string(trim(out));
}

std::string text_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

}  // namespace

ErrorKind kind_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::denied;
    case 404:
    case 410:
      return ErrorKind::not_found;
    case 408:
      return ErrorKind::timeout;
    case 409:
    case 412:
      return ErrorKind::conflict;
    case 425:
    case 429:
      return ErrorKind::busy;
    default:
      return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid;
  }
}

milliseconds retry_after(const http::Response& answer, WallTime now) {
  const std::string_view text = trim(header(answer, "Retry-After"));
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    const auto seconds = parse_number<int64_t>(text).value_or(kLongestPause / std::chrono::seconds(1));
    return std::min<milliseconds>(std::chrono::seconds(std::min<int64_t>(seconds, 86'400)), kLongestPause);
  }
  const auto date = parse_http_date(text);
  if (!date || *date <= now) return milliseconds(0);
  return std::min(std::chrono::ceil<milliseconds>(*date - now), kLongestPause);
}

std::string reason_in(std::string_view body) {
  const auto value = json::parse(body);
  if (!value) return one_line(body);
  const json::Value* error = value->find("error");
  if (error != nullptr && error->object() != nullptr)
    return one_line(trim(cat(text_at(*error, "code"), " ", text_at(*error, "message"))));
  for (const char* key : {"error_description", "message", "detail", "title", "error"}) {
    if (auto text = text_at(*value, key); !text.empty()) return one_line(text);
  }
  return one_line(body);
}

std::unexpected<Error> refusal(const http::Response& answer, std::string_view who) {
  const std::string reason = reason_in(answer.body);
  return fail(kind_of_status(answer.status),
              cat(who, " answered ", answer.status, reason.empty() ? "" : ": ", reason));
}

bool is_pointer(std::string_view text) {
  return text.empty() || text.starts_with('/');
}

const json::Value* at_pointer(const json::Value& value, std::string_view pointer) {
  if (!is_pointer(pointer)) return nullptr;
  const json::Value* at = &value;
  if (pointer.empty()) return at;
  for (const std::string_view token : split(pointer.substr(1), '/')) {
    std::string key;
    for (size_t i = 0; i < token.size(); ++i) {
      const bool escaped =
          token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
      key += !escaped ? token[i] : token[++i] == '0' ? '~' : '/';
    }
    if (const json::Array* list = at->array()) {
      const auto index = key.size() > 1 && key[0] == '0' ? std::nullopt : parse_number<size_t>(key);
      at = index && *index < list->size() ? &(*list)[*index] : nullptr;
    } else {
      at = at->find(key);
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace oree::erp
