#include "services/modules/words.h"

#include <doctest/doctest.h>

#include "services/modules/log_query.h"

using namespace oree;
using namespace oree::modules;
using std::chrono::seconds;

namespace {
const WallTime kNow{std::chrono::hours(24 * 365 * 50)};
}

TEST_CASE("Brief 000's table, byte for byte") {
  const auto row = [](std::string name, std::string image) {
    return ListRow{.name = std::move(name),
                   .status = "running",
                   .started = kNow - std::chrono::minutes(42),
                   .image = std::move(image)};
  };
  CHECK(
      list_text({row("edgeHub", "mcr.microsoft.com/azureiotedge-hub:1.1"),
                 row("ImageClassifier", "fruitqualitydetectorjimb.azurecr.io/classifier:v1"),
                 row("edgeAgent", "mcr.microsoft.com/azureiotedge-agent:1.1")},
                kNow) ==
      "NAME             STATUS           DESCRIPTION      CONFIG\n"
      "ImageClassifier  running          Up 42 minutes    fruitqualitydetectorjimb.azurecr.io/classifier:v1\n"
      "edgeAgent        running          Up 42 minutes    mcr.microsoft.com/azureiotedge-agent:1.1\n"
      "edgeHub          running          Up 42 minutes    mcr.microsoft.com/azureiotedge-hub:1.1\n");
}

TEST_CASE("A name wider than a column widens it for all") {
  CHECK(list_text({{.name = "image-classifier-service",
                    .status = "failed",
                    .exit_code = 1,
                    .finished = kNow - seconds(12),
                    .image = "a:1"}},
                  kNow) ==
        "NAME                      STATUS           DESCRIPTION                CONFIG\n"
        "image-classifier-service  failed           Failed (1) 12 seconds ago  a:1\n");
}

TEST_CASE("Times are rounded in the original's steps") {
  const std::vector<std::pair<int64_t, std::string>> rows{
      {0, "0 seconds"},          {1, "1 second"},        {20, "20 seconds"},     {45, "45 seconds"},
      {46, "a minute"},          {90, "a minute"},       {91, "2 minutes"},      {2520, "42 minutes"},
      {2700, "45 minutes"},      {2701, "an hour"},      {5400, "an hour"},      {5401, "2 hours"},
      {79'200, "22 hours"},      {79'201, "a day"},      {129'600, "a day"},     {129'601, "2 days"},
      {561'600, "6 days"},       {561'601, "a week"},    {907'200, "a week"},    {907'201, "2 weeks"},
      {2'505'600, "4 weeks"},    {2'505'601, "a month"}, {3'888'000, "a month"}, {3'888'001, "2 months"},
      {29'808'000, "11 months"}, {29'808'001, "a year"}, {47'260'800, "a year"}, {47'260'801, "2 years"}};
  for (const auto& [span, words] : rows) {
    CAPTURE(span);
    CHECK(time_words(seconds(span)) == words);
  }
}

TEST_CASE("Descriptions say what state it is in") {
  CHECK(description({.status = "stopped", .finished = kNow - seconds(70)}, kNow) == "Stopped a minute ago");
  CHECK(description({.status = "failed", .exit_code = 137, .finished = kNow - seconds(3)}, kNow) ==
        "Failed (137) 3 seconds ago");
  CHECK(description({.status = "unknown"}, kNow) == "Unknown");
  CHECK(description({.status = "running", .started = kNow + seconds(5)}, kNow) == "Up 0 seconds");
}

TEST_CASE("Times of log queries are durations, dates or seconds") {
  const auto ago = [](std::string_view text) {
    const auto time = parse_log_time(text, kNow);
    REQUIRE(time);
    return std::chrono::duration_cast<seconds>(kNow - *time).count();
  };
  CHECK(ago("1 day") == 86'400);
  CHECK(ago("2 days 3 hours") == 183'600);
  CHECK(ago("90m") == 5'400);
  CHECK(ago("1h30min") == 5'400);
  CHECK(parse_log_time("2026-01-31T08:00:00Z", kNow).value() == parse_iso("2026-01-31T08:00:00Z"));
  CHECK(parse_log_time("1795996802", kNow).value() == WallTime(seconds(1'795'996'802)));
  for (const auto* wrong : {"", "yesterday", "1 fortnight", "-1 day", "99999999999 years"})
    CHECK(!parse_log_time(wrong, kNow));
}

TEST_CASE("The report of a check looks as the original's") {
  const std::vector<CheckResult> results{
      {"a", "manifest is well-formed", "Configuration checks"},
      {"b", "limits", "Configuration checks", Outcome::warning, {"None.\nReally.", "why\nso"}},
      {"c", "station answers", "Connectivity checks", Outcome::error, {"Refused.", "nobody listens"}},
      {"d", "modules run", "Connectivity checks", Outcome::skipped}};
  CHECK(check_text(results, false) ==
        "Configuration checks\n--------------------\n√ manifest is well-formed - OK\n‼ limits - Warning\n"
        "    None.\n    Really.\n\nConnectivity checks\n-------------------\n× station answers - Error\n    "
        "Refused.\n\n"
        "1 check(s) succeeded.\n1 check(s) raised warnings. Re-run with --verbose for more details.\n"
        "1 check(s) raised errors. Re-run with --verbose for more details.\n"
        "1 check(s) were skipped due to errors from other checks. Re-run with --verbose for more details.\n");
  CHECK(check_text(results, true).find("        caused by: why\n                   so\n") !=
        std::string::npos);
  CHECK(check_text(results, true)
            .find("‼ modules run - Warning\n    skipping because of previous failures\n") !=
        std::string::npos);
  CHECK(check_json(results, "1") ==
        "{\"additional_info\":{\"oree_version\":\"1\"},\"checks\":{\"a\":{\"result\":\"ok\"},\"b\":{"
        "\"result\":\"warning\","
        "\"details\":[\"None.\\nReally.\",\"why\\nso\"]},\"c\":{\"result\":\"error\",\"details\":[\"Refused."
        "\",\"nobody "
        "listens\"]},\"d\":{\"result\":\"skipped\"}}}\n");
}
