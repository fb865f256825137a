#include "nodes/hub/store/people.h"

namespace oree::hub {

using access::new_token, access::token_digest;

Result<std::string> PeopleStore::invite(const Invitation& invitation) {
  if (invitation.note.size() > kMostNote)
    return fail(ErrorKind::invalid,
                cat("the note has ", invitation.note.size(), " bytes; ", kMostNote, " are the most"));
  const std::lock_guard lock(shelf_.mutex);
  std::string secret = new_token();
  auto done =
      run(shelf_.database, "INSERT INTO invitations(secret,note,uses,expires,created) VALUES(?,?,?,?,?)",
          token_digest(secret), invitation.note, invitation.uses, invitation.expires, invitation.created);
  if (!done) return forward(done);
  return secret;
}

Result<std::string> use_invitation(sql::Database& database, std::string_view secret, int64_t now) {
  auto statement = database.prepare(
      "UPDATE invitations SET uses=uses-1 WHERE secret=? AND uses>0 AND expires>? RETURNING note");
  if (!statement) return forward(statement);
  statement->bind(1, token_digest(secret)).bind(2, now);
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
  std::string secret = new_token();
  auto done =
      run(shelf_.database,
          "INSERT INTO people(name,role,token,created) VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE SET "
          "role=excluded.role,token=excluded.token",
          person.name, role_name(person.role), token_digest(secret), now);
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
  statement->bind(1, token_digest(token));
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
