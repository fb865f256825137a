// oree ledger: checks a proof without network, and shows what is in a log's folder and whether all of it
// fits.
#include <algorithm>
#include <cstdio>

#include "app/commands.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/ledger/proof.h"
#include "core/ledger/verify_folder.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

using namespace oree::ledger;

constexpr uint64_t kMaxPolicyBytes = 64 << 10;

Result<Policy> policy_of(const LedgerOptions& options, files::Disk& disk) {
  if (!options.policy.empty()) {
    const auto text = disk.read(options.policy, kMaxPolicyBytes);
    if (!text) return forward(text);
    auto policy = parse_policy(as_text(*text));
    if (!policy) return forward(policy, options.policy.string());
    return policy;
  }
  auto log = parse_verifier_key(options.key);
  if (!log) return forward(log, "--key");
  Policy policy{std::move(*log), {}, 0};
  for (const auto& text : options.witnesses) {
    auto witness = parse_verifier_key(text);
    if (!witness) return forward(witness, "--witness");
    policy.witnesses.push_back(std::move(*witness));
  }
  policy.quorum = options.quorum.value_or(policy.witnesses.size());
  if (auto sound = check_policy(policy); !sound) return forward(sound);
  return policy;
}

std::string time_text(int64_t unix_seconds) {
  constexpr int64_t kYear9999 = 253'402'300'799;
  return unix_seconds > kYear9999 ? cat(unix_seconds)
                                  : iso_text(WallTime(std::chrono::seconds(unix_seconds)));
}

bool is_readable(ByteView bytes) {
  return std::ranges::none_of(bytes, [](std::byte byte) {
    const auto c = std::to_integer<unsigned char>(byte);
    return (c < 0x20 && c != '\n') || c >= 0x7F;
  });
}

void add_entry(json::Object& out, ByteView entry) {
  if (is_readable(entry)) {
    out.emplace_back("entry", std::string(as_text(entry)));
  } else {
    out.emplace_back("entry_base64", crypto::base64(entry));
  }
}

// One line: what the entry says, without the lines' ends.
std::string short_text(ByteView entry) {
  if (!is_readable(entry)) return cat(entry.size(), " bytes");
  std::string text(trim(as_text(entry)));
  std::ranges::replace(text, '\n', ' ');
  constexpr size_t kShown = 100;
  return text.size() > kShown ? text.substr(0, kShown) + "…" : text;
}

void print_proven_json(const Proven& proven) {
  json::Object out{{"valid", true},
                   {"origin", proven.origin},
                   {"index", proven.index},
                   {"size", proven.size},
                   {"root", base64_text(proven.root)}};
  add_entry(out, proven.entry);
  json::Array witnesses;
  for (const auto& one : proven.witnesses)
    witnesses.push_back(json::Object{{"name", one.name}, {"at", time_text(one.unix_seconds)}});
  out.emplace_back("witnesses", std::move(witnesses));
  std::printf("%s\n", json::print(out, 2).c_str());
}

void print_proven(const Proven& proven) {
  std::printf("%s entry %s of %s is in the tree of %s entries, signed by the log\n",
              paint("✓", Tone::ok).c_str(), cat(proven.index).c_str(), proven.origin.c_str(),
              cat(proven.size).c_str());
  for (const auto& one : proven.witnesses)
    std::printf("%s %s cosigned it at %s\n", paint("✓", Tone::ok).c_str(), one.name.c_str(),
                time_text(one.unix_seconds).c_str());
  if (is_readable(proven.entry)) {
    std::printf("\n%s", std::string(as_text(proven.entry)).c_str());
  } else {
    std::printf("\n%zu bytes, SHA-256 %s\n", proven.entry.size(), crypto::sha256(proven.entry).hex().c_str());
  }
}

