#include "nodes/edge/maintenance/notary.h"

#include <algorithm>

#include "base/text.h"

namespace oree::edge {
namespace {

constexpr uint64_t kRecent = 20'000;  // entries that are known by their order
constexpr size_t kPage = 5'000;
constexpr std::chrono::seconds kLongestRound{1};
constexpr size_t kMostCollecting = 16;  // checkpoints that are being cosigned at a time

std::string key_of(const LedgerEntry& entry) {
  return cat(entry.order, " ", entry.state);
}

}  // namespace

std::string print(const LedgerEntry& entry) {
  return cat("oree/entry/v1\norder ", entry.order, "\nstate ", entry.state, "\nevidence ", entry.evidence,
             "\nproposal ", entry.proposal, "\ndecisions ", entry.decisions, "\nat ", entry.at, "\n");
}

std::optional<LedgerEntry> parse_entry(std::string_view text) {
  const auto lines = split(text, '\n');
  static constexpr std::string_view kKeys[] = {"order ",    "state ",     "evidence ",
                                               "proposal ", "decisions ", "at "};
  if (lines.size() != 8 || lines[0] != "oree/entry/v1") return std::nullopt;
  std::vector<std::string> values;
  for (size_t i = 0; i < std::size(kKeys); ++i) {
    if (!lines[i + 1].starts_with(kKeys[i])) return std::nullopt;
    values.emplace_back(lines[i + 1].substr(kKeys[i].size()));
  }
  const auto at = parse_number<int64_t>(values[5]);
  if (!at) return std::nullopt;
  LedgerEntry entry{values[0], values[1], values[2], values[3], values[4], *at};
  return print(entry) == text ? std::optional(std::move(entry)) : std::nullopt;
}

Result<std::unique_ptr<Notary>> Notary::open(const std::filesystem::path& folder, const std::string& station,
                                             const crypto::SigningKey& key, const MaintenanceFile& file,
                                             files::Disk& disk, const Clock& clock) {
  const std::string origin = cat("oree/", station, "/orders");
  auto log = ledger::Log::open(folder, origin, key, disk);
  if (!log) return forward(log);
  ledger::Policy policy{.log = (*log)->key(), .witnesses = {}, .quorum = 0};
  for (const auto& authority : file.authorities) {
    if (authority.witness) policy.witnesses.push_back(*authority.witness);
  }
  policy.quorum = std::min(policy.witnesses.size(), static_cast<size_t>(std::max(0, file.quorum)));
  if (auto sound = ledger::check_policy(policy); !sound) return forward(sound);
  std::unique_ptr<Notary> notary(new Notary(*std::move(log), std::move(policy), clock));
  if (auto loaded = notary->load(); !loaded) return forward(loaded);
  return notary;
}

// The newest entries by their orders, and how far the witnesses were.
Status Notary::load() {
  const uint64_t size = log_->size();
  for (uint64_t from = size > kRecent ? size - kRecent : 0; from < size;) {
    const auto page = log_->entries(from, kPage);
    if (!page) return forward(page);
    if (page->empty()) break;
    for (const auto& entry : *page) learn_entry(entry);
    from += page->size();
  }
  const std::string note = log_->cosigned();
  if (note.empty()) {
    if (policy_.quorum == 0) cosigned_size_ = size;
    return {};
  }
  // Other witnesses than before: what they cosigned does not count, and the next checkpoint is for the new.
  const auto checked = ledger::verify_checkpoint(note, policy_);
  if (!checked) return {};
  cosigned_size_ = checked->first.size;
  for (const auto& one : checked->second) cosigned_by_.push_back(one.name);
  return {};
}

void Notary::learn_entry(const ledger::Entry& entry) {
  if (const auto parsed = parse_entry(as_text(entry.bytes))) recent_[key_of(*parsed)] = entry.index;
}

Result<uint64_t> Notary::append(const LedgerEntry& entry) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = recent_.find(key_of(entry)); known != recent_.end()) return known->second;
  }
  const std::string text = print(entry);
  const ByteView bytes = as_bytes(text);
  const auto index = log_->append({&bytes, 1});
  if (!index) return index;
  const std::lock_guard lock(mutex_);
  if (recent_.size() > 2 * kRecent) recent_.clear();
  recent_[key_of(entry)] = *index;
  if (policy_.quorum == 0) cosigned_size_ = std::max(cosigned_size_, *index + 1);
  return index;
}

uint64_t Notary::size() const {
  return log_->size();
}

uint64_t Notary::cosigned_size() const {
  const std::lock_guard lock(mutex_);
  return cosigned_size_;
}

std::vector<std::string> Notary::cosigned_by() const {
  const std::lock_guard lock(mutex_);
  return cosigned_by_;
}

// All witnesses are asked for the same checkpoint until enough of them have signed it, however fast entries
// come; but not for ever.
std::optional<std::string> Notary::round_for(uint64_t old) {
  const std::lock_guard lock(mutex_);
  const auto at = collecting_.find(round_);
  if (at == collecting_.end() || round_ <= old || round_ <= cosigned_size_) return std::nullopt;
  if (clock_.mono() - round_began_ > kLongestRound) return std::nullopt;
  return at->second.note;
}

