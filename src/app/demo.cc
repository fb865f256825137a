// oree demo: the story of a part, on pictures that come with the program.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "app/examples.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/station/station.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr double kLeastAccuracy = 0.98;
constexpr uint16_t kUsualPort = 8000;
constexpr uint16_t kLastTriedPort = 8020;

struct Tally {
  int ok = 0, ko = 0, no_decision = 0;
  int labels_right = 0, decisions_right = 0, known = 0;
  int found_again = 0;
  std::vector<int64_t> totals_us;

  void note(const inspection::Item& item) {
    using inspection::Decision;
    const Decision decision = item.verdict.decision;
    (decision == Decision::ok ? ok : decision == Decision::ko ? ko : no_decision)++;
    totals_us.push_back(item.total.count());
    if (item.truth.empty() || item.steps.empty()) return;
    ++known;
    const auto& step = item.steps.front();
    const auto* best = step.prediction ? step.prediction->best() : nullptr;
    if (best != nullptr && best->label == item.truth) ++labels_right;
    const bool good = step.plan.rule && item.truth == step.plan.rule->label;
    if (decision == (good ? Decision::ok : Decision::ko)) ++decisions_right;
  }
  int items() const { return ok + ko + no_decision; }
  double label_accuracy() const { return known > 0 ? static_cast<double>(labels_right) / known : 0; }
  double decision_accuracy() const { return known > 0 ? static_cast<double>(decisions_right) / known : 0; }
  double percentile_ms(double p) {
    if (totals_us.empty()) return 0;
    std::ranges::sort(totals_us);
    return static_cast<double>(
               totals_us[static_cast<size_t>(p * static_cast<double>(totals_us.size() - 1))]) /
           1000;
  }
};

// Asks over HTTP, as a client would, for every item that was said to be stored.
Status find_again(const std::string& url, const std::vector<std::string>& ids, Tally& tally) {
  http::Client client;
  for (const auto& id : ids) {
    const auto address = http::parse_url(cat(url, "/api/v1/items/", id));
    if (!address) return forward(address);
    const auto answer = client.call("GET", *address, {}, "", {});
    if (!answer) return forward(answer, "asking for an item again");
    const auto item = json::parse(answer->body);
    if (answer->status == 200 && item && *item->find("id")->text() == id) ++tally.found_again;
  }
  return {};
}

// What keeps the run from being a good one; "" when nothing does.
std::string complaint(const Tally& tally) {
  if (tally.no_decision > 0) return cat(tally.no_decision, " parts were not decided");
  if (tally.found_again != tally.items()) {
    return cat(tally.items() - tally.found_again, " decided parts were not found again in the history");
  }
  if (tally.known == 0) return "no part's truth is known: truth.csv is missing beside the pictures";
  if (tally.label_accuracy() < kLeastAccuracy) {
    return cat("accuracy is ", fixed(tally.label_accuracy() * 100, 1), " %, expected at least ",
               fixed(kLeastAccuracy * 100, 0), " %");
  }
  return "";
}

json::Value tally_json(Tally& tally, double seconds, const std::string& wrong) {
  return json::Object{
      {"story", "parts"},
      {"items", tally.items()},
      {"decisions", json::Object{{"OK", tally.ok}, {"KO", tally.ko}, {"NO_DECISION", tally.no_decision}}},
      {"latency_ms", json::Object{{"p50", tally.percentile_ms(0.5)},
                                  {"p95", tally.percentile_ms(0.95)},
                                  {"p99", tally.percentile_ms(0.99)}}},
      {"items_per_s", tally.items() / seconds},
      {"accuracy", json::Object{{"labels", tally.label_accuracy()},
                                {"decisions", tally.decision_accuracy()},
                                {"known", tally.known}}},
      {"found_again", tally.found_again},
      {"passed", wrong.empty()},
      {"reason", wrong}};
}

void print_tally(Tally& tally, double seconds) {
  const auto ms = [&](double p) { return cat(fixed(tally.percentile_ms(p), 2), " ms"); };
  const auto percent = [](double share) { return cat(fixed(share * 100, 1), " %"); };
  print_table({"parts judged", ""},
              {{"✓ OK", cat(tally.ok)},
               {"✗ KO", cat(tally.ko)},
               {"? no decision", cat(tally.no_decision)},
               {"found again in the history", cat(tally.found_again, "/", tally.items())},
               {"right label", percent(tally.label_accuracy())},
               {"right decision", percent(tally.decision_accuracy())},
               {"trigger to durable verdict, p50", ms(0.5)},
               {"p95", ms(0.95)},
               {"p99", ms(0.99)},
               {"parts per second", fixed(tally.items() / seconds, 1)}});
}

int run_once(const DemoOptions& options, edge::StationFile file, World& world, const fs::path& data) {
  file.triggers.clear();
  file.port = 0;
  auto station =
      edge::Station::start(std::move(file), data, {world.clock, world.disk, world.log, *world.backend});
  if (!station) return print_error(station.error());
  Tally tally;
  std::vector<std::string> ids;
  const auto started = world.clock.mono();
  {
    Progress progress(options.count);
    for (int i = 0; i < options.count; ++i) {
      const auto item = (*station)->inspect({"demo", ""}, {});
      if (!item) return print_error(item.error());
      tally.note(*item);
      ids.push_back(item->id);
      progress.step(i + 1);
    }
  }
  const double seconds = std::chrono::duration<double>(world.clock.mono() - started).count();
  if (auto status = find_again((*station)->url(), ids, tally); !status) return print_error(status.error());
  const std::string wrong = complaint(tally);
  if (options.json) {
    std::printf("%s\n", json::print(tally_json(tally, seconds, wrong), 2).c_str());
  } else {
    print_tally(tally, seconds);
  }
  return wrong.empty() ? 0 : print_error({ErrorKind::bug, wrong});
}

Result<std::unique_ptr<edge::Station>> start_on_free_port(const DemoOptions& options,
                                                          const edge::StationFile& file, World& world,
                                                          const fs::path& data) {
  const edge::StationWorld station_world{world.clock, world.disk, world.log, *world.backend};
  for (uint16_t port = options.port.value_or(kUsualPort);; ++port) {
    edge::StationFile attempt = file;
    attempt.port = port;
    auto station = edge::Station::start(std::move(attempt), data, station_world);
    const bool taken = !station && station.error().kind == ErrorKind::unavailable && !options.port;
    if (!taken || port == kLastTriedPort) return station;
  }
}

int run_live(const DemoOptions& options, const edge::StationFile& file, World& world, const fs::path& data) {
  auto station = start_on_free_port(options, file, world, data);
  if (!station) return print_error(station.error());
  std::printf("Orée is judging parts: open %s in a browser (Ctrl-C ends it)\n",
              paint((*station)->url(), Tone::accent).c_str());
  std::fflush(stdout);
  wait_for_signal();
  (*station)->stop();
  return 0;
}

}  // namespace

int run_demo(const DemoOptions& options) {
  block_signals();
  const auto examples = find_example(options.examples, "ducks");
  if (!examples) return print_error(examples.error());
  auto file = edge::load_station(*examples / "station.yaml");
  if (!file) return print_error(file.error());
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const DemoData data(options.data);
  return options.once ? run_once(options, std::move(*file), **world, data.path())
                      : run_live(options, *file, **world, data.path());
}

}  // namespace oree::app
