#include "services/ethereum/wire/word.h"

#include <algorithm>

#include "base/text.h"
#include "services/ethereum/wire/keccak.h"

namespace oree::ethereum {

namespace {

constexpr size_t kShown = 80;  // of a wrong text

std::unexpected<Error> wrong(std::string_view text, std::string_view what) {
  return fail(ErrorKind::invalid,
              cat("'", text.substr(0, kShown), text.size() > kShown ? "…" : "", "' is not ", what));
}

bool has_prefix(std::string_view text) {
  return text.starts_with("0x") || text.starts_with("0X");
}

template <size_t N>
Result<std::array<std::byte, N>> parse_fixed(std::string_view text, std::string_view what) {
  std::array<std::byte, N> out;
  if (!has_prefix(text) || text.size() != 2 + 2 * N) return wrong(text, what);
  const auto bytes = from_hex(text.substr(2));
  if (!bytes) return wrong(text, what);
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

bool is_one_case(std::string_view digits) {
  const bool upper = std::ranges::any_of(digits, [](char c) { return c >= 'A' && c <= 'F'; });
  const bool lower = std::ranges::any_of(digits, [](char c) { return c >= 'a' && c <= 'f'; });
  return !(upper && lower);
}

}  // namespace

std::string Address::text() const {
  std::string digits = to_hex(bytes);
  const Word hash = keccak256(as_bytes(digits));
  for (size_t i = 0; i < digits.size(); ++i) {
    const unsigned nibble = std::to_integer<unsigned>(hash[i / 2]) >> (i % 2 == 0 ? 4 : 0) & 0xF;
    if (nibble >= 8 && digits[i] >= 'a') digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
  }
  return "0x" + digits;
}

Result<Address> parse_address(std::string_view text) {
  const auto bytes = parse_fixed<20>(text, "an address: 0x and 40 hex digits");
  if (!bytes) return forward(bytes);
  const Address address{*bytes};
  if (!is_one_case(text.substr(2)) && address.text().substr(2) != text.substr(2)) {
    return fail(ErrorKind::invalid, cat("'", text, "' has a wrong checksum (EIP-55): a digit is mistyped"));
  }
  return address;
}

Result<Word> parse_word(std::string_view text) {
  return parse_fixed<32>(text, "a word: 0x and 64 hex digits");
}

Result<ByteBuffer> parse_data(std::string_view text) {
  if (!has_prefix(text)) return wrong(text, "data: 0x and pairs of hex digits");
  auto bytes = from_hex(text.substr(2));
  if (!bytes) return wrong(text, "data: 0x and pairs of hex digits");
  return *std::move(bytes);
}

std::string data_text(ByteView bytes) {
  return "0x" + to_hex(bytes);
}

std::string quantity_text(uint64_t value) {
  char buffer[16];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, 16).ptr;
  return "0x" + std::string(buffer, end);
}

Result<uint64_t> parse_quantity(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  if (!has_prefix(text) || text.size() == 2) return wrong(text, "a number: 0x and hex digits");
  const auto [at, error] = std::from_chars(text.data() + 2, end, value, 16);
  if (error == std::errc::result_out_of_range) return wrong(text, "a number that fits 64 bits");
  if (error != std::errc{} || at != end) return wrong(text, "a number: 0x and hex digits");
  return value;
}

}  // namespace oree::ethereum
