// The file of people: whatever stands there, a name is a name, a role is one, and what is added is found
// again.
#include <cstdint>
#include <cstdlib>

#include "core/access/people_file.h"
#include "platform/files/testing/fake_disk.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  files::testing::FakeDisk disk;
  const std::filesystem::path path = "/access/people";
  if (!disk.make_folder(path.parent_path())) std::abort();
  if (!disk.write(path, {reinterpret_cast<const std::byte*>(data), size})) std::abort();
  access::PeopleFile people(path, disk);
  const auto all = people.people();
  if (!all) return 0;
  for (const auto& person : *all)
    if (person.name.empty() || person.role == access::Role::nobody) std::abort();
  const auto token = people.add({"nadia", access::Role::operator_});
  if (!token) std::abort();
  const auto found = access::PeopleFile(path, disk).find(*token);
  if (!found || !*found || (*found)->name != "nadia") std::abort();
  return 0;
}
