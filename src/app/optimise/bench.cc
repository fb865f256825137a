// oree optimise bench: how fast a network answers here, alone or against another.
#include "nodes/workshop/studies/bench.h"

#include <cstdio>

#include "app/optimise/studies.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/workshop/dataset.h"

namespace oree::app {

namespace {

using workshop::Bench;
constexpr size_t kMostSamples = 32;

Result<std::vector<std::vector<tensor::Tensor>>> samples_of(const BenchOptions& options,
                                                            inference::Backend& backend) {
  std::vector<std::vector<tensor::Tensor>> inputs;
  if (options.data.empty()) return inputs;
  const auto network = workshop::open_network(options.model, backend);
  if (!network) return forward(network);
  const auto dataset = workshop::Dataset::open(options.data, *network, {.most = kMostSamples});
  if (!dataset) return forward(dataset);
  for (const workshop::Sample& sample : dataset->evaluation()) {
    Result<workshop::Input> input = dataset->load(sample);
    if (!input) return forward(input);
    inputs.emplace_back().push_back(std::move(input->tensor));
  }
  return inputs;
}

std::string milliseconds(const std::optional<double>& value) {
  return value ? fixed(*value, 3) : "–";
}

std::vector<std::string> row_of(const std::string& name, const workshop::Load& load) {
  const workshop::Percentiles& p = load.milliseconds;
  return {name,
          cat(load.runs),
          fixed(load.per_second(), 1),
          milliseconds(p.p50),
          milliseconds(p.p90),
          milliseconds(p.p95),
          milliseconds(p.p99),
          milliseconds(p.most),
          milliseconds(load.cpu_ms_per_run)};
}

void print_bench(const Bench& bench) {
  std::printf("%s: %s, loaded in %s ms%s\n",
              paint(bench.network.source.filename().string(), Tone::accent).c_str(),
              size_text(bench.network.bytes).c_str(), fixed(bench.load_ms, 1).c_str(),
              bench.memory ? cat(", ", size_text(*bench.memory), " resident").c_str() : "");
  print_table({"loop", "runs", "per s", "p50 ms", "p90", "p95", "p99", "max", "CPU ms"},
              {row_of("closed", bench.closed),
               row_of(cat("open, ", fixed(bench.open.offered_per_second, 1), "/s offered"), bench.open)});
  if (bench.energy.joules_per_run)
    std::printf("energy: %s mJ a run\n", fixed(*bench.energy.joules_per_run * 1e3, 3).c_str());
}

void print_duel(const workshop::Duel& duel, const BenchOptions& options) {
  const auto& time = duel.time;
  const std::string first = options.model.filename().string(), second = options.other.filename().string();
  const auto tone = duel.verdict == workshop::Verdict::faster   ? Tone::ok
                    : duel.verdict == workshop::Verdict::slower ? Tone::ko
                                                                : Tone::unsure;
  std::printf("in turns, %zu rounds: %s %s ms, %s %s ms; the second takes %s× as long (95 %%: %s to %s)\n",
              time.reference.runs, first.c_str(), fixed(time.reference.p50_ms, 3).c_str(), second.c_str(),
              fixed(time.optimised.p50_ms, 3).c_str(), fixed(1 / time.speedup, 3).c_str(),
              fixed(1 / time.speedup_high, 3).c_str(), fixed(1 / time.speedup_low, 3).c_str());
  std::printf("%s\n", paint(cat(first, " is ", name_of(duel.verdict)), tone).c_str());
}

int report(const std::vector<Bench>& benches, const std::optional<workshop::Duel>& duel,
           const BenchOptions& options) {
  if (options.json) {
    json::Object out{{"threads", options.threads}, {"clients", options.clients}};
    json::Array networks;
    for (const Bench& one : benches) networks.push_back(to_json(one));
    out.emplace_back("networks", std::move(networks));
    if (duel) out.emplace_back("comparison", to_json(*duel));
    std::printf("%s\n", json::print(out, 2).c_str());
    return 0;
  }
  for (const Bench& one : benches) print_bench(one);
  std::printf("%s\n", paint("Percentiles need 44, 90 and 459 runs; open: from the moment a question was due.",
                            Tone::muted)
                          .c_str());
  if (duel) print_duel(*duel, options);
  return 0;
}

}  // namespace

int run_bench(const BenchOptions& options) {
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  inference::Backend& backend = *(*world)->backend;
  const workshop::BenchPlan plan{.threads = options.threads,
                                 .clients = options.clients,
                                 .warm_up = options.warm_up,
                                 .seconds = options.seconds,
                                 .rate = options.rate};
  std::vector<Bench> benches;
  for (const auto& model : {options.model, options.other}) {
    if (model.empty()) continue;
    auto inputs = samples_of(options, backend);
    if (!inputs) return print_error(inputs.error());
    auto made = workshop::bench(model, *std::move(inputs), plan, backend, "/proc/self/exe");
    if (!made) return print_error(made.error());
    benches.push_back(*std::move(made));
  }
  std::optional<workshop::Duel> duel;
  if (benches.size() == 2) {
    const auto fought = workshop::compare(benches[0], benches[1], plan, backend);
    if (!fought) return print_error(fought.error());
    duel = *fought;
  }
  return report(benches, duel, options);
}

}  // namespace oree::app
