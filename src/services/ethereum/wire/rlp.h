// RLP, the way transactions are laid out as bytes: strings, and lists of items.
//
//   rlp::Writer list;
//   list.number(9).bytes(to).bytes({});
//   ByteBuffer raw = list.finish();      // as one list
//
// Source: Ethereum yellow paper, appendix B. Numbers are big-endian without leading zeros, so 0 is the empty
// string. Parsing takes the shortest form only (as clients do), bounded in depth and items. Values, no
// threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::ethereum::rlp {

class Writer {
 public:
  Writer& number(uint64_t value);
  Writer& bytes(ByteView value);
  Writer& integer(ByteView big_endian);  // leading zeros are left out
  Writer& list(const Writer& inner);
  ByteBuffer finish() const;  // what was written, as one list

 private:
  ByteBuffer body_;
};

struct Item {
  bool is_list = false;
  ByteView bytes;           // of a string; into what was parsed
  std::vector<Item> items;  // of a list
};

struct Limits {
  unsigned depth = 8;
  size_t items = 4096;  // altogether
};

// Exactly one item, nothing behind it. `invalid` with the offset.
Result<Item> parse(ByteView bytes, const Limits& limits = {});
// The same bytes again.
ByteBuffer print(const Item& item);
// A string as a number: `invalid` for leading zeros, a list, or more than 64 bits.
Result<uint64_t> number(const Item& item);

}  // namespace oree::ethereum::rlp
