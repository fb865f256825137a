// The strict text form of what is signed: "key value" lines in one order, each ended by \n, nothing else.
// Private to this room. A reader keeps the first mistake; getters return defaults after it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/crypto/crypto.h"

namespace oree::approvals {

// A name that also serves in addresses and key files: letters, digits, '.', '_', '-', from 1 to 64.
bool is_name(std::string_view text);
// One line for people: UTF-8 without control characters, from 1 to `most` bytes.
bool is_line(std::string_view text, size_t most);

// Numbers in the one form that is signed.
std::string score_text(double value);   // %.17g
std::string amount_text(double value);  // decimal, shortest, never with an exponent

class LineReader {
 public:
  // `header` is the first line; more than `most` bytes are refused unread.
  LineReader(std::string_view text, std::string_view header, size_t most);

  std::string_view line(std::string_view key);  // the value, not empty
  std::string name(std::string_view key);
  std::string line(std::string_view key, size_t most);
  crypto::Digest digest(std::string_view key);
  double score(std::string_view key);
  int64_t time(std::string_view key);  // Unix milliseconds before the year 10000
  void mistake(std::string_view key, std::string_view what);
  Status finish();  // also when something follows the last line

 private:
  std::string_view rest_;
  std::string_view header_;
  std::string mistake_;
};

}  // namespace oree::approvals
