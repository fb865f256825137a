#include "services/ethereum/wire/abi.h"

#include <algorithm>

#include "base/text.h"
#include "services/ethereum/wire/keccak.h"

namespace oree::ethereum::abi {

namespace {

constexpr size_t kWord = 32;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the contract's answer ", what));
}

void put(ByteBuffer& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

Selector selector(std::string_view signature) {
  const Word hash = topic(signature);
  return {hash[0], hash[1], hash[2], hash[3]};
}

Word topic(std::string_view signature) {
  return keccak256(as_bytes(signature));
}

Word number_word(uint64_t value) {
  Word out{};
  for (size_t i = 0; i < 8; ++i) out[kWord - 1 - i] = static_cast<std::byte>(value >> (8 * i));
  return out;
}

Word address_word(const Address& address) {
  Word out{};
  std::ranges::copy(address.bytes, out.end() - 20);
  return out;
}

Result<uint64_t> word_number(const Word& word) {
  const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
  if (!std::all_of(word.begin(), word.end() - 8, is_zero)) return wrong("holds a number beyond 64 bits");
  uint64_t value = 0;
  for (size_t i = kWord - 8; i < kWord; ++i) value = value << 8 | std::to_integer<uint64_t>(word[i]);
  return value;
}

Result<Address> word_address(const Word& word) {
  const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
  if (!std::all_of(word.begin(), word.end() - 20, is_zero))
    return wrong("holds no address where one should be");
  Address out;
  std::copy(word.end() - 20, word.end(), out.bytes.begin());
  return out;
}

Call::Call(std::string_view signature) {
  put(start_, selector(signature));
}

Call& Call::word(const Word& value) {
  heads_.push_back(value);
  return *this;
}

Call& Call::bytes(ByteView value) {
  ByteBuffer tail;
  put(tail, number_word(value.size()));
  put(tail, value);
  tail.resize((tail.size() + kWord - 1) / kWord * kWord);
  tails_.push_back({heads_.size(), std::move(tail)});
  return word({});
}

Call& Call::addresses(std::span<const Address> values) {
  ByteBuffer tail;
  put(tail, number_word(values.size()));
  for (const Address& value : values) put(tail, address_word(value));
  tails_.push_back({heads_.size(), std::move(tail)});
  return word({});
}

ByteBuffer Call::finish() const {
  std::vector<Word> heads = heads_;
  size_t offset = heads.size() * kWord;
  for (const Tail& tail : tails_) {
    heads[tail.head] = number_word(offset);
    offset += tail.bytes.size();
  }
  ByteBuffer out = start_;
  for (const Word& head : heads) put(out, head);
  for (const Tail& tail : tails_) put(out, tail.bytes);
  return out;
}

Result<Word> Reader::word(size_t index) const {
  if (index >= words()) return wrong(cat("is too short: ", bytes_.size(), " bytes"));
  Word out;
  std::ranges::copy(bytes_.subspan(index * kWord, kWord), out.begin());
  return out;
}

Result<uint64_t> Reader::number(size_t index) const {
  const auto found = word(index);
  if (!found) return forward(found);
  return word_number(*found);
}

Result<Address> Reader::address(size_t index) const {
  const auto found = word(index);
  if (!found) return forward(found);
  return word_address(*found);
}

Result<std::pair<size_t, size_t>> Reader::tail(size_t index, size_t unit) const {
  const auto offset = number(index);
  if (!offset) return forward(offset);
  if (*offset > bytes_.size() || bytes_.size() - *offset < kWord) return wrong("points outside itself");
  const auto count = Reader(bytes_.subspan(*offset)).number(0);
  if (!count) return forward(count);
  const size_t left = bytes_.size() - *offset - kWord;
  if (*count > left / unit) return wrong("is shorter than it says");
  return std::pair(*offset + kWord, static_cast<size_t>(*count));
}

Result<ByteView> Reader::bytes(size_t index) const {
  const auto at = tail(index, 1);
  if (!at) return forward(at);
  return bytes_.subspan(at->first, at->second);
}

Result<std::vector<Address>> Reader::addresses(size_t index) const {
  const auto at = tail(index, kWord);
  if (!at) return forward(at);
  std::vector<Address> out;
  const Reader inner(bytes_.subspan(at->first));
  for (size_t i = 0; i < at->second; ++i) {
    const auto address = inner.address(i);
    if (!address) return forward(address);
    out.push_back(*address);
  }
  return out;
}

std::string revert_text(ByteView data) {
  const Selector error = selector("Error(string)");
  if (data.size() < error.size() || !std::ranges::equal(data.first(4), error)) return "";
  const auto sentence = Reader(data.subspan(4)).bytes(0);
  return sentence ? std::string(as_text(*sentence)) : "";
}

}  // namespace oree::ethereum::abi
