// oree model history of what lies in a registry.
#include <cstdio>

#include "app/model/package_folder.h"
#include "app/model/registry.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/oci/artefact.h"
#include "core/oci/modelpack.h"
#include "core/signature/bundle.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

constexpr size_t kMaxSignature = 96u << 20;

// Who a signature says it is by, and whether that holds.
json::Value signature_fact(const std::string& bundle, const std::vector<Path>& trusted) {
  const auto parsed = signature::parse_bundle(bundle);
  if (!parsed) return json::Object{{"by", "?"}, {"checked", parsed.error().what}};
  const std::string who = parsed->chain.empty() ? cat("key ", parsed->hint) : parsed->chain.front().subject();
  if (trusted.empty())
    return json::Object{{"by", who}, {"checked", "not checked: --trust names whom to believe"}};
  const auto trust = load_trust(trusted);
  const auto verdict = trust ? signature::read_signed(bundle, *trust) : forward(trust);
  return json::Object{
      {"by", who},
      {"checked", verdict ? "made by somebody trusted; 'pull' checks the files" : verdict.error().what}};
}

Result<json::Value> remote_facts(oci::Registry& registry, const oci::Reference& from,
                                 const HistoryOptions& options) {
  const auto found = oci::look_up(registry, from);
  if (!found) return forward(found);
  const auto about = registry.referrers(from.name, found->manifest.digest, "");
  if (!about) return forward(about);
  const auto bundles =
      oci::attached_texts(registry, from.name, found->manifest, oci::kSignatureType, kMaxSignature);
  if (!bundles) return forward(bundles);
  json::Array files, attached, signatures;
  for (const auto& layer : found->content.layers)
    files.push_back(json::Object{{"path", layer.annotation(oci::kFilePath)},
                                 {"bytes", layer.size},
                                 {"digest", oci::digest_text(layer.digest)}});
  for (const auto& one : *about)
    attached.push_back(json::Object{{"type", one.artifact_type}, {"digest", oci::digest_text(one.digest)}});
  for (const auto& one : *bundles) signatures.push_back(signature_fact(one, options.trust));
  json::Object packed;
  for (const auto& [key, value] : found->content.annotations)
    packed.emplace_back(key.substr(key.rfind('.') + 1), value);
  return json::Object{{"reference", from.text()},        {"digest", oci::digest_text(found->manifest.digest)},
                      {"packed", std::move(packed)},     {"files", std::move(files)},
                      {"attached", std::move(attached)}, {"signatures", std::move(signatures)}};
}

void print_remote(const json::Value& facts) {
  const auto text = [](const json::Value& of, const char* key) {
    const json::Value* found = of.find(key);
    return found == nullptr || found->text() == nullptr ? std::string() : *found->text();
  };
  const json::Value& packed = *facts.find("packed");
  std::printf("%s %s\n", paint(text(facts, "reference"), Tone::accent).c_str(),
              text(facts, "digest").c_str());
  std::printf("packed: %s version %s, %s\n", text(packed, "title").c_str(), text(packed, "version").c_str(),
              text(packed, "created").c_str());
  std::vector<std::vector<std::string>> rows;
  for (const auto& file : *facts.find("files")->array())
    rows.push_back({text(file, "path"),
                    size_text(static_cast<uint64_t>(file.find("bytes")->integer().value_or(0))),
                    text(file, "digest").substr(0, 23)});
  print_table({"file", "size", "digest"}, rows);
  for (const auto& one : *facts.find("attached")->array())
    std::printf("attached: %s %s\n", text(one, "type").c_str(), text(one, "digest").substr(0, 23).c_str());
  for (const auto& one : *facts.find("signatures")->array())
    std::printf("signed: by %s (%s)\n", text(one, "by").c_str(), text(one, "checked").c_str());
}

}  // namespace

int run_remote_history(const HistoryOptions& options) {
  const auto from = oci::parse_reference(options.folder.string());
  if (!from) return print_error(from.error());
  auto registry = open_registry(
      {.reference = options.folder.string(), .credentials = options.credentials, .ca = options.ca}, *from);
  if (!registry) return print_error(registry.error());
  const auto facts = remote_facts(**registry, *from, options);
  if (!facts) return print_error(facts.error());
  if (options.json) {
    std::printf("%s\n", json::print(*facts, 2).c_str());
  } else {
    print_remote(*facts);
  }
  return 0;
}

}  // namespace oree::app
