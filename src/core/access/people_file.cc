#include "core/access/people_file.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::access {
namespace {

constexpr uint64_t kMaxBytes = 256 << 10;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text[0] != '.' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

}  // namespace

Result<std::vector<PeopleFile::Entry>> PeopleFile::parse(std::string_view text) {
  std::vector<Entry> entries;
  size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    const auto words = split(line, ' ');
    const auto role = words.size() == 3 ? parse_role(words[1]) : std::nullopt;
    if (!role || !is_name(words[0]) || !crypto::parse_digest(words[2]))
      return fail(ErrorKind::corrupt, cat("line ", number, " is not NAME ROLE DIGEST"));
    entries.push_back({{std::string(words[0]), *role}, std::string(words[2])});
  }
  return entries;
}

// A few hundred bytes, out of the page cache: a token that was withdrawn counts no more from the next request
// on.
Result<std::vector<PeopleFile::Entry>> PeopleFile::read() {
  const auto bytes = disk_.read(path_, kMaxBytes);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return std::vector<Entry>{};
  if (!bytes) return forward(bytes);
  if (*bytes == seen_) return entries_;
  auto entries = parse(as_text(*bytes));
  if (!entries) return forward(entries, path_.string());
  seen_ = *bytes;
  entries_ = *entries;
  return entries;
}

Status PeopleFile::write(const std::vector<Entry>& entries) {
  std::string text;
  for (const auto& [person, digest] : entries)
    text += cat(person.name, " ", role_name(person.role), " ", digest, "\n");
  if (auto made = disk_.make_folder(path_.parent_path()); !made) return made;
  return disk_.write(path_, as_bytes(text));
}

Result<std::string> PeopleFile::add(const Person& person) {
  if (!is_name(person.name) || person.role == Role::nobody)
    return fail(ErrorKind::invalid,
                cat("'", person.name, "' must be 1 to 64 letters, digits, '_', '-' or '.', and have a role"));
  const std::lock_guard lock(mutex_);
  auto entries = read();
  if (!entries) return forward(entries);
  std::erase_if(*entries, [&](const Entry& entry) { return entry.person.name == person.name; });
  std::string token = new_token();
  entries->push_back({person, token_digest(token)});
  if (auto written = write(*entries); !written) return forward(written);
  return token;
}

Status PeopleFile::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto entries = read();
  if (!entries) return forward(entries);
  if (std::erase_if(*entries, [&](const Entry& entry) { return entry.person.name == name; }) == 0)
    return fail(ErrorKind::not_found, cat("nobody is called '", name, "'"));
  return write(*entries);
}

Result<std::vector<Person>> PeopleFile::people() {
  const std::lock_guard lock(mutex_);
  const auto entries = read();
  if (!entries) return forward(entries);
  std::vector<Person> all;
  for (const auto& entry : *entries) all.push_back(entry.person);
  return all;
}

Result<PeopleFile::Known> PeopleFile::look_up(std::string_view token) {
  const std::string digest = token.empty() ? "" : token_digest(token);
  const std::lock_guard lock(mutex_);
  const auto entries = read();
  if (!entries) return forward(entries);
  Known known{.person = {}, .any_people = !entries->empty()};
  const auto found = std::ranges::find(*entries, digest, &Entry::digest);
  if (found != entries->end()) known.person = found->person;
  return known;
}

Result<std::optional<Person>> PeopleFile::find(std::string_view token) {
  auto known = look_up(token);
  if (!known) return forward(known);
  return std::move(known->person);
}

}  // namespace oree::access
