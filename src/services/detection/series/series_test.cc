#include "services/detection/series/series.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "services/detection/compare.h"
#include "services/detection/testing/files.h"

using namespace oree;
using namespace oree::detection;

namespace {

std::string failure_of(std::string_view text) {
  const auto series = parse_series(text, "x.csv");
  REQUIRE_FALSE(series);
  CHECK(series.error().kind == ErrorKind::invalid);
  return series.error().what;
}

}  // namespace

TEST_CASE("APlainFileGivesTimesColumnsAndLabels") {
  const auto series =
      parse_series("time,speed,heat,label\n2026-01-01,1,2.5,0\n2026-01-02,,-3e2,1\r\n\n", "x.csv");
  REQUIRE(series);
  CHECK(series->columns == std::vector<std::string>{"speed", "heat"});
  CHECK(series->times == std::vector<std::string>{"2026-01-01", "2026-01-02"});
  CHECK(series->labels == std::vector<uint8_t>{0, 1});
  CHECK(series->values[1] == 2.5);
  CHECK(std::isnan(series->values[2]));
  CHECK(series->values[3] == -300);
}

TEST_CASE("AFirstColumnWithoutNumbersIsTheTime") {
  const auto series = parse_series("when\tx\nmonday\t1\n", "x.csv");
  REQUIRE(series);
  CHECK(series->columns == std::vector<std::string>{"x"});
  CHECK(series->times.size() == 1);
  CHECK(series->labels.empty());
}

TEST_CASE("SkabFilesLoseTheirChangepointsAndLearnFrom400Rows") {
  std::string text = "datetime;Current;Pressure;anomaly;changepoint\n";
  for (int i = 0; i < 500; ++i)
    text += "2020-03-09 10:14:33;0.5;1;" + std::string(i < 450 ? "0.0" : "1.0") + ";0.0\n";
  const auto series = parse_series(text, "0.csv");
  REQUIRE(series);
  CHECK(series->columns == std::vector<std::string>{"Current", "Pressure"});
  CHECK(series->training_rows == 400);
  CHECK(series->labels[449] == 0);
  CHECK(series->labels[450] == 1);
}

TEST_CASE("UnbalancedFansAreAnomalies") {
  const auto series = parse_series(
      "Sensor Configuration,Rotation Speed "
      "Percentage,x,y,z\n1,20,1.004,0.09,-0.125\n1,20,1,0,0\n3,20,1,2,3\n",
      "fan.csv");
  REQUIRE(series);
  CHECK(series->columns == std::vector<std::string>{"x", "y", "z"});
  CHECK(series->labels == std::vector<uint8_t>{0, 0, 1});
  CHECK(series->training_rows == 1);
}

TEST_CASE("MistakesNameTheirPlace") {
  CHECK(failure_of("") == "x.csv:1:1: is empty");
  CHECK(failure_of("a,b\n") == "x.csv:1:1: has a header and no rows");
  CHECK(failure_of("a,b\n1,2\n\n1,2,3\n") == "x.csv:4:1: has 3 fields, the header has 2");
  CHECK(failure_of("a,b\n1,2\n1,two\n") == "x.csv:3:2: 'b' must be a number, got 'two'");
  CHECK(failure_of("a,b\n1,inf\n") == "x.csv:2:2: 'b' must be a number, got 'inf'");
  CHECK(failure_of("time,label\n1,2\n") == "x.csv:2:1: has no column with readings");
  CHECK(failure_of("a" + std::string(70, ',') + "\n").find("at most 64") != std::string::npos);
}

TEST_CASE("NabWindowsBecomeLabelsByTheFilesName") {
  auto series = parse_series(
      "timestamp,value\n2013-12-15 00:00:00,1\n2013-12-15 00:05:00,2\n2013-12-15 00:10:00,3\n", "m.csv");
  REQUIRE(series);
  const std::string_view json =
      R"({"other/x.csv": [], "real/m.csv": [["2013-12-15 00:05:00.000000", "2013-12-15 00:07:00.000000"]]})";
  REQUIRE(label_with_nab_windows(*series, json));
  CHECK(series->labels == std::vector<uint8_t>{0, 1, 0});
  series->name = "n.csv";
  CHECK(label_with_nab_windows(*series, json).error().kind == ErrorKind::not_found);
  CHECK(label_with_nab_windows(*series, "[]").error().kind == ErrorKind::invalid);
  CHECK(label_with_nab_windows(*series, R"({"a/n.csv": [["x"]]})").error().kind == ErrorKind::invalid);
}

TEST_CASE("TheDefaultIsAtLeastAsGoodAsEverySimpleBaselineOnRealSeries") {
  const auto data = testing::shared_data();
  if (!std::filesystem::exists(data / "skab/valve1")) {
    MESSAGE("skipped: no recordings in " << data.string());
    return;
  }
  const auto best_f1 = [](const std::filesystem::path& path) {
    const auto series = load_series(path);
    REQUIRE(series);
    std::vector<std::unique_ptr<Detector>> candidates;
    for (const char* name : {"ewma", "robust_z", "pca", "pca_t2", "pca_q", "isolation_forest", "cusum"}) {
      candidates.push_back(*make_detector(name));
    }
    const auto lines = compare(*series, candidates, {});
    REQUIRE(lines);
    return lines->front().detector;
  };
  CHECK(best_f1(data / "skab/valve1") == kDefaultDetector);
  CHECK(best_f1(data / "nab") == kDefaultDetector);
}

TEST_CASE("ComparingNeedsLabelsAndSomethingHealthyAtTheFront") {
  auto series = parse_series("x\n1\n2\n", "x.csv");
  REQUIRE(series);
  const auto candidates = all_detectors();
  CHECK(compare({&*series, 1}, candidates, {}).error().what == "x.csv has no labels to compare with");
  series->labels = {1, 0};
  series->training_rows = 0;
  CHECK(compare({&*series, 1}, candidates, {}).error().what.find("begins with an anomaly") !=
        std::string::npos);
  CHECK(compare({}, candidates, {}).error().kind == ErrorKind::invalid);
}

TEST_CASE("ADetectorThatCannotLearnStandsLastWithItsReason") {
  std::string text = "x,label\n";
  for (int i = 0; i < 300; ++i) text += (i % 2 ? "1.0," : "1.1,") + std::string(i < 250 ? "0\n" : "1\n");
  auto series = parse_series(text, "x.csv");
  REQUIRE(series);
  const auto candidates = all_detectors();
  const auto lines = compare({&*series, 1}, candidates, {});
  REQUIRE(lines);
  CHECK(lines->back().failure.find("healthy rows or more, got 45") != std::string::npos);
  CHECK(table_text(*lines).find("ewma") != std::string::npos);
}
