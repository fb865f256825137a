// oree demo optimise: the float network of the ducks on its way to a certificate, on a page and in the
// terminal.
#include <cstdio>

#include "app/commands.h"
#include "app/examples.h"
#include "app/optimise/certificates.h"
#include "app/optimise/page.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/workshop/show.h"
#include "nodes/workshop/studies/search.h"
#include "platform/files/private_folder.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

// The ducks' network is so small, a third of a megabyte, that the runtime itself is most of its time and
// memory. So less is asked of it than the usual 2 times and half; the page and the certificate say what.
constexpr size_t kTrials = 10;  // of the search behind the chart
constexpr certification::Limits kLimits{.speedup = 0.8, .memory = -0.5, .variation = 3.0};

workshop::OptimiseOptions plan(const fs::path& ducks, const fs::path& out) {
  workshop::OptimiseOptions plan;
  plan.model = ducks / "models" / "ducks" / "1";
  plan.data = ducks / "samples";
  plan.out = out;
  plan.limits = kLimits;
  return plan;
}

// A few other ways of making it, for the chart.
Status look_further(const fs::path& ducks, const fs::path& out, World& world, workshop::Show& show) {
  const auto work = files::PrivateFolder::create();
  if (!work) return forward(work);
  workshop::SearchOptions options;
  options.lab = {ducks / "models" / "ducks" / "1", ducks / "samples", {.calibration = 32, .most = 48}};
  options.out = out;
  options.budget = kTrials;
  options.groups = 3;
  options.seconds = 0.1;
  const auto found = workshop::search_front(
      options, {.backend = *world.backend,
                .work = work->path(),
                .machine = this_machine_text(),
                .tell = [&](std::string_view line) { show.tell(line); },
                .on_trial = [&](const json::Value& record) { show.searched(record); }});
  if (!found) return forward(found);
  show.searched(found->record);
  show.offer(found->files);
  return {};
}

void explain(bool gone_afterwards) {
  std::printf(
      "\nThe ducks' network is so small that the runtime itself is most of its time and memory: here it "
      "only\n"
      "has to be about as fast and large as before. Your own is asked for 2 times the speed and half the\n"
      "memory, unless you say otherwise.\n");
  if (gone_afterwards) std::printf("What is made goes when the demo ends; --data DIR keeps it.\n");
}

}  // namespace

int run_optimise_demo(const DemoOptions& options) {
  block_signals();
  const auto ducks = find_example(options.examples, "ducks");
  if (!ducks) return print_error(ducks.error());
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const DemoData data(options.data);
  const auto key = open_certificate_key(data.path() / "certificates.pem", (*world)->disk);
  if (!key) return print_error(key.error());
  workshop::Show show("ducks", (*world)->clock);
  std::unique_ptr<OptimisePage> page;
  if (!options.once) {
    auto opened = OptimisePage::open(show, options.port, (*world)->log);
    if (!opened) return print_error(opened.error());
    page = std::move(*opened);
    std::printf("The ducks' network is being optimised: open %s in a browser\n",
                paint(page->address(), Tone::accent).c_str());
    std::fflush(stdout);
  }
  const workshop::Tools tools{.backend = *(*world)->backend,
                              .clock = (*world)->clock,
                              .key = *key,
                              .tell =
                                  [&](std::string_view line) {
                                    show.tell(line);
                                    std::fprintf(options.json ? stderr : stdout, "%.*s\n",
                                                 static_cast<int>(line.size()), line.data());
                                    std::fflush(stdout);
                                  },
                              .weigher = "/proc/self/exe",
                              .on_stage = [&](const certification::Stage& stage) { show.add(stage); }};
  const auto outcomes = workshop::optimise(plan(*ducks, data.path() / "optimised"), tools);
  Status ended;
  if (!outcomes) ended = forward(outcomes);
  if (outcomes) show.judged(*outcomes);
  if (outcomes && page) ended = look_further(*ducks, data.path() / "search", **world, show);
  if (ended) {
    show.finish();
  } else {
    show.finish(ended.error());
  }
  if (!options.json) explain(options.data.empty());
  const int code = outcomes ? report_outcomes(*outcomes, options.json) : print_error(outcomes.error());
  if (page) page->stay();
  return code;
}

}  // namespace oree::app
