#include "platform/grpc/wire/fields.h"

#include <array>

#include "base/text.h"

namespace oree::grpc {
namespace {

struct Unit {
  char letter;
  uint64_t ns;
};
constexpr std::array<Unit, 6> kUnits{{{'H', 3'600'000'000'000},
                                      {'M', 60'000'000'000},
                                      {'S', 1'000'000'000},
                                      {'m', 1'000'000},
                                      {'u', 1'000},
                                      {'n', 1}}};
constexpr size_t kMaxDigits = 8;
// What 99999999 hours would be does not fit into 64 bits of nanoseconds; nobody waits for 100 years.
constexpr uint64_t kForeverNs = uint64_t{100} * 365 * 24 * 3'600'000'000'000;

struct Name {
  Encoding encoding;
  std::string_view name;
};
constexpr std::array<Name, 3> kNames{
    {{Encoding::identity, "identity"}, {Encoding::gzip, "gzip"}, {Encoding::deflate, "deflate"}}};

}  // namespace

std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  for (const char c : digits)
    if (c < '0' || c > '9') return std::nullopt;
  const auto count = parse_number<uint64_t>(digits);
  for (const Unit& unit : kUnits) {
    if (unit.letter != text.back()) continue;
    const uint64_t ns = *count > kForeverNs / unit.ns ? kForeverNs : *count * unit.ns;
    return std::chrono::nanoseconds(static_cast<int64_t>(ns));
  }
  return std::nullopt;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (out.size() + 3 > kMaxMessage) break;
    if (byte >= 0x20 && byte <= 0x7e && byte != '%') {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::string_view name_of(Encoding encoding) {
  return kNames[static_cast<size_t>(encoding)].name;
}

std::optional<Encoding> parse_encoding(std::string_view name) {
  for (const Name& row : kNames)
    if (row.name == name) return row.encoding;
  return std::nullopt;
}

bool accepts(std::string_view list, Encoding encoding) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (trim(list.substr(0, comma)) == name_of(encoding)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace oree::grpc
