#include "core/tuf/uptane.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/tuf/metadata/fields.h"

namespace oree::tuf {
namespace {

struct Terms {
  std::vector<std::string> hardware;
  int64_t counter = 0;
};

Result<Terms> terms_of(const FoundTarget& target, std::string_view who) {
  auto hardware = texts_of(target.file.custom.find("hardware_ids"), "custom.hardware_ids");
  if (!hardware) return forward(hardware, cat(who, ", ", target.path));
  const auto counter = number_of(target.file.custom.find("release_counter"), "custom.release_counter", 0);
  if (!counter) return forward(counter, cat(who, ", ", target.path));
  return Terms{std::move(*hardware), *counter};
}

// All hashes that both write must be equal, and there must be one.
bool same_bytes(const TargetFile& a, const TargetFile& b) {
  bool shared = false;
  for (const auto& [algorithm, hash] : a.hashes) {
    const auto other = std::ranges::find(b.hashes, algorithm, &Hashes::value_type::first);
    if (other == b.hashes.end()) continue;
    if (other->second != hash) return false;
    shared = true;
  }
  return shared && a.length == b.length;
}

}  // namespace

Result<int64_t> agree(const FoundTarget& director, const FoundTarget& image, const Device& device) {
  if (director.path != image.path || !same_bytes(director.file, image.file))
    return fail(ErrorKind::denied, cat("the director names '", director.path,
                                       "' with length and hashes that the image repository does not sign"));
  const auto said = terms_of(director, "director");
  if (!said) return forward(said);
  const auto released = terms_of(image, "image repository");
  if (!released) return forward(released);
  for (const auto* terms : {&*said, &*released}) {
    if (std::ranges::find(terms->hardware, device.hardware) == terms->hardware.end())
      return fail(ErrorKind::denied, cat("'", image.path, "' is released for ", join(terms->hardware, ", "),
                                         ", and this is ", device.hardware));
  }
  const auto* addressee = director.file.custom.find("device");
  if (addressee != nullptr && (addressee->text() == nullptr || *addressee->text() != device.id))
    return fail(ErrorKind::denied,
                cat("the director's word on '", director.path, "' is for another device than ", device.id));
  if (said->counter != released->counter)
    return fail(ErrorKind::denied, cat("the release counters of '", image.path, "' differ: ", said->counter,
                                       " and ", released->counter));
  if (released->counter < device.release_counter)
    return fail(ErrorKind::conflict, cat("rollback: release ", released->counter, " of '", image.path,
                                         "' is offered where ", device.release_counter, " is installed"));
  return released->counter;
}

Status check_director(const Targets& targets) {
  if (!targets.delegations.empty() || targets.bins)
    return fail(ErrorKind::denied, "a director delegates to nobody");
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& [path, file] : targets.targets) {
    const auto* device = file.custom.find("device");
    if (device == nullptr || device->text() == nullptr) continue;
    if (!seen.emplace(*device->text(), path.substr(0, path.rfind('/') + 1)).second)
      return fail(ErrorKind::denied, cat("the director names device '", device->text()->substr(0, 80),
                                         "' twice for ", path.substr(0, 120)));
  }
  return {};
}

}  // namespace oree::tuf
