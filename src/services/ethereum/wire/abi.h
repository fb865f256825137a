// How a contract is called and answers: a selector of 4 bytes, then words of 32; what has no fixed size lies
// behind them and is named by its offset.
//
//   ByteBuffer input = abi::Call("approve(bytes32,bytes32)").word(order).word(digest).finish();
//   abi::Reader answer(output);
//   Result<uint64_t> expires = answer.number(2);
//
// Source: Solidity's "Contract ABI Specification". Only the kinds that this product's contract has: words,
// numbers of 64 bits, addresses, bytes, lists of addresses. Values, no threads. Readers point into what they
// read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "services/ethereum/wire/word.h"

namespace oree::ethereum::abi {

using Selector = std::array<std::byte, 4>;
Selector selector(std::string_view signature);  // "approve(bytes32,bytes32)"
Word topic(std::string_view signature);         // topic 0 of an event

Word number_word(uint64_t value);
Word address_word(const Address& address);
// `invalid` when the other bytes are not zero.
Result<uint64_t> word_number(const Word& word);
Result<Address> word_address(const Word& word);

// Arguments in order, those of no fixed size too: their bytes are moved behind the others by finish().
class Call {
 public:
  explicit Call(std::string_view signature);
  Call() = default;  // a constructor's arguments: no selector

  Call& word(const Word& value);
  Call& number(uint64_t value) { return word(number_word(value)); }
  Call& address(const Address& value) { return word(address_word(value)); }
  Call& bytes(ByteView value);
  Call& addresses(std::span<const Address> values);
  ByteBuffer finish() const;

 private:
  struct Tail {
    size_t head;  // index of the word that names its offset
    ByteBuffer bytes;
  };
  ByteBuffer start_;
  std::vector<Word> heads_;
  std::vector<Tail> tails_;
};

// `invalid` for whatever lies outside the answer or is not of the kind asked for.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}
  size_t words() const { return bytes_.size() / 32; }
  Result<Word> word(size_t index) const;
  Result<uint64_t> number(size_t index) const;
  Result<Address> address(size_t index) const;
  Result<ByteView> bytes(size_t index) const;                  // the word at `index` is their offset
  Result<std::vector<Address>> addresses(size_t index) const;  // the same

 private:
  // Where the tail's elements begin, and how many there are of `unit` bytes each.
  Result<std::pair<size_t, size_t>> tail(size_t index, size_t unit) const;
  ByteView bytes_;
};

// The sentence in Error(string), which `require` reverts with; "" when it is something else.
std::string revert_text(ByteView data);

}  // namespace oree::ethereum::abi
