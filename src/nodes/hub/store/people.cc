#include "nodes/hub/store/people.h"

#include <algorithm>
#include <array>

namespace oree::hub {
namespace {

struct Row {
  Role role;
  std::string_view name;
};
constexpr std::array<Row, 4> kRoles{{{Role::nobody, "nobody"},
                                     {Role::operator_, "operator"},
                                     {Role::engineer, "engineer"},
                                     {Role::admin, "admin"}}};

std::string new_secret() {
  std::array<std::byte, 32> random;
  crypto::random_bytes(random);
  std::string text = crypto::base64(random);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.resize(43);
  return text;
}

std::string digest_of(std::string_view secret) {
  return crypto::sha256(as_bytes(secret)).hex();
}

}  // namespace

std::string_view role_name(Role role) {
  for (const auto& row : kRoles)
    if (row.role == role) return row.name;
  return "";
}

std::optional<Role> parse_role(std::string_view name) {
  for (const auto& row : kRoles)
    if (row.name == name && row.role != Role::nobody) return row.role;
  return std::nullopt;
}

Result<std::string> PeopleStore::invite(const Invitation& invitation) {
  if (invitation.note.size() > kMostNote)
    return fail(ErrorKind::invalid,
                cat("the note has ", invitation.note.size(), " bytes; ", kMostNote, " are the most"));
  const std::lock_guard lock(shelf_.mutex);
  std::string secret = new_secret();
  auto done =
      run(shelf_.database, "INSERT INTO invitations(secret,note,uses,expires,created) VALUES(?,?,?,?,?)",
          digest_of(secret), invitation.note, invitation.uses, invitation.expires, invitation.created);
  if (!done) return forward(done);
  return secret;
}

Result<std::string> use_invitation(sql::Database& database, std::string_view secret, int64_t now) {
  auto statement = database.prepare(
      "UPDATE invitations SET uses=uses-1 WHERE secret=? AND uses>0 AND expires>? RETURNING note");
  if (!statement) return forward(statement);
  statement->bind(1, digest_of(secret)).bind(2, now);
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row)
    return fail(ErrorKind::denied,
                "this invitation is unknown, used up or over; 'oree hub token new' makes another");
  std::string note(statement->text(0));
  if (auto done = statement->run(); !done) return forward(done);
  return note;
}

Result<std::string> PeopleStore::add_person(const Person& person, int64_t now) {
  const std::lock_guard lock(shelf_.mutex);
  std::string secret = new_secret();
  auto done =
      run(shelf_.database,
          "INSERT INTO people(name,role,token,created) VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE SET "
          "role=excluded.role,token=excluded.token",
          person.name, role_name(person.role), digest_of(secret), now);
  if (!done) return forward(done);
  return secret;
}

Status PeopleStore::remove_person(const std::string& name) {
  const std::lock_guard lock(shelf_.mutex);
  if (auto done = run(shelf_.database, "DELETE FROM people WHERE name=?", name); !done) return done;
  if (shelf_.database.changes() == 0) return fail(ErrorKind::not_found, cat("nobody is called '", name, "'"));
  return {};
}

Result<std::optional<Person>> PeopleStore::find_person(std::string_view token) {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare("SELECT name,role FROM people WHERE token=?");
  if (!statement) return forward(statement);
  statement->bind(1, digest_of(token));
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row) return std::nullopt;
  return Person{std::string(statement->text(0)), parse_role(statement->text(1)).value_or(Role::nobody)};
}

Result<std::vector<Person>> PeopleStore::people() {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare("SELECT name,role FROM people ORDER BY name");
  if (!statement) return forward(statement);
  return rows<Person>(*statement, [](const sql::Statement& row) -> Result<Person> {
    return Person{std::string(row.text(0)), parse_role(row.text(1)).value_or(Role::nobody)};
  });
}

}  // namespace oree::hub