Result<Notary::Request> Notary::request(uint64_t old) {
  Result<std::string> note = round_for(old).value_or("");
  if (note->empty()) note = log_->checkpoint();
  if (!note) return forward(note);
  const auto parsed = ledger::parse_note(*note);
  if (!parsed) return forward(parsed);
  const auto checkpoint = ledger::parse_checkpoint(parsed->text);
  if (!checkpoint) return forward(checkpoint);
  old = std::min(old, checkpoint->size);
  const auto path = log_->consistency(old, checkpoint->size);
  if (!path) return forward(path);
  std::string body = cat("old ", old, "\n");
  for (const auto& hash : *path) body += cat(ledger::base64_text(hash), "\n");
  {
    const std::lock_guard lock(mutex_);
    collecting_[checkpoint->size].note = *note;
    if (checkpoint->size > round_) {
      round_ = checkpoint->size;
      round_began_ = clock_.mono();
    }
    while (collecting_.size() > kMostCollecting) collecting_.erase(collecting_.begin());
  }
  return Request{old, checkpoint->size, cat(body, "\n", *note)};
}

Status Notary::add_cosignature(const ledger::VerifierKey& witness, uint64_t size, std::string_view lines) {
  const std::lock_guard lock(mutex_);
  const auto at = collecting_.find(size);
  if (at == collecting_.end()) return {};  // a newer one is under way
  auto note = ledger::parse_note(cat(at->second.note, lines));
  if (!note) return forward(note, witness.name);
  if (ledger::check_signature(*note, witness).state != ledger::Signed::right)
    return fail(ErrorKind::denied,
                cat("authority '", witness.name, "' answered with a cosignature that is not its own"));
  at->second.lines[witness.name] = lines;
  return keep_when_enough(size);
}

// With the lock held.
Status Notary::keep_when_enough(uint64_t size) {
  const auto& collecting = collecting_[size];
  if (collecting.lines.size() < policy_.quorum || size < cosigned_size_) return {};
  std::string note = collecting.note;
  for (const auto& [name, line] : collecting.lines) note += line;
  const auto checked = ledger::verify_checkpoint(note, policy_);
  if (!checked) return std::unexpected(checked.error().error());
  if (auto kept = log_->keep_cosigned(note); !kept) return kept;
  cosigned_size_ = size;
  cosigned_by_.clear();
  for (const auto& one : checked->second) cosigned_by_.push_back(one.name);
  return {};
}

Result<std::string> Notary::proof(uint64_t index) {
  const std::string note = policy_.quorum == 0 ? log_->checkpoint().value_or("") : log_->cosigned();
  const auto parsed = ledger::parse_note(note);
  const auto checkpoint = parsed ? ledger::parse_checkpoint(parsed->text) : forward(parsed);
  if (!checkpoint || checkpoint->size <= index)
    return fail(ErrorKind::busy, "the witnesses have not cosigned this entry yet; ask again in a moment");
  const auto entry = log_->entries(index, 1);
  if (!entry) return forward(entry);
  if (entry->empty()) return fail(ErrorKind::not_found, cat("the ledger has no entry ", index));
  const auto path = log_->inclusion(index, checkpoint->size);
  if (!path) return forward(path);
  return ledger::print_proof({entry->front().bytes, index, *path, note});
}

Result<std::string> Notary::file(const std::string& path) {
  const auto bytes = log_->read_file(path);
  if (!bytes) return forward(bytes);
  return std::string(as_text(*bytes));
}

json::Value Notary::json() const {
  json::Array witnesses, by;
  for (const auto& one : policy_.witnesses) witnesses.emplace_back(one.text());
  for (const auto& one : cosigned_by()) by.emplace_back(one);
  const auto root = log_->root(log_->size());
  const std::string cosigned = log_->cosigned();
  return json::Object{{"origin", log_->origin()},
                      {"size", log_->size()},
                      {"root", root ? ledger::base64_text(*root) : ""},
                      {"key", log_->key().text()},
                      {"station_key", log_->key().key.base64()},
                      {"witnesses", std::move(witnesses)},
                      {"quorum", policy_.quorum},
                      {"checkpoint", cosigned.empty() ? log_->checkpoint().value_or("") : cosigned},
                      {"cosigned_size", cosigned_size()},
                      {"cosigned", std::move(by)}};
}

Result<json::Value> Notary::entries_json(uint64_t from, size_t limit) {
  json::Array entries;
  const auto found = log_->entries(from, limit);
  if (!found) return forward(found);
  for (const auto& entry : *found) {
    const std::string text(as_text(entry.bytes));
    const auto parsed = parse_entry(text).value_or(LedgerEntry{});
    entries.emplace_back(json::Object{{"index", entry.index},
                                      {"order", parsed.order},
                                      {"state", parsed.state},
                                      {"evidence", parsed.evidence},
                                      {"proposal", parsed.proposal},
                                      {"decisions", parsed.decisions},
                                      {"at", parsed.at},
                                      {"text", text}});
  }
  return json::Value(json::Object{{"entries", std::move(entries)}, {"size", log_->size()}});
}

}  // namespace oree::edge
