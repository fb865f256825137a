// oree optimise explain: what is wrong with a network, a run or a message, why, and what to do.
#include "nodes/workshop/studies/explain.h"

#include <cstdio>

#include "app/optimise/studies.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"

namespace oree::app {

namespace {

void line(const char* label, const std::string& text) {
  if (!text.empty()) std::printf("  %s %s\n", paint(label, Tone::muted).c_str(), text.c_str());
}

int print_explanation(const workshop::Explanation& found, bool as_json) {
  if (as_json) {
    std::printf("%s\n", json::print(to_json(found), 2).c_str());
    return 0;
  }
  for (const workshop::Finding& finding : found.findings) {
    const std::string title = finding.fault == nullptr ? finding.evidence : std::string(finding.fault->title);
    std::printf("%s%s\n", paint(title, Tone::accent).c_str(),
                finding.where.empty() ? "" : cat(" · ", finding.where).c_str());
    if (finding.fault != nullptr) line("seen:  ", finding.evidence);
    line("cause: ", finding.cause);
    line("repair:", finding.repair);
    line("try:   ", finding.command);
  }
  for (const std::string& one : found.good) std::printf("%s %s\n", paint("✓", Tone::ok).c_str(), one.c_str());
  if (found.findings.empty())
    std::printf("Nothing that is known to go wrong was found in this: %s.\n", found.what.c_str());
  return 0;
}

int print_faults(bool as_json) {
  if (as_json) {
    json::Array rows;
    for (const diagnosis::Fault& fault : diagnosis::faults())
      rows.push_back(json::Object{{"fault", std::string(fault.id)},
                                  {"title", std::string(fault.title)},
                                  {"cause", std::string(fault.cause)},
                                  {"repair", std::string(fault.repair)},
                                  {"command", std::string(fault.command)}});
    std::printf("%s\n", json::print(rows, 2).c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const diagnosis::Fault& fault : diagnosis::faults())
    rows.push_back({std::string(fault.id), std::string(fault.title), std::string(fault.repair)});
  print_table({"fault", "what is seen", "repair"}, rows);
  std::printf("\n");
  rows.clear();
  for (const diagnosis::Remedy& remedy : diagnosis::remedies())
    rows.push_back({std::string(remedy.problem), std::string(remedy.oree)});
  print_table({"problem", "here"}, rows);
  return 0;
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  if (!options.message.empty())
    return print_explanation(workshop::explain_message(options.message), options.json);
  if (options.path.empty()) return print_faults(options.json);
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto found = workshop::explain(options.path, *(*world)->backend);
  if (!found) return print_error(found.error());
  return print_explanation(*found, options.json);
}

}  // namespace oree::app
