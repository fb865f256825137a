// oree model history: what is told of a package, and what of it can be checked.
#include "core/package/history.h"

#include <cstdio>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/oci/reference.h"
#include "core/package/provenance.h"
#include "core/sealing/sealed_file.h"
#include "core/signature/bundle.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

struct Fact {
  std::string what, found, checked;
};

Fact packed_fact(const fs::path& folder, const package::PackageFile& package) {
  const auto whole = package::check_package(folder, package);
  return {"packed",
          cat(package.name, " version ", package.version, ", ", package.files.size(), " files, by ",
              package.tool, ", ", iso_text(package.packed)),
          whole ? "every file is as it was packed" : whole.error().what};
}

std::optional<Fact> provenance_fact(const fs::path& folder) {
  const auto text = read_text(folder / package::kProvenanceFile);
  if (!text) return std::nullopt;
  const auto made = package::parse_provenance(*text);
  if (!made) return Fact{"made", "?", made.error().what};
  std::string from = made->source
                         ? cat("from ", made->source->name, " ", made->source->digest.hex().substr(0, 16))
                         : "from a network that nobody names";
  if (made->data) from += cat(", with ", made->data->name, " ", made->data->digest.hex().substr(0, 16));
  if (!made->recipe.empty()) from += cat(", ", made->recipe);
  std::string checked = "the package is of another network";
  for (const auto& subject : made->subjects) {
    const auto digest = package::digest_of(folder / subject.name);
    if (digest && *digest == subject.digest) checked = "of the network in this package";
    const auto header = sealing::read_header(folder / (subject.name + std::string(sealing::kSealedSuffix)));
    if (header && header->digest == subject.digest) checked = "of the network that is sealed in this package";
  }
  return Fact{"made", from, checked};
}

std::optional<Fact> signature_fact(const fs::path& folder, const std::vector<fs::path>& trusted) {
  const auto text = read_text(folder / package::kSignatureFile);
  if (!text) return Fact{"signed", "by nobody", "–"};
  const auto bundle = signature::parse_bundle(*text);
  if (!bundle) return Fact{"signed", "?", bundle.error().what};
  const std::string who = bundle->chain.empty() ? cat("key ", bundle->hint) : bundle->chain.front().subject();
  if (trusted.empty()) return Fact{"signed", cat("by ", who), "not checked: --trust names whom to believe"};
  const auto trust = load_trust(trusted);
  if (!trust) return Fact{"signed", cat("by ", who), trust.error().what};
  const auto verdict = signature::verify(
      folder, *text, *trust,
      {.unsigned_paths = {std::string(package::kSignatureFile), std::string(package::kHistoryFile)}});
  return Fact{"signed", cat("by ", who), verdict ? "the signature fits every file" : verdict.error().what};
}

std::vector<Fact> sealed_facts(const fs::path& folder, const package::PackageFile& package) {
  std::vector<Fact> out;
  for (const auto& file : package.files) {
    if (!file.path.ends_with(sealing::kSealedSuffix)) continue;
    const auto header = sealing::read_header(folder / file.path);
    if (!header) {
      out.push_back({"sealed", file.path, header.error().what});
      continue;
    }
    std::vector<std::string> ids;
    for (const auto& key : header->keys) ids.push_back(key.id);
    out.push_back({"sealed", cat(file.path, " for the keys ", join(ids, ", ")),
                   "segments are checked when it is opened"});
  }
  return out;
}

std::vector<Fact> facts_of(const fs::path& folder, const package::PackageFile& package,
                           const std::vector<fs::path>& trust) {
  std::vector<Fact> out;
  if (auto fact = provenance_fact(folder)) out.push_back(std::move(*fact));
  out.push_back(packed_fact(folder, package));
  for (auto& fact : sealed_facts(folder, package)) out.push_back(std::move(fact));
  if (auto fact = signature_fact(folder, trust)) out.push_back(std::move(*fact));
  return out;
}

void print_json(const std::vector<Fact>& facts, const std::vector<package::Event>& events) {
  json::Array checked, told;
  for (const auto& fact : facts)
    checked.push_back(json::Object{{"what", fact.what}, {"found", fact.found}, {"checked", fact.checked}});
  for (const auto& event : events)
    told.push_back(json::Object{
        {"at", iso_text(event.at)}, {"what", event.what}, {"by", event.by}, {"digest", event.digest}});
  const json::Value out = json::Object{{"checked", std::move(checked)}, {"events", std::move(told)}};
  std::printf("%s\n", json::print(out, 2).c_str());
}

}  // namespace

int run_history(const HistoryOptions& options) {
  const fs::path folder = options.folder;
  std::error_code failed;
  if (!fs::is_directory(folder, failed) && oci::parse_reference(folder.string()))
    return run_remote_history(options);
  const auto package = load_package(folder);
  if (!package) return print_error(package.error());
  const auto facts = facts_of(folder, *package, options.trust);
  const auto events = package::load_history(folder);
  if (options.json) {
    print_json(facts, events);
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& event : events)
    rows.push_back(
        {iso_text(event.at).substr(0, 19), event.what, event.by.substr(0, 60), event.digest.substr(0, 16)});
  print_table({"when", "what", "by", "package"}, rows);
  for (const auto& fact : facts)
    std::printf("%s %s (%s)\n", paint(cat(fact.what, ":"), Tone::accent).c_str(), fact.found.c_str(),
                fact.checked.c_str());
  return 0;
}

}  // namespace oree::app
