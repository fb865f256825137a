#include "app/optimise/studies.h"

#include <memory>

namespace oree::app {

namespace {

using Run = std::function<int()>;

CLI::App* command(CLI::App& optimise, const std::string& name, const std::string& what,
                  const std::string& example) {
  auto* sub = optimise.add_subcommand(name, what);
  sub->footer("Example:\n  " + example);
  return sub;
}

void add_assess(CLI::App& optimise, Run& run) {
  auto options = std::make_shared<AssessOptions>();
  auto* sub = command(optimise, "assess",
                      "What a network is, what it costs here, what becomes of it in 8 bits, what to try.",
                      "oree optimise assess net.tflite --data samples");
  sub->add_option("model", options->model, "A model package, .onnx or .tflite")->required();
  sub->add_option("--data", options->data, "Samples, to measure how sensitive each layer is");
  sub->add_option("--samples", options->samples, "Most samples to measure that with")
      ->check(CLI::Range(1, 1000));
  sub->add_flag("!--no-measure", options->measure, "Do not time it here");
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_assess(*options); }; });
}

void add_bench(CLI::App& optimise, Run& run) {
  auto options = std::make_shared<BenchOptions>();
  auto* sub = command(optimise, "bench", "How fast a network answers here, alone or against another.",
                      "oree optimise bench net.avx2.onnx --compare net.onnx");
  sub->add_option("model", options->model, "A model package, .onnx, .tflite or .ort")->required();
  sub->add_option("--compare", options->other, "Another network, asked in turns with the first");
  sub->add_option("--data", options->data, "Samples to ask about; made up when absent");
  sub->add_option("--threads", options->threads, "Threads inside one run")->check(CLI::Range(1, 256));
  sub->add_option("--clients", options->clients, "Who ask at the same time")->check(CLI::Range(1, 256));
  sub->add_option("--seconds", options->seconds, "Of each measurement")->check(CLI::Range(0.01, 3600.0));
  sub->add_option("--warm-up", options->warm_up, "Seconds before")->check(CLI::Range(0.0, 600.0));
  sub->add_option("--rate", options->rate,
                  "Questions a second of the open loop; 70 % of what it can do when absent")
      ->check(CLI::Range(0.001, 1e6));
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_bench(*options); }; });
}

void add_search(CLI::App& optimise, Run& run) {
  auto options = std::make_shared<SearchOptions>();
  auto* sub = command(
      optimise, "search",
      "Tries ways of making a network and keeps those that nothing beats; may be stopped and goes on.",
      "oree optimise search models/fruit/1 --data samples --out searched --page");
  sub->add_option("model", options->model, "A model package, .onnx or .tflite")->required();
  sub->add_option("--data", options->data, "Samples to calibrate with and to judge by")->required();
  sub->add_option("--out", options->out, "The folder for search.json and the networks")->required();
  sub->add_option("--budget", options->budget,
                  "Trials, those of before included; 5 % of all ways when absent")
      ->check(CLI::Range(1, 200'000));
  sub->add_option("--groups", options->groups, "Groups of layers that are in 8 bits or float together")
      ->check(CLI::Range(1, 40));
  sub->add_option("--cores", options->cores, "Most threads to try")->check(CLI::Range(1, 256));
  sub->add_option("--samples", options->samples, "Most samples to judge by")
      ->check(CLI::Range(1, 10'000'000));
  sub->add_option("--calibration", options->calibration, "Most samples to calibrate with")
      ->check(CLI::Range(8, 100'000));
  sub->add_option("--seconds", options->seconds, "Of timing, for each trial")
      ->check(CLI::Range(0.001, 600.0));
  sub->add_option("--prefer", options->prefer, "What the pick from the front is to be best at")
      ->check(CLI::IsMember({"balance", "accuracy", "speed", "size"}));
  sub->add_option("--min-accuracy", options->min_accuracy, "Percent of the accuracy that the pick must keep")
      ->check(CLI::Range(0.0, 100.0));
  sub->add_flag("--page", options->page, "Show it on a page, until Ctrl-C");
  sub->add_option("--port", options->port, "With --page: the port, instead of 8000 or the next free one");
  sub->add_flag("--json", options->json, "The record as JSON");
  sub->callback([options, &run] { run = [options] { return run_search(*options); }; });
}

void add_explain(CLI::App& optimise, Run& run) {
  auto options = std::make_shared<ExplainOptions>();
  auto* sub = command(optimise, "explain",
                      "What is wrong with a network, a run or a message, why, and what to do about it.",
                      "oree optimise explain int8.onnx");
  sub->add_option("path", options->path,
                  "A network, a certificate, what run --json printed, a run's folder, a log; all known "
                  "faults when absent");
  sub->add_option("--message", options->message, "A message to explain instead");
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_explain(*options); }; });
}

}  // namespace

void add_optimise_studies(CLI::App& optimise, Run& run) {
  for (const auto add : {add_assess, add_bench, add_search, add_explain}) add(optimise, run);
}

}  // namespace oree::app
