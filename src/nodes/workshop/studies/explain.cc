#include "nodes/workshop/studies/explain.h"

#include <algorithm>

#include "base/text.h"
#include "nodes/workshop/studies/explain_network.h"
#include "platform/files/files.h"

namespace oree::workshop {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTextBytes = 64 << 20;

std::string text_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

const json::Array& list_at(const json::Value& value, std::string_view key) {
  static const json::Array kNone;
  const json::Value* found = value.find(key);
  return found == nullptr || found->array() == nullptr ? kNone : *found->array();
}

Finding finding_of(const diagnosis::Fault& fault, std::string where, std::string evidence) {
  return {&fault,
          std::move(where),
          std::move(evidence),
          std::string(fault.cause),
          std::string(fault.repair),
          std::string(fault.command)};
}

void add(Explanation& to, const Explanation& more) {
  to.findings.insert(to.findings.end(), more.findings.begin(), more.findings.end());
  to.good.insert(to.good.end(), more.good.begin(), more.good.end());
}

void explain_gate(const json::Value& gate, const std::string& whose, Explanation& out) {
  const std::string name = text_at(gate, "name"), verdict = text_at(gate, "verdict");
  const std::string measured = cat(text_at(gate, "measured"), "; asked ", text_at(gate, "limit"));
  if (verdict == "holds") {
    out.good.push_back(cat(whose, name, ": ", measured));
    return;
  }
  const std::string why = text_at(gate, "why"), repair = text_at(gate, "repair");
  const auto rows = diagnosis::faults_in(why);
  const diagnosis::Fault* fault = !rows.empty() ? rows[0] : diagnosis::find_fault(cat("gate-", name));
  Finding finding{fault, cat(whose, name), measured, why, repair, ""};
  if (verdict == "open") {
    finding.fault = nullptr;
    finding.evidence = cat("open: ", measured);
  } else if (fault != nullptr) {
    finding.cause = why.empty() ? std::string(fault->cause) : cat(why, ": ", fault->cause);
    finding.repair = repair.empty() ? std::string(fault->repair) : cat(repair, "; or ", fault->repair);
    finding.command = fault->command;
  }
  out.findings.push_back(std::move(finding));
}

// A certificate, with or without its signature around it.
Explanation explain_certificate(const json::Value& value) {
  const json::Value* inner = value.find("certificate");
  const json::Value& certificate = inner == nullptr ? value : *inner;
  Explanation out{"a certificate", {}, {}};
  const std::string whose = cat(text_at(certificate, "target"), " · ");
  for (const json::Value& gate : list_at(certificate, "gates")) explain_gate(gate, whose, out);
  for (const json::Value& note : list_at(certificate, "notes")) {
    const std::string text = note.text() == nullptr ? "" : *note.text();
    for (const diagnosis::Fault* fault : diagnosis::faults_in(text))
      out.findings.push_back(finding_of(*fault, whose.substr(0, whose.size() - 4), text));
  }
  return out;
}

Explanation explain_search(const json::Value& record) {
  Explanation out{"a search", {}, {}};
  const json::Array& trials = list_at(record, "trials");
  if (trials.empty()) {
    out.findings.push_back({nullptr, "", "no trial", "it was stopped before the first was measured",
                            "start it again: it goes on where it was", ""});
    return out;
  }
  const auto tried = static_cast<double>(trials.size());
  const double budget = record.find("budget") == nullptr ? 0 : record.find("budget")->number().value_or(0);
  if (tried < budget)
    out.findings.push_back({nullptr, "", cat(trials.size(), " of ", fixed(budget, 0), " trials"),
                            "it was stopped, or ways without a kernel here were left out",
                            "the same command goes on where it was", ""});
  if (record.find("pick") == nullptr && tried >= budget)
    out.findings.push_back({nullptr, "", "no way was picked",
                            "none keeps enough of the accuracy without being slower than the float network",
                            "give a larger --budget, or ask for less with --min-accuracy",
                            "oree optimise assess MODEL --data DIR"});
  out.good.push_back(cat(trials.size(), " ways are measured"));
  return out;
}

Explanation explain_json(const json::Value& value) {
  if (text_at(value, "format") == "oree-search/2") return explain_search(value);
  if (value.array() == nullptr) return explain_certificate(value);
  Explanation out{"a run", {}, {}};
  for (const json::Value& one : *value.array()) add(out, explain_certificate(one));
  return out;
}

Result<Explanation> explain_text(const fs::path& path) {
  files::RealDisk disk;
  const auto bytes = disk.read(path, kMaxTextBytes);
  if (!bytes) return forward(bytes);
  const Result<json::Value> value = json::parse(as_text(*bytes));
  const bool known = value && (value->array() != nullptr || value->find("certificate") != nullptr ||
                               value->find("gates") != nullptr || value->find("format") != nullptr);
  return known ? explain_json(*value) : explain_message(as_text(*bytes));
}

// What `run` and `search` leave in their folders.
Result<Explanation> explain_folder(const fs::path& folder) {
  Explanation out{"a run", {}, {}};
  files::RealDisk disk;
  const auto names = disk.list(folder);
  if (!names) return forward(names);
  bool any = false;
  for (const fs::path& name : *names) {
    const std::string text = name.string();
    if (text.starts_with(".work-")) {
      any = true;
      out.findings.push_back({nullptr, text, "a folder of temporary files",
                              "a run was killed, or is still at work",
                              "remove it when no run is at work there; nothing in it is certified", ""});
    }
    if (!text.ends_with(".certificate.json") && text != "search.json") continue;
    any = true;
    const auto one = explain_text(folder / name);
    if (!one) return forward(one);
    add(out, *one);
  }
  if (!any)
    out.findings.push_back({nullptr, folder.filename().string(), "it holds no certificate and no search",
                            "no gate held, so nothing was written; or it is another folder",
                            "run again with --json and explain what it printed", ""});
  return out;
}

}  // namespace

