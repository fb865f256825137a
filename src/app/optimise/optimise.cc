// oree optimise: somebody's network becomes fast, small, and certified for its machine.
#include "app/optimise/optimise.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "app/optimise/certificates.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/workshop/measure.h"
#include "nodes/workshop/optimise.h"
#include "platform/crypto/signing.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

constexpr uint64_t kMaxKeyBytes = 64 << 10;

void print_outcome(const workshop::Outcome& outcome) {
  std::printf(
      "\n%s\n",
      paint(cat(outcome.certificate.model, " for ", outcome.certificate.target), Tone::accent).c_str());
  std::vector<std::vector<std::string>> rows;
  for (const certification::Gate& gate : outcome.certificate.gates)
    rows.push_back({gate.name, std::string(certification::name_of(gate.verdict)), gate.measured, gate.limit});
  print_table({"gate", "verdict", "measured", "limit"}, rows);
  for (const certification::Gate& gate : outcome.certificate.gates) {
    if (gate.verdict != certification::Verdict::fails) continue;
    std::printf("%s: %s%s%s\n", gate.name.c_str(), gate.why.c_str(), gate.repair.empty() ? "" : "; ",
                gate.repair.c_str());
  }
  std::printf("fusion: %zu of %zu predicted integer kernels are what the runtime runs\n",
              outcome.certificate.agreed_islands, outcome.certificate.predicted_islands);
  for (const std::string& note : outcome.certificate.notes)
    std::printf("%s\n", paint(note, Tone::muted).c_str());
  if (outcome.holds) {
    std::printf("%s\n%s\n%s\n", outcome.model.c_str(), outcome.certificate_file.c_str(),
                outcome.page.c_str());
  } else {
    std::printf("%s\n", paint("A gate fails: nothing was written.", Tone::ko).c_str());
    if (const std::string options = certification::options_to_accept(outcome.certificate.gates);
        !options.empty())
      std::printf("Its answers hold. If what it costs is enough for you, add: %s\n", options.c_str());
  }
}

json::Value outcome_json(const workshop::Outcome& outcome) {
  json::Value out = certification::to_json(outcome.certificate);
  out.set("written", outcome.holds);
  if (outcome.holds) {
    out.set("model_file", outcome.model.string());
    out.set("certificate_file", outcome.certificate_file.string());
    out.set("page_file", outcome.page.string());
  }
  return out;
}

int run_weigh(const OptimiseOptions& options) {
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto bytes = workshop::weigh(options.model, *(*world)->backend);
  if (!bytes) return print_error(bytes.error());
  std::printf("%llu\n", static_cast<unsigned long long>(*bytes));
  return 0;
}

}  // namespace

std::filesystem::path usual_certificate_key() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config != nullptr && *config != 0) return std::filesystem::path(config) / "oree" / "certificates.pem";
  return std::filesystem::path(home == nullptr ? "." : home) / ".config" / "oree" / "certificates.pem";
}

Result<workshop::OptimiseOptions> options_of(const OptimiseOptions& given) {
  workshop::OptimiseOptions options;
  options.model = given.model;
  options.data = given.data;
  options.out = given.out;
  options.dataset = {given.label_column, given.label_offset, given.calibration, given.samples};
  options.keep_float = given.keep_float;
  options.correct_bias = !given.no_bias_correction;
  options.equalise = !given.no_equalisation;
  options.limits.accuracy = given.min_accuracy / 100;
  options.limits.robustness = std::min(options.limits.robustness, options.limits.accuracy);
  options.limits.speedup = given.min_speedup;
  options.limits.memory = given.min_memory / 100;
  options.limits.variation = given.max_variation;
  for (const std::string& name : given.targets) {
    const auto target = kernels::parse_target(name);
    if (!target) return fail(ErrorKind::invalid, cat("there is no target '", name, "'"));
    options.targets.push_back(*target);
  }
  if (given.method == "best") return options;
  options.method = calibration::parse_method(given.method);
  if (!options.method) return fail(ErrorKind::invalid, cat("there is no method '", given.method, "'"));
  return options;
}

Result<crypto::SigningKey> open_certificate_key(std::filesystem::path file, files::Disk& disk) {
  if (file.empty()) file = usual_certificate_key();
  const Result<ByteBuffer> bytes = disk.read(file, kMaxKeyBytes);
  if (bytes) {
    Result<crypto::SigningKey> key = crypto::SigningKey::from_pem(as_text(*bytes));
    if (!key) return forward(key, file.string());
    return key;
  }
  if (bytes.error().kind != ErrorKind::not_found) return forward(bytes);
  const crypto::SigningKey key = crypto::SigningKey::generate();
  if (file.has_parent_path()) {
    if (Status made = disk.make_folder(file.parent_path()); !made) return forward(made);
  }
  const mode_t before = umask(0077);
  const Status written = disk.write(file, as_bytes(key.pem()));
  umask(before);
  if (!written) return forward(written);
  return key;
}

int report_outcomes(const std::vector<workshop::Outcome>& outcomes, bool as_json) {
  bool holds = true;
  json::Array list;
  for (const workshop::Outcome& outcome : outcomes) {
    holds = holds && outcome.holds;
    if (as_json)
      list.push_back(outcome_json(outcome));
    else
      print_outcome(outcome);
  }
  if (as_json) std::printf("%s\n", json::print(list, 2).c_str());
  return holds ? 0 : facts(ErrorKind::conflict).exit_code;
}

int run_optimise(const OptimiseOptions& given) {
  if (given.verb == "weigh") return run_weigh(given);
  if (given.verb == "verify") return verify_certificate(given);
  if (given.verb == "score") return score_network(given);
  const auto options = options_of(given);
  if (!options) return print_error(options.error());
  if (given.data.empty())
    return print_error({ErrorKind::invalid, "--data is missing: the folder with samples"});
  if (given.out.empty())
    return print_error({ErrorKind::invalid, "--out is missing: the folder for what is made"});
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto key = open_certificate_key(given.key, (*world)->disk);
  if (!key) return print_error(key.error());
  const workshop::Tools tools{*(*world)->backend, (*world)->clock, *key,
                              [&](std::string_view line) {
                                std::fprintf(given.json ? stderr : stdout, "%.*s\n",
                                             static_cast<int>(line.size()), line.data());
                              },
                              "/proc/self/exe"};
  const auto outcomes = workshop::optimise(*options, tools);
  if (!outcomes) return print_error(outcomes.error());
  return report_outcomes(*outcomes, given.json);
}

}  // namespace oree::app
