// Who may come in: invitations for stations, tokens for people. Only digests of secrets are kept.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/access/role.h"
#include "nodes/hub/store/shelf.h"

namespace oree::hub {

using access::parse_role, access::role_name;
using access::Person;
using access::Role;

struct Invitation {
  std::string note;
  int64_t uses = 1;     // left
  int64_t expires = 0;  // Unix ms
  int64_t created = 0;
};

class PeopleStore {
 public:
  static constexpr size_t kMostNote = 120;  // bytes of an invitation's note

  explicit PeopleStore(Shelf& shelf) : shelf_(shelf) {}

  // The secret, to be shown once: 43 letters of base64url.
  Result<std::string> invite(const Invitation& invitation);
  // Replaces the token of who is known already.
  Result<std::string> add_person(const Person& person, int64_t now);
  Status remove_person(const std::string& name);
  Result<std::optional<Person>> find_person(std::string_view token);
  Result<std::vector<Person>> people();

 private:
  Shelf& shelf_;
};

// Inside a transaction: one use less; its note. `denied` when it is unknown, used up or over.
Result<std::string> use_invitation(sql::Database& database, std::string_view secret, int64_t now);

}  // namespace oree::hub
