#include "platform/mqtt/topic.h"

#include <doctest/doctest.h>

#include <string>

#include "platform/mqtt/message.h"
#include "platform/mqtt/utf8.h"

using namespace oree::mqtt;

TEST_CASE("MatchesTopicsAsTheSpecificationsExamplesDo") {
  struct Row {
    const char* filter;
    const char* topic;
    bool matches;
  };
  const Row rows[] = {
      {"sport/tennis/player1/#", "sport/tennis/player1", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
      {"sport/tennis/player1/#", "sport/tennis/player10", false},
      {"sport/#", "sport", true},
      {"#", "a/b/c", true},
      {"sport/tennis/+", "sport/tennis/player1", true},
      {"sport/tennis/+", "sport/tennis/player1/ranking", false},
      {"sport/+", "sport", false},
      {"sport/+", "sport/", true},
      {"+/+", "/finance", true},
      {"/+", "/finance", true},
      {"+", "/finance", false},
      {"#", "$SYS/load", false},
      {"+/load", "$SYS/load", false},
      {"$SYS/#", "$SYS/load", true},
      {"$SYS/+", "$SYS/load", true},
      {"a//b", "a//b", true},
      {"a/+/b", "a//b", true},
      {"a/b", "a/b/", false},
      {"a/+/#", "a", false},
      {"a/+/#", "a/b", true},
      {"ACCOUNTS", "Accounts", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.filter);
    CAPTURE(row.topic);
    CHECK(topic_matches(row.filter, row.topic) == row.matches);
  }
}

TEST_CASE("WildcardsStandOnlyWhereTheyMay") {
  for (const char* good : {"#", "+", "a/#", "a/+/b", "/", "//", "+/+", "$SYS/#", " a b "}) {
    CAPTURE(good);
    CHECK(is_topic_filter(good));
  }
  for (const char* bad : {"", "a#", "a/b#", "#/a", "a/#/b", "a+", "+a/b", "a/+b"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_topic_filter(bad));
  }
  CHECK(is_topic_name("a/b"));
  CHECK_FALSE(is_topic_name("a/+"));
  CHECK_FALSE(is_topic_name("a/#"));
  CHECK_FALSE(is_topic_name(""));
  CHECK_FALSE(is_topic_name(std::string("a\0b", 3)));
  CHECK(is_topic_name(std::string(65535, 'x')));
  CHECK_FALSE(is_topic_name(std::string(65536, 'x')));
}

TEST_CASE("SharedFiltersNeedAGroupAndAFilter") {
  const auto parts = parse_filter("$share/line one/a/+/#");
  REQUIRE(parts);
  CHECK(parts->group == "line one");
  CHECK(parts->filter == "a/+/#");
  CHECK(parse_filter("$share/g//")->filter == "/");
  CHECK(parse_filter("$shared/x")->group.empty());
  for (const char* bad :
       {"$share", "$share/", "$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/#"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_filter(bad));
  }
}

TEST_CASE("Utf8IsWellFormedWithoutSurrogates") {
  CHECK(is_utf8("plain ascii that is long enough"));
  CHECK(is_utf8("h\xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"));
  CHECK(
      is_utf8("\xef\xbb\xbf"
              "a"));  // a BOM is text
  for (const char* bad :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xff", "\xf0\x80\x80\x80"}) {
    CHECK_FALSE(is_utf8(bad));
  }
  CHECK_FALSE(is_utf8_string(std::string_view("\0", 1)));
}
