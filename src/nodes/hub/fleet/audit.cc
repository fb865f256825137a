#include "nodes/hub/fleet/audit.h"

#include <algorithm>

#include "base/text.h"

namespace oree::hub {
namespace {

constexpr size_t kMostBytes = 60'000;

}  // namespace

Result<std::unique_ptr<Audit>> Audit::open(const std::filesystem::path& folder, const std::string& hub,
                                           const crypto::SigningKey& key, files::Disk& disk,
                                           const Clock& clock, Log& log) {
  auto opened = ledger::Log::open(folder, cat("oree/", hub, "/fleet"), key, disk);
  if (!opened) return forward(opened);
  return std::unique_ptr<Audit>(new Audit(*std::move(opened), clock, log));
}

void Audit::add(std::string_view what, json::Object facts) {
  facts.emplace_back("what", what);
  facts.emplace_back("at",
                     std::chrono::duration_cast<milliseconds>(clock_.wall().time_since_epoch()).count());
  std::ranges::sort(facts, {}, [](const json::Member& member) { return member.first; });
  std::string text = json::print(facts);
  if (text.size() > kMostBytes) text = json::print(json::Object{{"what", what}, {"too_long", text.size()}});
  const ByteView entry = as_bytes(text);
  const auto added = log_->append({&entry, 1});
  if (!added)
    return own_log_.error(cat("the audit log lacks '", text.substr(0, 200), "': ", added.error().what));
  if (auto signed_now = log_->checkpoint(); !signed_now)
    own_log_.error(cat("the audit log is not signed: ", signed_now.error().what));
}

Result<std::vector<json::Value>> Audit::newest(size_t limit) const {
  const uint64_t size = log_->size();
  const auto entries = log_->entries(size > limit ? size - limit : 0, limit);
  if (!entries) return forward(entries);
  std::vector<json::Value> out;
  for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
    auto value = json::parse(as_text(entry->bytes));
    if (!value) continue;
    value->set("index", entry->index);
    out.push_back(*std::move(value));
  }
  return out;
}

}  // namespace oree::hub
