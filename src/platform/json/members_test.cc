#include "platform/json/members.h"

#include <doctest/doctest.h>

namespace oree::json {
namespace {

TEST_CASE("AnObjectHasNoOtherMembersThanThoseThatAreKnown") {
  CHECK(parse_object(R"({"uses": 2})", {"uses", "note"})->find("uses")->integer() == 2);
  CHECK(parse_object("", {"uses"})->object()->empty());
  for (const auto* text : {"{", "[]", "5", "null", R"({"use": 2})", "\xff"})
    CHECK_MESSAGE(parse_object(text, {"uses"}).error().kind == ErrorKind::invalid, text);
  CHECK(parse_object(R"({"use": 2})", {"uses", "note"}).error().what ==
        "unknown member 'use'; there are uses, note");
}

TEST_CASE("MembersAreOfTheirKindAndWithinTheirLimits") {
  const auto object = *parse_object(R"({"t": "x", "w": 3.0, "n": 0.5, "z": null})", {"t", "w", "n", "z"});
  CHECK(text_member(object, "t") == "x");
  CHECK(text_member(object, "none", "y") == "y");
  CHECK(text_member(object, "w").error().what == "'w' must be a text in quotes, got 3.0");
  CHECK(whole_member(object, "w", 1, 0, 3) == 3);
  CHECK(whole_member(object, "none", 1, 0, 3) == 1);
  CHECK(whole_member(object, "n", 1, 0, 3).error().what == "'n' must be a whole number from 0 to 3, got 0.5");
  CHECK_FALSE(whole_member(object, "w", 1, 0, 2));
  CHECK_FALSE(whole_member(object, "z", 1, 0, 2));
  CHECK(number_member(object, "n", 1, 0, 1) == 0.5);
  CHECK_FALSE(number_member(object, "n", 1, 0.6, 1));
  CHECK_FALSE(number_member(object, "t", 1, 0, 1));
}

}  // namespace
}  // namespace oree::json
