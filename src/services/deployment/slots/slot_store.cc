#include "services/deployment/slots/slot_store.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "services/deployment/slots/unit_json.h"

namespace oree::deployment {
namespace {

constexpr uint64_t kMaxStateBytes = 8 << 20;
constexpr uint64_t kPiece = 1 << 20;
// Then CRC-32C of what follows the line, in hex; in the second also the generation and its mark.
constexpr std::string_view kMark = "oree slots 1 ", kFloorMark = "oree slots 2 ";
constexpr uint64_t kMostBehind = 64;  // steps that a counter is brought up at a start

std::string crc_text(std::string_view body) {
  const uint32_t crc = crypto::crc32c(as_bytes(body));
  std::array<std::byte, 4> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(crc >> (24 - 8 * i));
  return to_hex(bytes);
}

std::string marked_text(uint64_t generation, std::string_view body) {
  return cat(kFloorMark, generation, "\n", body);
}

bool moves_on(const Unit* before, const Unit& after) {
  return before == nullptr ? after.current.has_value() || !after.bad.empty()
                           : before->current != after.current || before->bad != after.bad;
}

}  // namespace

Result<crypto::Digest> digest_of(files::Disk& disk, const files::Path& path) {
  crypto::Sha256 sum;
  for (uint64_t at = 0;; at += kPiece) {
    const auto piece = disk.read_part(path, at, kPiece);
    if (!piece) return forward(piece);
    sum.update(*piece);
    if (piece->size() < kPiece) return sum.finish();
  }
}

Result<SlotStore::State> SlotStore::parse_state(std::string_view text) {
  const size_t line = text.find('\n');
  if (line == std::string_view::npos || !(text.starts_with(kMark) || text.starts_with(kFloorMark)))
    return fail(ErrorKind::corrupt, "no such file of slots");
  const std::string_view body = text.substr(line + 1);
  const auto words = split(text.substr(kMark.size(), line - kMark.size()), ' ');
  if (words[0] != crc_text(body)) return fail(ErrorKind::corrupt, "its checksum is not that of its content");
  State state;
  if (text.starts_with(kFloorMark)) {
    state.generation = words.size() == 3 ? parse_number<uint64_t>(words[1]) : std::nullopt;
    if (!state.generation) return fail(ErrorKind::corrupt, "its first line tells no generation");
    state.mark = words[2];
    state.marked = marked_text(*state.generation, body);
  }
  auto units = parse_units(body);
  if (!units) return forward(units);
  state.units = std::move(*units);
  return state;
}

Result<std::string> SlotStore::print_state(const std::vector<Unit>& units, uint64_t generation) {
  const std::string body = json::print(to_json(units), 1);
  if (floor_ == nullptr) return cat(kMark, crc_text(body), "\n", body);
  const auto mark = floor_->mark_of(marked_text(generation, body));
  if (!mark) return forward(mark);
  return cat(kFloorMark, crc_text(body), " ", generation, " ", *mark, "\n", body);
}

// A floor that cannot be asked is none, or one below which nothing is believed.
void SlotStore::ask_floor() {
  if (floor_ == nullptr) return;
  const auto counter = floor_->value();
  const auto mark = counter ? floor_->mark_of("") : Result<std::string>(forward(counter));
  if (mark && *counter >= floor_->first()) {
    counter_ = generation_ = *counter;
    return;
  }
  const std::string why =
      !mark ? mark.error().what
            : cat(floor_->name(), " says ", *counter, ", but 'floor' is from ", floor_->first(),
                  ": it is another TPM, or 'from' is not what 'oree model tpm-counter' printed");
  was_damaged_ = floor_->is_required();
  log_->error(cat("the floor under what serves cannot be asked: ", why,
                  was_damaged_ ? "; what the station brought itself serves until it can"
                               : "; an older copy of the data folder would be believed now, and what comes "
                                 "meanwhile is asked for again once it can"));
  floor_ = nullptr;
}

Status SlotStore::check(const State& state) {
  if (floor_ == nullptr) return {};
  if (state.generation) {
    const auto mark = floor_->mark_of(state.marked);
    if (!mark) return forward(mark);
    if (*mark != state.mark)
      return fail(ErrorKind::denied, "rollback: it was changed by somebody who has not this station's key");
  }
  const uint64_t generation = state.generation.value_or(floor_->first());
  if (generation >= counter_) return {};
  return fail(ErrorKind::denied,
              cat("rollback: it is of generation ", generation, ", but ", floor_->name(), " has counted to ",
                  counter_,
                  ": an older copy was put back. What the station brought itself serves until the "
                  "hub has given the rest again"));
}

// After the state, never before it. What could not be raised is raised with the next one.
void SlotStore::raise_floor() {
  for (uint64_t steps = 0; floor_ != nullptr && counter_ < generation_ && steps < kMostBehind; ++steps) {
    const auto raised = floor_->raise();
    if (!raised) return log_->error(cat("the floor could not be raised: ", raised.error().what));
    counter_ = *raised;
  }
}

Result<SlotStore> SlotStore::open(files::Path folder, files::Disk& disk, Log& log, Floor* floor) {
  for (const auto& path : {folder, folder / "incoming", folder / "packages"}) {
    if (auto made = disk.make_folder(path); !made) return forward(made);
  }
  SlotStore store(std::move(folder), disk, log, floor);
  store.ask_floor();
  if (store.was_damaged_) return store;
  if (auto loaded = store.load(); !loaded) return forward(loaded);
  return store;
}

// A state that is damaged is no reason not to serve.
Status SlotStore::load() {
  for (const char* name : {"state", "state.copy"}) {
    const files::Path path = folder_ / name;
    const auto bytes = disk_->read(path, kMaxStateBytes);
    if (!bytes && bytes.error().kind == ErrorKind::unavailable) return forward(bytes);
    auto state = bytes ? parse_state(as_text(*bytes)) : Result<State>(forward(bytes));
    const Status believed = state ? check(*state) : forward(state);
    if (believed) {
      units_ = std::move(state->units);
      generation_ = std::max(generation_, state->generation.value_or(0));
      if (was_damaged_) (void)write(units_, generation_);
      was_damaged_ = false;
      raise_floor();
      return {};
    }
    if (believed.error().kind == ErrorKind::not_found) continue;
    was_damaged_ = true;
    log_->error(cat(path.string(), ": ", believed.error().what));
  }
  return {};
}

Unit SlotStore::unit(UnitKind kind, std::string_view name) const {
  for (const auto& unit : units_) {
    if (unit.kind == kind && unit.name == name) return unit;
  }
  return Unit{.kind = kind, .name = std::string(name)};
}

Status SlotStore::write(const std::vector<Unit>& units, uint64_t generation) {
  const auto text = print_state(units, generation);
  if (!text) return forward(text);
  if (auto written = disk_->write(folder_ / "state", as_bytes(*text)); !written) return written;
  return disk_->write(folder_ / "state.copy", as_bytes(*text));
}

Status SlotStore::save(const Unit& unit) {
  std::vector<Unit> units = units_;
  const auto found =
      std::ranges::find_if(units, [&](const Unit& u) { return u.kind == unit.kind && u.name == unit.name; });
  const bool moves = moves_on(found == units.end() ? nullptr : &*found, unit);
  if (found == units.end()) {
    units.push_back(unit);
  } else if (*found == unit) {
    return {};
  } else {
    *found = unit;
  }
  const uint64_t generation = moves ? counter_ + 1 : generation_;
  if (auto written = write(units, generation); !written) return written;
  units_ = std::move(units);
  generation_ = generation;
  raise_floor();
  return {};
}

files::Path SlotStore::package_folder(std::string_view digest) const {
  return folder_ / "packages" / std::string(digest);
}

files::Path SlotStore::content_folder(std::string_view digest, std::string_view name,
                                      std::string_view version) const {
  return package_folder(digest) / std::string(name) / std::string(version);
}

Status SlotStore::make_folder(const files::Path& folder) const {
  if (auto made = disk_->make_folder(folder); !made) return made;
  for (files::Path at = folder.parent_path(); at != folder_ && at.has_relative_path();
       at = at.parent_path()) {
    if (auto synced = disk_->sync_folder(at); !synced) return synced;
  }
  return {};
}

Result<PackageIndex> SlotStore::index(std::string_view digest) const {
  const files::Path path = package_folder(digest) / "package.json";
  const auto bytes = disk_->read(path, kMaxIndexBytes);
  if (!bytes) return forward(bytes);
  if (crypto::sha256(*bytes).hex() != digest)
    return fail(ErrorKind::corrupt, cat(path.string(), " is damaged"));
  return parse_index(as_text(*bytes));
}

Status SlotStore::verify(std::string_view digest) const {
  const auto check = [&](const files::Path& path, std::string_view wanted) -> Status {
    const auto found = digest_of(*disk_, path);
    if (!found) return forward(found);
    return found->hex() == wanted ? Status() : fail(ErrorKind::corrupt, cat(path.string(), " is damaged"));
  };
  const auto index = this->index(digest);
  if (!index) return forward(index);
  const files::Path folder = content_folder(digest, index->name, index->version);
  for (const auto& file : index->files) {
    if (auto whole = check(folder / file.path, file.digest.hex()); !whole) return whole;
  }
  return {};
}

bool SlotStore::is_named(std::string_view digest) const {
  return std::ranges::any_of(units_, [&](const Unit& unit) {
    return (unit.current && unit.current->digest == digest) ||
           (unit.last_good && unit.last_good->digest == digest) ||
           (unit.wish && unit.wish->package.digest == digest);
  });
}

void SlotStore::remove_tree(const files::Path& folder) {
  const auto names = disk_->list(folder);
  if (!names) return;
  for (const auto& name : *names) {
    if (!disk_->remove(folder / name)) remove_tree(folder / name);
  }
  (void)disk_->remove_folder(folder);
}

void SlotStore::clean_up() {
  if (was_damaged_) return;  // nobody knows what is named
  const auto packages = disk_->list(folder_ / "packages");
  if (packages) {
    for (const auto& name : *packages) {
      if (!is_named(name.string())) remove_tree(folder_ / "packages" / name);
    }
  }
  const bool arriving =
      std::ranges::any_of(units_, [](const Unit& unit) { return unit.phase == Phase::downloading; });
  if (arriving) return;
  const auto parts = disk_->list(incoming());
  if (!parts) return;
  for (const auto& name : *parts) (void)disk_->remove(incoming() / name);
}

}  // namespace oree::deployment
