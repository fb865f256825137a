#include "services/modules/containers/engine_words.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::modules;
using namespace std::string_literals;

TEST_CASE(
    "Frames are put together, a terminal's text stays, and a lying length takes no more than there is") {
  CHECK(demultiplex("\x01\0\0\0\0\0\0\x03one\x02\0\0\0\0\0\0\x03\ntw"s) == "one\ntw");
  CHECK(demultiplex("plain text\n") == "plain text\n");
  CHECK(demultiplex("\x01\0\0\0\xFF\xFF\xFF\xFFshort"s) == "short");
  CHECK(demultiplex("\x01\0\0\0\0\0\0\x03one\x01\0"s) == "one");
  CHECK(demultiplex("") == "");
}

TEST_CASE("Times of an engine have nanoseconds, or mean never") {
  CHECK(iso_text(parse_engine_time("2026-11-30T00:15:16.826444245Z").value()) ==
        "2026-11-30T00:15:16.826444Z");
  CHECK(iso_text(parse_engine_time("2026-11-30T01:15:16.5+01:00").value()) == "2026-11-30T00:15:16.500000Z");
  CHECK(!parse_engine_time("0001-01-01T00:00:00Z"));
  CHECK(!parse_engine_time("soon"));
}

TEST_CASE("A page of a log has no times, and its cursor goes on where it ended") {
  const std::string text =
      "2026-11-30T00:00:01.000000001Z a\n2026-11-30T00:00:02Z b\n2026-11-30T00:00:02Z c\n";
  auto page = log_page(text, {});
  CHECK(page.text == "a\nb\nc\n");
  CHECK(cursor_seconds(page.cursor) == 1'795'996'802);
  CHECK(log_page(text, {.tail = 1}).text == "c\n");
  CHECK(log_page(text, {.since = parse_iso("2026-11-30T00:00:02Z")}).text == "b\nc\n");
  CHECK(log_page(text, {.until = parse_iso("2026-11-30T00:00:02Z")}).text == "a\n");
  page = log_page("2026-11-30T00:00:02Z b\n2026-11-30T00:00:02Z c\n2026-11-30T00:00:02Z d\n",
                  {.after = page.cursor});
  CHECK(page.text == "d\n");
}

TEST_CASE("References of images are taken apart as Docker does") {
  const auto parts = [](std::string_view image) {
    const auto found = parse_image(image);
    return found.name + " | " + found.tag;
  };
  CHECK(parts("a:v1") == "a | v1");
  CHECK(parts("host:5000/a") == "host:5000/a | ");
  CHECK(parts("host:5000/a/b:v1") == "host:5000/a/b | v1");
  CHECK(parts("a@sha256:00") == "a@sha256:00 | ");
  CHECK(percent("a/b:c d") == "a%2Fb%3Ac%20d");
}
