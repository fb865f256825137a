// The space of ways, and the record that a search goes on from.
#include <doctest/doctest.h>

#include "nodes/workshop/studies/record.h"

namespace oree::workshop {
namespace {

SearchRecord two_trials() {
  SearchRecord record{.model = "net.onnx",
                      .model_digest = "aa",
                      .data = "samples",
                      .data_digest = "bb",
                      .machine = "a box (avx2)",
                      .runtime = "runtime 1",
                      .space = {{"layers 1-2", {"int8", "float"}},
                                {"layer 3", {"int8", "float"}},
                                {"ranges", {"mse", "minmax"}},
                                {"threads", {"1", "2"}}},
                      .reference = {0.05, 1.1, 1.1},
                      .baseline = {0.9, 2.0, 1000, 900},
                      .budget = 7};
  record.trials.push_back({{0, 0, 0, 0}, 0.88, 0.98, 0.96, 1.0, 1.2, 0.5, 300, "d1", 250});
  record.trials.push_back({{1, 1, 0, 1}, 0.9, 1.0, 1.0, 2.0, 2.2, 1.0, 1000, "d2", 900});
  record.trials.push_back({{0, 1, 0, 0}, 0.88, 0.98, 0.96, 1.2, 1.2, 0.6, 400, "d3", 340});
  return record;
}

}  // namespace

TEST_CASE("A record is read as it was written, and knows what nothing beats") {
  const SearchRecord record = two_trials();
  const std::string text = json::print(to_json(record, 0));
  const auto read = parse_search(text);
  if (!read) FAIL(read.error().what);
  CHECK(json::print(to_json(*read, 0)) == text);
  CHECK(read->differs_from(record).empty());
  CHECK(read->front() == std::vector<size_t>{0, 1});
}

TEST_CASE("A search does not go on with another network, other samples, or on another machine") {
  const SearchRecord record = two_trials();
  for (auto member : {&SearchRecord::model_digest, &SearchRecord::data_digest, &SearchRecord::machine,
                      &SearchRecord::runtime}) {
    SearchRecord other = record;
    other.*member = "x";
    CHECK_FALSE(record.differs_from(other).empty());
  }
  SearchRecord other = record;
  other.space[0].choices.push_back("int4");
  CHECK_FALSE(record.differs_from(other).empty());
}

TEST_CASE("Ways are said in words") {
  const search::Space space = two_trials().space;
  CHECK(words_of(space, {0, 0, 0, 0}) == "8 bits, ranges by mse");
  CHECK(words_of(space, {1, 0, 1, 1}) == "8 bits, layers 1-2 in float, ranges by minmax, 2 threads");
  CHECK(words_of(space, {1, 1, 1, 0}) == "float");
}

TEST_CASE("Records that are none are refused with what is wrong") {
  const std::string good = json::print(to_json(two_trials(), -1));
  const auto broken = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto read = parse_search(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().kind == ErrorKind::corrupt);
    return read.error().what;
  };
  CHECK(broken("oree-search/2", "oree-search/9").find("oree-search/2") != std::string::npos);
  CHECK(broken("\"point\":[0,0,0,0]", "\"point\":[0,0,0,9]").find("threads") != std::string::npos);
  CHECK(broken("\"kept\":0.98", "\"kept\":null").find("kept") != std::string::npos);
  CHECK(broken("\"reference\":[0.05,", "\"reference\":[").find("reference") != std::string::npos);
  broken("\"axes\":[", "\"axes\":0,\"nothing\":[");
  CHECK_FALSE(parse_search("").has_value());
}

}  // namespace oree::workshop
