// oree optimise search: the ways of making a network that nothing beats.
#include "nodes/workshop/studies/search.h"

#include <cstdio>
#include <thread>

#include "app/optimise/page.h"
#include "app/optimise/studies.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "core/inference/choice/backends.h"
#include "platform/files/private_folder.h"

namespace oree::app {

namespace {

workshop::SearchOptions plan_of(const SearchOptions& given) {
  using workshop::Preference;
  workshop::SearchOptions plan;
  plan.lab = {given.model, given.data, {.calibration = given.calibration, .most = given.samples}};
  plan.out = given.out;
  plan.budget = given.budget;
  plan.groups = given.groups;
  plan.cores = given.cores > 0 ? given.cores : std::max(1u, std::thread::hardware_concurrency());
  plan.seconds = given.seconds;
  plan.least_kept = given.min_accuracy / 100;
  plan.preference = given.prefer == "accuracy" ? Preference::accuracy
                    : given.prefer == "speed"  ? Preference::speed
                    : given.prefer == "size"   ? Preference::size
                                               : Preference::balance;
  return plan;
}

// Whatever else is installed here and reads the networks that are made.
std::vector<inference::Backend*> others_than(const inference::Backend& own, inference::Backends& runtimes) {
  std::vector<inference::Backend*> others;
  for (const std::string& name : runtimes.for_file("net.onnx")) {
    const auto found = runtimes.find(name);
    if (found && (*found)->name() != own.name()) others.push_back(*found);
  }
  return others;
}

double number_at(const json::Value& value, const char* key) {
  const json::Value* found = value.find(key);
  return found == nullptr ? 0 : found->number().value_or(0);
}

std::vector<std::string> row_of(const json::Value& trial, const std::string& file) {
  return {cat(fixed(number_at(trial, "kept") * 100, 2), " %"),
          cat(fixed(number_at(trial, "p50_ms"), 3), " ms"),
          size_text(static_cast<uint64_t>(number_at(trial, "bytes"))), file, *trial.find("text")->text()};
}

void print_search(const workshop::SearchOutcome& outcome) {
  const json::Value& record = outcome.record;
  const json::Array& trials = *record.find("trials")->array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& file : outcome.files) {
    // NAME.7.onnx is trial 7.
    const auto number = parse_number<size_t>(file.stem().extension().string().substr(1));
    if (number && *number >= 1 && *number <= trials.size())
      rows.push_back(row_of(trials[*number - 1], file.filename().string()));
  }
  std::printf("\n%zu of %s ways tried, %zu of them now; nothing tried is better in everything than these:\n",
              trials.size(), cat(record.find("space")->integer().value_or(0)).c_str(), outcome.measured);
  print_table({"kept", "p50", "file size", "network", "way"}, rows);
  const json::Value* pick = record.find("pick");
  if (pick == nullptr) {
    std::printf("%s\n",
                paint("None keeps enough accuracy without being slower than the float network.", Tone::unsure)
                    .c_str());
    return;
  }
  const auto at = static_cast<size_t>(pick->integer().value_or(0));
  std::printf("%s %s\n", paint("pick:", Tone::ok).c_str(), trials[at].find("text")->text()->c_str());
}

}  // namespace

int run_search(const SearchOptions& given) {
  if (given.page) block_signals();
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto work = files::PrivateFolder::create();
  if (!work) return print_error(work.error());
  // A package is models/NAME/VERSION.
  const bool package = std::filesystem::is_directory(given.model);
  workshop::Show show((package ? given.model.parent_path().filename() : given.model.stem()).string(),
                      (*world)->clock);
  std::unique_ptr<OptimisePage> page;
  if (given.page) {
    auto opened = OptimisePage::open(show, given.port, (*world)->log);
    if (!opened) return print_error(opened.error());
    page = std::move(*opened);
    std::fprintf(given.json ? stderr : stdout, "The search is shown at %s\n", page->address().c_str());
    std::fflush(given.json ? stderr : stdout);
  }
  inference::Backends runtimes(inference::standard_backends());
  const workshop::SearchTools tools{.backend = *(*world)->backend,
                                    .work = work->path(),
                                    .machine = this_machine_text(),
                                    .tell =
                                        [&](std::string_view line) {
                                          show.tell(line);
                                          std::fprintf(given.json ? stderr : stdout, "%.*s\n",
                                                       static_cast<int>(line.size()), line.data());
                                        },
                                    .on_trial = [&](const json::Value& record) { show.searched(record); },
                                    .others = others_than(*(*world)->backend, runtimes)};
  const auto outcome = workshop::search_front(plan_of(given), tools);
  if (outcome) {
    show.searched(outcome->record);
    show.offer(outcome->files);
    show.finish();
    if (given.json)
      std::printf("%s\n", json::print(outcome->record, 2).c_str());
    else
      print_search(*outcome);
  } else {
    show.finish(outcome.error());
  }
  const int code = outcome ? 0 : print_error(outcome.error());
  if (page) page->stay();
  return code;
}

}  // namespace oree::app