Explanation explain_message(std::string_view text) {
  Explanation out{"a message", {}, {}};
  for (const diagnosis::Fault* fault : diagnosis::faults_in(text)) {
    std::string line;
    for (const std::string_view one : split(text, '\n'))
      if (const auto in = diagnosis::faults_in(one); line.empty() && std::ranges::find(in, fault) != in.end())
        line = trim(one).substr(0, 400);
    out.findings.push_back(finding_of(*fault, "", std::move(line)));
  }
  return out;
}

Result<Explanation> explain(const fs::path& path, inference::Backend& backend) {
  std::error_code failed;
  const bool folder = fs::is_directory(path, failed);
  if (!fs::exists(path, failed)) return fail(ErrorKind::not_found, cat(path.string(), ": nothing is there"));
  if (folder && !fs::exists(path / "model.onnx", failed)) return explain_folder(path);
  const std::string ending = lower(path.extension().string());
  if (folder || ending == ".onnx" || ending == ".tflite" || ending == ".ort")
    return explain_network(path, backend);
  return explain_text(path);
}

json::Value to_json(const Explanation& explanation) {
  json::Array findings, good;
  for (const Finding& finding : explanation.findings)
    findings.push_back(json::Object{
        {"fault", finding.fault == nullptr ? json::Value() : json::Value(std::string(finding.fault->id))},
        {"title", finding.fault == nullptr ? "" : std::string(finding.fault->title)},
        {"where", finding.where},
        {"evidence", finding.evidence},
        {"cause", finding.cause},
        {"repair", finding.repair},
        {"command", finding.command}});
  for (const std::string& one : explanation.good) good.push_back(one);
  return json::Object{
      {"what", explanation.what}, {"findings", std::move(findings)}, {"good", std::move(good)}};
}

}  // namespace oree::workshop
