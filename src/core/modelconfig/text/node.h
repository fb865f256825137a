// A configuration's text before anybody knows what its fields mean: names and values with their places. Comes
// from config.pbtxt (parser.h) or from JSON (json.cc). Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::modelconfig {

struct Place {
  int line = 0;  // from 1; 0: none, as in JSON
  int column = 0;
};

struct Member;

struct Node {
  enum class Kind {
    nothing,  // an empty list: only says that the field is known of
    word,     // a number, true, an enum's word
    text,     // quoted
    message,
  };
  Kind kind = Kind::nothing;
  Place place;
  std::string text;             // of a word or a text
  std::vector<Member> members;  // of a message; a list is as many members of one name
};

struct Member {
  std::string name;
  Place place;
  Node value;
};

inline constexpr int kMaxDepth = 32;
inline constexpr size_t kMaxNodes = 20'000;
inline constexpr size_t kMaxText = 4 << 20;

}  // namespace oree::modelconfig
