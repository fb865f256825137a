// The units on disk: one state file, and a folder for each package, named by its digest.
//
//   state          what there is and what serves; replaced atomically, with a checksum
//   state.copy     the same, written after it: what is believed when `state` is damaged
//   packages/HEX/  package.json, and NAME/VERSION/… with its files
//   bad            what is known to be bad, in place: bad_file.h
//   incoming/HEX   a file on its way (part_file.h)
//
// The order makes it safe: files are complete and synced before the state names them, and nothing is removed
// before both states have forgotten it. So the power may go at any moment: what the state names is whole.
// With a floor (floor.h) an older state is refused as a damaged one is. Folders that no state names are
// garbage, and clean_up() takes them. A damaged state is said, and the copy believed; without either, the
// station serves what it brought itself and the hub gives the rest again. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "platform/files/files.h"
#include "services/deployment/slots/bad_file.h"
#include "services/deployment/slots/floor.h"
#include "services/deployment/slots/package_index.h"
#include "services/deployment/slots/unit.h"

namespace oree::deployment {

class SlotStore {
 public:
  // `disk`, `log` and `floor` must outlive it. With a floor an older copy of the state is not believed.
  static Result<SlotStore> open(files::Path folder, files::Disk& disk, Log& log, Floor* floor = nullptr);

  const std::vector<Unit>& units() const { return units_; }
  // An empty one when there is none of that name yet.
  Unit unit(UnitKind kind, std::string_view name) const;
  // Durable when it returns. On failure the unit is as before, in memory too.
  Status save(const Unit& unit);
  // Beside the units, for a disk without room: durable when it returns.
  Status note_bad(const BadPackage& bad) { return bad_.note(bad); }
  std::vector<BadPackage> noted_bad() const { return bad_.noted(); }
  const BadPackage* find_bad(std::string_view digest) const { return bad_.find(digest); }

  files::Path incoming() const { return folder_ / "incoming"; }
  files::Path package_folder(std::string_view digest) const;
  // Where its files are: packages/HEX/NAME/VERSION.
  files::Path content_folder(std::string_view digest, std::string_view name, std::string_view version) const;

  // With all of its parents below the store's own folder, durable.
  Status make_folder(const files::Path& folder) const;

  // The index that lies there, if it is what its name says; `not_found`, `corrupt`.
  Result<PackageIndex> index(std::string_view digest) const;
  // Reads all of it and compares every digest. `not_found` or `corrupt` names the file.
  Status verify(std::string_view digest) const;

  // Removes packages and parts that no unit names. What could not be removed is tried again next time.
  void clean_up();

  files::Disk& disk() const { return *disk_; }

 private:
  SlotStore(files::Path folder, files::Disk& disk, Log& log, Floor* floor)
      : folder_(std::move(folder)), disk_(&disk), log_(&log), bad_(folder_ / "bad", disk), floor_(floor) {}
  void ask_floor();
  struct State {
    std::vector<Unit> units;
    std::optional<uint64_t> generation;  // none: written without a floor
    std::string mark, marked;            // and the text that it is over
  };
  static Result<State> parse_state(std::string_view text);
  Result<std::string> print_state(const std::vector<Unit>& units, uint64_t generation);
  Status check(const State& state);
  void raise_floor();
  Status load();
  Status write(const std::vector<Unit>& units, uint64_t generation);
  bool is_named(std::string_view digest) const;
  void remove_tree(const files::Path& folder);

  files::Path folder_;
  files::Disk* disk_;
  Log* log_;
  BadFile bad_;
  Floor* floor_;             // null: none, or it cannot be asked
  uint64_t counter_ = 0;     // of the floor
  uint64_t generation_ = 0;  // of the state on disk; ahead of the counter while that could not be raised
  std::vector<Unit> units_;
  bool was_damaged_ = false;  // both states, when this life began; or not to be believed
};

// SHA-256 of a file of any size, a piece at a time.
Result<crypto::Digest> digest_of(files::Disk& disk, const files::Path& path);

}  // namespace oree::deployment