int verify_proof_file(const LedgerOptions& options) {
  if (options.key.empty() && options.policy.empty())
    return print_error({ErrorKind::invalid, "whose proof it is cannot be told without a key"},
                       "give the log's verifier key with --key, or --policy FILE");
  files::RealDisk disk;
  const auto policy = policy_of(options, disk);
  if (!policy) return print_error(policy.error());
  const auto bytes = disk.read(options.target, kMaxProofBytes);
  if (!bytes) return print_error(bytes.error());
  const auto proof = parse_proof(as_text(*bytes));
  if (!proof)
    return print_error({ErrorKind::invalid, cat(options.target.string(), ", ", proof.error().what)});
  const auto proven = verify_proof(*proof, *policy);
  if (proven) {
    options.json ? print_proven_json(*proven) : print_proven(*proven);
    return 0;
  }
  const Error error = proven.error().error();
  if (!options.json) return print_error(error);
  const json::Object out{{"valid", false},
                         {"part", std::string(name_of(proven.error().part))},
                         {"witness", proven.error().witness},
                         {"error", proven.error().what}};
  std::printf("%s\n", json::print(out, 2).c_str());
  return facts(error.kind).exit_code;
}

json::Value checkpoint_json(const std::optional<Checkpoint>& checkpoint) {
  if (!checkpoint) return nullptr;
  return json::Object{
      {"origin", checkpoint->origin}, {"size", checkpoint->size}, {"root", base64_text(checkpoint->root)}};
}

void print_folder_json(const FolderReport& report, uint64_t from, const std::vector<ByteBuffer>& entries) {
  json::Array findings;
  for (const auto& one : report.findings) {
    findings.push_back(json::Object{{"kind", std::string(name_of(one.kind))},
                                    {"file", one.file},
                                    {"entry", one.entry ? json::Value(*one.entry) : json::Value(nullptr)},
                                    {"what", one.what}});
  }
  json::Array shown;
  for (size_t i = 0; i < entries.size(); ++i) {
    json::Object one{{"index", from + i}};
    add_entry(one, entries[i]);
    shown.push_back(std::move(one));
  }
  const json::Object out{{"size", report.size},
                         {"root", base64_text(report.root)},
                         {"checkpoint", checkpoint_json(report.checkpoint)},
                         {"cosigned", checkpoint_json(report.cosigned)},
                         {"findings", std::move(findings)},
                         {"entries", std::move(shown)}};
  std::printf("%s\n", json::print(out, 2).c_str());
}

void print_folder(const LedgerOptions& options, const FolderReport& report, uint64_t from,
                  const std::vector<ByteBuffer>& entries) {
  const auto size_of = [](const std::optional<Checkpoint>& one) { return one ? cat(one->size) : "nothing"; };
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < entries.size(); ++i) rows.push_back({cat(from + i), short_text(entries[i])});
  if (!rows.empty()) print_table({"entry", "text"}, rows);
  std::printf("\n%s: %s entries, signed over %s, cosigned over %s\nroot %s\n",
              report.checkpoint ? report.checkpoint->origin.c_str() : options.target.c_str(),
              cat(report.size).c_str(), size_of(report.checkpoint).c_str(), size_of(report.cosigned).c_str(),
              base64_text(report.root).c_str());
  for (const auto& one : report.findings)
    std::printf("%s %s (%s)\n", paint("✗", Tone::ko).c_str(), print_finding(options.target, one).c_str(),
                std::string(name_of(one.kind)).c_str());
  if (report.findings.empty())
    std::printf("%s every entry, tile and checkpoint fits%s\n", paint("✓", Tone::ok).c_str(),
                options.key.empty() ? "; signatures are not checked without --key" : "");
}

int show_folder(const LedgerOptions& options) {
  files::RealDisk disk;
  std::optional<VerifierKey> key;
  if (!options.key.empty()) {
    auto parsed = parse_verifier_key(options.key);
    if (!parsed) return print_error(parsed.error());
    key = std::move(*parsed);
  }
  const auto report = verify_folder(options.target, key ? &*key : nullptr, disk);
  if (!report) return print_error(report.error());
  const uint64_t limit = static_cast<uint64_t>(options.limit);
  const uint64_t from = report->size - std::min(report->size, limit);
  // What is damaged is told by the report; the rest is shown.
  const auto entries = read_entries(options.target, from, limit, disk).value_or(std::vector<ByteBuffer>());
  if (options.json) {
    print_folder_json(*report, from, entries);
  } else {
    print_folder(options, *report, from, entries);
  }
  return report->findings.empty() ? 0 : facts(ErrorKind::corrupt).exit_code;
}

}  // namespace

int run_ledger(const LedgerOptions& options) {
  return options.verb == "show" ? show_folder(options) : verify_proof_file(options);
}

}  // namespace oree::app
