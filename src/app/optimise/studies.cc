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

}  // namespace

void add_optimise_studies(CLI::App& optimise, Run& run) {
  for (const auto add : {add_assess, add_bench}) add(optimise, run);
}

}  // namespace oree::app
