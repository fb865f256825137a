#include "nodes/hub/store/devices.h"

#include <array>

#include "nodes/hub/store/people.h"

namespace oree::hub {
namespace {

struct Row {
  Standing standing;
  std::string_view name;
};
constexpr std::array<Row, 3> kStandings{
    {{Standing::waiting, "waiting"}, {Standing::admitted, "admitted"}, {Standing::cloned, "cloned"}}};

Result<Device> device_of(const sql::Statement& row) {
  Device device;
  device.id = row.text(0);
  auto key = crypto::parse_public_key(row.text(1));
  const auto standing = parse_standing(row.text(5));
  if (!key || !standing)
    return fail(ErrorKind::corrupt, cat("hub.db: the station '", device.id, "' is not as it was written"));
  device.key = *key;
  device.hardware = row.text(2);
  device.software = row.text(3);
  device.tags = parse_list(row.text(4));
  device.standing = *standing;
  device.enrolled = row.integer(6);
  device.enrolled_by = row.text(7);
  device.ceiling = static_cast<uint64_t>(row.integer(8));
  device.revision = static_cast<uint64_t>(row.integer(9));
  device.instances = parse_list(row.text(10));
  device.last_seen = row.integer(11);
  device.reported = row.text(12);
  return device;
}

}  // namespace

std::string_view standing_name(Standing standing) {
  for (const auto& row : kStandings)
    if (row.standing == standing) return row.name;
  return "";
}

std::optional<Standing> parse_standing(std::string_view name) {
  for (const auto& row : kStandings)
    if (row.name == name) return row.standing;
  return std::nullopt;
}

Result<std::vector<Device>> DeviceStore::load() {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(
      "SELECT id,key,hardware,software,tags,standing,enrolled,enrolled_by,ceiling,revision,instances,"
      "last_seen,reported FROM devices ORDER BY id");
  if (!statement) return forward(statement);
  return rows<Device>(*statement, device_of);
}

Result<std::map<std::string, Assignments>> DeviceStore::load_assignments() {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare("SELECT device,model,package,rollout,before FROM assignments");
  if (!statement) return forward(statement);
  std::map<std::string, Assignments> out;
  for (;;) {
    const auto row = statement->step();
    if (!row) return forward(row);
    if (!*row) return out;
    out[std::string(statement->text(0))][std::string(statement->text(1))] = {
        std::string(statement->text(2)), std::string(statement->text(3)), std::string(statement->text(4))};
  }
}

Result<std::vector<std::string>> DeviceStore::load_bad() {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare("SELECT package FROM bad ORDER BY at");
  if (!statement) return forward(statement);
  return rows<std::string>(
      *statement, [](const sql::Statement& row) -> Result<std::string> { return std::string(row.text(0)); });
}

Status DeviceStore::add(Device& d, std::string_view secret, int64_t now) {
  const std::lock_guard lock(shelf_.mutex);
  auto transaction = sql::Transaction::begin(shelf_.database);
  if (!transaction) return forward(transaction);
  if (!secret.empty()) {
    const auto note = use_invitation(shelf_.database, secret, now);
    if (!note) return forward(note);
    d.enrolled_by = cat("invitation ", *note);
  }
  auto done = run(shelf_.database,
                  "INSERT INTO devices(id,key,hardware,software,tags,standing,enrolled,enrolled_by) "
                  "VALUES(?,?,?,?,?,?,?,?)",
                  d.id, d.key.base64(), d.hardware, d.software, print_list(d.tags), standing_name(d.standing),
                  d.enrolled, d.enrolled_by);
  if (!done) return done;
  return transaction->commit();
}

Status DeviceStore::remove(const std::string& id) {
  const std::lock_guard lock(shelf_.mutex);
  auto transaction = sql::Transaction::begin(shelf_.database);
  if (!transaction) return forward(transaction);
  for (const auto* table : {"assignments", "evidence"}) {
    auto done = run(shelf_.database, cat("DELETE FROM ", table, " WHERE device=?"), id);
    if (!done) return done;
  }
  if (auto done = run(shelf_.database, "DELETE FROM devices WHERE id=?", id); !done) return done;
  return transaction->commit();
}

Status DeviceStore::update(const Device& d) {
  const std::lock_guard lock(shelf_.mutex);
  return run(
      shelf_.database,
      "UPDATE devices SET key=?,hardware=?,software=?,tags=?,standing=?,ceiling=?,instances=? WHERE id=?",
      d.key.base64(), d.hardware, d.software, print_list(d.tags), standing_name(d.standing),
      static_cast<int64_t>(d.ceiling), print_list(d.instances), d.id);
}

Status DeviceStore::flush(const std::vector<Device>& devices) {
  if (devices.empty()) return {};
  const std::lock_guard lock(shelf_.mutex);
  auto transaction = sql::Transaction::begin(shelf_.database);
  if (!transaction) return forward(transaction);
  auto statement =
      shelf_.database.prepare("UPDATE devices SET last_seen=?,reported=?,software=?,hardware=? WHERE id=?");
  if (!statement) return forward(statement);
  for (const auto& d : devices) {
    statement->bind(1, d.last_seen).bind(2, d.reported).bind(3, d.software).bind(4, d.hardware).bind(5, d.id);
    if (auto done = statement->run(); !done) return done;
  }
  return transaction->commit();
}

Status write_changes(sql::Database& database, const std::vector<Change>& changes) {
  for (const auto& change : changes) {
    auto done =
        change.to
            ? run(database,
                  "INSERT INTO assignments(device,model,package,rollout,before) VALUES(?,?,?,?,?) "
                  "ON CONFLICT(device,model) DO UPDATE SET package=excluded.package,"
                  "rollout=excluded.rollout,before=excluded.before",
                  change.device, change.model, change.to->package, change.to->rollout, change.to->before)
            : run(database, "DELETE FROM assignments WHERE device=? AND model=?", change.device,
                  change.model);
    if (!done) return done;
    done = run(database, "UPDATE devices SET revision=revision+1 WHERE id=?", change.device);
    if (!done) return done;
  }
  return {};
}

Status bump_all(sql::Database& database) {
  return database.execute("UPDATE devices SET revision=revision+1");
}

}  // namespace oree::hub
