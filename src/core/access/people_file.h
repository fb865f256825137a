// People and their roles in one file, for a node without a database: `NAME ROLE DIGEST` a line, where DIGEST
// is the token's SHA-256. One process may change it while another reads it. Thread-safe.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "core/access/role.h"
#include "platform/files/files.h"

namespace oree::access {

class PeopleFile {
 public:
  // The file need not exist: nobody is named then.
  PeopleFile(std::filesystem::path path, files::Disk& disk) : path_(std::move(path)), disk_(disk) {}

  // The token, to be shown once; it replaces that of who is known already. `invalid` for a name that is none.
  Result<std::string> add(const Person& person);
  Status remove(std::string_view name);  // `not_found`
  Result<std::vector<Person>> people();
  // Whose token this is, and whether anybody is named, by one look. Errors: a file that cannot be read lets
  // nobody in.
  struct Known {
    std::optional<Person> person;
    bool any_people = false;
  };
  Result<Known> look_up(std::string_view token);
  Result<std::optional<Person>> find(std::string_view token);

 private:
  struct Entry {
    Person person;
    std::string digest;
  };
  Result<std::vector<Entry>> read();
  Status write(const std::vector<Entry>& entries);
  static Result<std::vector<Entry>> parse(std::string_view text);

  const std::filesystem::path path_;
  files::Disk& disk_;
  std::mutex mutex_;
  ByteBuffer seen_;  // the file as it was parsed last
  std::vector<Entry> entries_;
};

}  // namespace oree::access
