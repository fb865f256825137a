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
constexpr std::string_view kMark = "oree slots 1 ";  // then CRC-32C of what follows the line, in hex

std::string crc_text(std::string_view body) {
  const uint32_t crc = crypto::crc32c(as_bytes(body));
  std::array<std::byte, 4> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(crc >> (24 - 8 * i));
  return to_hex(bytes);
}

Result<std::vector<Unit>> parse_state(std::string_view text) {
  const size_t line = text.find('\n');
  if (line == std::string_view::npos || !text.starts_with(kMark))
    return fail(ErrorKind::corrupt, "no such file of slots");
  const std::string_view body = text.substr(line + 1);
  if (text.substr(kMark.size(), line - kMark.size()) != crc_text(body)) {
    return fail(ErrorKind::corrupt, "its checksum is not that of its content");
  }
  return parse_units(body);
}

std::string print_state(const std::vector<Unit>& units) {
  const std::string body = json::print(to_json(units), 1);
  return cat(kMark, crc_text(body), "\n", body);
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

Result<SlotStore> SlotStore::open(files::Path folder, files::Disk& disk, Log& log) {
  for (const auto& path : {folder, folder / "incoming", folder / "packages"}) {
    if (auto made = disk.make_folder(path); !made) return forward(made);
  }
  SlotStore store(std::move(folder), disk, log);
  if (auto loaded = store.load(); !loaded) return forward(loaded);
  return store;
}

// A state that is damaged is no reason not to serve.
Status SlotStore::load() {
  for (const char* name : {"state", "state.copy"}) {
    const files::Path path = folder_ / name;
    const auto bytes = disk_->read(path, kMaxStateBytes);
    if (!bytes && bytes.error().kind == ErrorKind::unavailable) return forward(bytes);
    auto units = bytes ? parse_state(as_text(*bytes)) : Result<std::vector<Unit>>(forward(bytes));
    if (units) {
      units_ = std::move(*units);
      if (was_damaged_) (void)write(units_);
      was_damaged_ = false;
      return {};
    }
    if (units.error().kind == ErrorKind::not_found) continue;
    was_damaged_ = true;
    log_->error(cat(path.string(), ": ", units.error().what));
  }
  return {};
}

Unit SlotStore::unit(UnitKind kind, std::string_view name) const {
  for (const auto& unit : units_) {
    if (unit.kind == kind && unit.name == name) return unit;
  }
  return Unit{.kind = kind, .name = std::string(name)};
}

Status SlotStore::write(const std::vector<Unit>& units) {
  const std::string text = print_state(units);
  if (auto written = disk_->write(folder_ / "state", as_bytes(text)); !written) return written;
  return disk_->write(folder_ / "state.copy", as_bytes(text));
}

Status SlotStore::save(const Unit& unit) {
  std::vector<Unit> units = units_;
  const auto found =
      std::ranges::find_if(units, [&](const Unit& u) { return u.kind == unit.kind && u.name == unit.name; });
  if (found == units.end()) {
    units.push_back(unit);
  } else if (*found == unit) {
    return {};
  } else {
    *found = unit;
  }
  if (auto written = write(units); !written) return written;
  units_ = std::move(units);
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
