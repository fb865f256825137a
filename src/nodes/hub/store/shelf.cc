#include "nodes/hub/store/shelf.h"

namespace oree::hub {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE IF NOT EXISTS devices(id TEXT PRIMARY KEY, key TEXT NOT NULL, hardware TEXT NOT NULL,
  software TEXT NOT NULL, tags TEXT NOT NULL, standing TEXT NOT NULL, enrolled INTEGER NOT NULL,
  enrolled_by TEXT NOT NULL, ceiling INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 1,
  instances TEXT NOT NULL DEFAULT '[]', last_seen INTEGER NOT NULL DEFAULT 0, reported TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS assignments(device TEXT NOT NULL, model TEXT NOT NULL, package TEXT NOT NULL,
  rollout TEXT NOT NULL, before TEXT NOT NULL, PRIMARY KEY(device, model)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bad(package TEXT PRIMARY KEY, why TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invitations(secret TEXT PRIMARY KEY, note TEXT NOT NULL, uses INTEGER NOT NULL,
  expires INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people(name TEXT PRIMARY KEY, role TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packages(digest TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
  release INTEGER NOT NULL, hardware TEXT NOT NULL, bytes INTEGER NOT NULL, document TEXT NOT NULL,
  signer TEXT NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL, UNIQUE(name, version));
CREATE TABLE IF NOT EXISTS rollouts(id TEXT PRIMARY KEY, model TEXT NOT NULL, package TEXT NOT NULL,
  plan TEXT NOT NULL, options TEXT NOT NULL, state TEXT NOT NULL, status TEXT NOT NULL,
  created INTEGER NOT NULL, created_by TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS evidence(device TEXT NOT NULL, rollout TEXT NOT NULL, sums TEXT NOT NULL,
  PRIMARY KEY(device, rollout)) WITHOUT ROWID;
)sql";

}  // namespace

Result<std::unique_ptr<Shelf>> Shelf::open(const std::filesystem::path& file) {
  auto database = sql::Database::open(file.string(), {.sync = sql::Sync::full});
  if (!database) return forward(database);
  if (auto made = database->execute(kSchema); !made) return forward(made, file.string());
  return std::make_unique<Shelf>(*std::move(database));
}

std::string print_list(const std::vector<std::string>& texts) {
  json::Array list;
  for (const auto& text : texts) list.emplace_back(text);
  return json::print(list);
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> out;
  const auto value = json::parse(text);
  if (!value || value->array() == nullptr) return out;
  for (const auto& one : *value->array())
    if (one.text() != nullptr) out.push_back(*one.text());
  return out;
}

}  // namespace oree::hub
