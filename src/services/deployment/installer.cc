#include "services/deployment/installer.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::deployment {
namespace {

constexpr milliseconds kPoll{200};  // of what is undecided

std::string_view code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::denied:
      return "tuf";
    case ErrorKind::corrupt:
      return "digest";
    case ErrorKind::invalid:
      return "size";
    case ErrorKind::full:
      return "full";
    default:
      return "download";
  }
}

template <class T>
std::unexpected<Refusal> hindered(const std::expected<T, Error>& failed) {
  return std::unexpected(Refusal{std::string(code_of(failed.error().kind)), failed.error().what});
}

bool names(const Unit& unit, std::string_view digest) {
  const auto is = [&](const std::optional<PackageRef>& ref) { return ref && ref->digest == digest; };
  return is(unit.current) || is(unit.last_good) || (unit.wish && unit.wish->package.digest == digest);
}

// For people: "model 'ducks'".
std::string words_for(const Unit& unit) {
  if (unit.kind == UnitKind::model) return cat("model '", unit.name, "'");
  const std::string name = unit.wish ? unit.wish->package.name : unit.last ? unit.last->package.name : "";
  return name.empty() ? cat("the ", kind_name(unit.kind)) : cat(kind_name(unit.kind), " '", name, "'");
}

}  // namespace

milliseconds pause_after(int failures, double chance) {
  constexpr double kFirst = 1'000, kLongest = 300'000;
  const double middle = std::min(kLongest, kFirst * std::pow(2.0, std::min(failures - 1, 20)));
  return milliseconds(static_cast<int64_t>(middle * (0.5 + chance)));
}

Candidate Installer::candidate(const Unit& unit, const PackageRef& package) const {
  const std::string& name = unit.kind == UnitKind::model ? unit.name : package.name;
  return {unit.kind, name, package, world_.store.content_folder(package.digest, name, package.version)};
}

Unit Installer::known(const Unit& noted) const {
  const auto found = ways_.find({noted.kind, noted.name});
  return found != ways_.end() && found->second.unnoted ? *found->second.unnoted : noted;
}

std::vector<Unit> Installer::units() const {
  std::vector<Unit> all;
  for (const Unit& noted : world_.store.units()) all.push_back(known(noted));
  return all;
}

void Installer::start() {
  for (const Unit& unit : units()) {
    Unit counted = unit;
    for (const BadPackage& bad : world_.store.noted_bad()) {
      if (names(unit, bad.digest)) counted = deployment::condemn(std::move(counted), bad.digest, bad.why);
    }
    counted = started(std::move(counted));
    note_bad(unit, counted);
    if (auto kept = keep(counted); !kept) {
      world_.log.error(cat(words_for(unit), ": the start could not be counted: ", kept.error().what));
    }
    put_to_work(counted);
    hold_the_way_back(known(world_.store.unit(unit.kind, unit.name)));
  }
  world_.store.clean_up();
}

// What is in memory was whole when it was read: its files need not be read once more.
Verdict Installer::stand_on(const Unit& unit) {
  const auto package = unit.at_work();
  if (!package) return world_.workplace.serve(unit.kind, unit.name, nullptr);
  const Candidate wanted = candidate(unit, *package);
  if (!world_.workplace.holds(wanted)) {
    if (const auto whole = world_.store.verify(package->digest); !whole)
      return Verdict::bad("digest", whole.error().what);
  }
  return world_.workplace.serve(unit.kind, unit.name, &wanted);
}

// Down the ladder until something serves. Each rung is on disk before it is stood on, if that takes a note.
void Installer::put_to_work(Unit unit) {
  for (;;) {
    const auto package = unit.at_work();
    const Verdict verdict = stand_on(unit);
    if (verdict.kind != Verdict::Kind::bad || !package) return;
    world_.log.error(cat(words_for(unit), " ", package->version, " does not serve: ", verdict.why.message));
    world_.workplace.forget(candidate(unit, *package));
    const Unit before = std::exchange(unit, reject(unit, verdict.why));
    note_bad(before, unit);
    if (auto kept = keep(unit); !kept) world_.log.error(kept.error().what);
  }
}

// While a new one may still be taken back, or always, the old one stays in memory: a process that started in
// between has not read it yet.
void Installer::hold_the_way_back(const Unit& unit) {
  const bool at_risk = unit.phase == Phase::trial || unit.phase == Phase::watch;
  if (!at_risk && !(world_.hold_always && unit.current)) return;
  if (std::exchange(way(unit).held, true)) return;
  const auto& package = unit.phase == Phase::trial ? unit.current : unit.last_good;
  std::optional<Candidate> old;
  if (package) {
    old = candidate(unit, *package);
    if (world_.workplace.holds(*old)) return;
    if (!world_.store.verify(package->digest)) return;  // falling back will say so
  }
  world_.workplace.hold(unit.kind, unit.name, old ? &*old : nullptr);
}

// In place, so that a disk without room takes it too; and before the state, which may be lost.
void Installer::note_bad(const Unit& before, const Unit& after) {
  for (const BadPackage& bad : after.bad) {
    if (before.find_bad(bad.digest) != nullptr) continue;
    if (auto noted = world_.store.note_bad(bad); !noted) world_.log.error(noted.error().what);
  }
}

// On disk; in mind at least.
Status Installer::keep(const Unit& unit) {
  auto saved = world_.store.save(unit);
  way(unit).unnoted = saved ? std::nullopt : std::optional(unit);
  return saved;
}

// `before` is the unit as it is known.
Status Installer::change(const Unit& before, const Unit& after) {
  const Unit noted = world_.store.unit(before.kind, before.name);
  const bool replaced = before.at_work() != after.at_work();
  if (noted == after && before == after) return {};
  note_bad(before, after);
  // A disk that takes no note does not keep a bad package serving. A process that starts in between tries the
  // bad one again, and gives it up again.
  const bool goes_back = replaced && after.phase == Phase::settled;
  if (goes_back || before.bad != after.bad || before == after) {
    if (auto kept = keep(after); !kept) {
      if (replaced) put_to_work(after);
      return kept;
    }
  } else if (auto saved = world_.store.save(after); !saved) {
    return saved;
  }
  way(after).unnoted.reset();
  say(noted, after);
  if (replaced) put_to_work(after);
  follow(noted, after);
  if (after.phase == Phase::settled) hold_the_way_back(after);
  return {};
}

void Installer::say(const Unit& before, const Unit& after) const {
  if (after.last != before.last && after.last && after.last->kind != Outcome::Kind::healthy) {
    world_.log.warning(cat(words_for(after), " ", after.last->package.version, " ",
                           after.last->kind == Outcome::Kind::failed ? "was not taken" : "was taken back",
                           ": ", after.last->why.message));
  } else if (before.phase != after.phase) {
    world_.log.info(cat(words_for(after), after.wish ? cat(" ", after.wish->package.version) : std::string(),
                        ": ", phase_name(after.phase)));
  }
}

// What a change that is on disk brings with it.
void Installer::follow(const Unit& before, const Unit& after) {
  const bool dropped = before.wish && before.phase > Phase::downloading &&
                       after.at_work() != before.wish->package &&
                       (!after.wish || after.wish->package != before.wish->package);
  if (dropped) world_.workplace.forget(candidate(before, before.wish->package));
  const bool ended_well = before.phase >= Phase::trial && after.phase == Phase::settled && after.last_good;
  if (ended_well && after.at_work() != after.last_good && !world_.hold_always)
    world_.workplace.forget(candidate(after, *after.last_good));
  for (const auto& package : {before.current, before.last_good}) {
    if (package && !names(after, package->digest)) world_.workplace.forget(candidate(before, *package));
  }
  if (!after.wish || !before.wish || after.wish->package != before.wish->package) {
    Way fresh;
    fresh.unnoted = std::exchange(way(after).unnoted, std::nullopt);  // of a way back that fell further
    way(after) = std::move(fresh);
  }
  if (after.phase == Phase::settled) world_.store.clean_up();
  if (world_.changed) world_.changed();
}

Status Installer::wish(UnitKind kind, const std::string& name, const Wish& wish) {
  const Unit before = known(world_.store.unit(kind, name));
  const BadPackage* bad = world_.store.find_bad(wish.package.digest);
  const Unit told = bad == nullptr ? before : deployment::condemn(before, bad->digest, bad->why);
  return change(before, offer(told, wish));
}

Status Installer::withdraw(UnitKind kind, const std::string& name) {
  const Unit before = known(world_.store.unit(kind, name));
  return change(before, deployment::withdraw(before));
}

Status Installer::condemn(const std::string& digest) {
  Status all;
  for (const Unit& before : units()) {
    const bool in_mind = before.find_bad(digest) != nullptr && way(before).unnoted;
    if (!names(before, digest) && !in_mind) continue;
    if (auto changed = change(before, deployment::condemn(before, digest)); !changed && all) all = changed;
  }
  return all;
}

std::optional<milliseconds> Installer::advance() {
  std::optional<milliseconds> soonest;
  for (const Unit& unit : units()) {
    const auto next = advance(unit);
    if (next && (!soonest || *next < *soonest)) soonest = next;
  }
  return soonest;
}

std::optional<milliseconds> Installer::advance(const Unit& unit) {
  const bool unnoted = way(unit).unnoted.has_value();
  if (!unit.wish && !unnoted) return std::nullopt;
  const MonoTime now = world_.clock.mono();
  if (way(unit).next > now) return std::chrono::ceil<milliseconds>(way(unit).next - now);
  hold_the_way_back(unit);
  auto after = unnoted ? Stepped(unit) : step(unit);
  if (after) {
    if (auto changed = change(unit, *after); !changed) after = hindered(changed);
  }
  if (!after) {
    note_hindrance(unit, std::move(after.error()));
    return std::chrono::ceil<milliseconds>(way(unit).next - now);
  }
  Way& ours = way(unit);
  ours.failures = 0;
  if (std::exchange(ours.hindrance, std::nullopt) && world_.changed) world_.changed();
  if (!after->wish && !ours.unnoted) return std::nullopt;
  return *after == unit ? kPoll : milliseconds(0);
}

void Installer::note_hindrance(const Unit& unit, Refusal why) {
  Way& ours = way(unit);
  // A line that is cut again and again is still a line: pauses grow only while nothing comes.
  if (ours.arrived > ours.furthest) ours.failures = 0;
  ours.furthest = std::max(ours.furthest, ours.arrived);
  const auto pause = pause_after(++ours.failures, world_.chance ? world_.chance() : 0.5);
  ours.next = world_.clock.mono() + pause;
  if (ours.hindrance != why) {
    world_.log.warning(cat(words_for(unit), ": ", why.message, "; tried again in ", duration_text(pause)));
  }
  ours.hindrance = std::move(why);
  if (world_.changed) world_.changed();
}

Installer::Stepped Installer::step(const Unit& unit) {
  const Candidate wanted = candidate(unit, unit.wish->package);
  switch (unit.phase) {
    case Phase::downloading:
      return fetch(unit);
    case Phase::installing:
      return install(unit);
    case Phase::shadow:
      return judged(unit, world_.workplace.shadow(wanted, unit.wish->shadow.value_or(ShadowPlan{})));
    case Phase::trial:
      return judged(unit, world_.workplace.prove(wanted));
    case Phase::watch:
      return judged(unit, world_.workplace.watch(wanted, unit.wish->watch.value_or(WatchPlan{})));
    case Phase::settled:
      break;
  }
  return unit;
}

Unit Installer::judged(const Unit& unit, const Verdict& verdict) const {
  switch (verdict.kind) {
    case Verdict::Kind::good:
      return succeed(unit);
    case Verdict::Kind::bad:
      return reject(unit, verdict.why);
    case Verdict::Kind::undecided:
      break;
  }
  return unit;
}

Installer::Stepped Installer::install(const Unit& unit) {
  const Candidate wanted = candidate(unit, unit.wish->package);
  Way& ours = way(unit);
  if (!ours.whole) {
    if (const auto whole = world_.store.verify(unit.wish->package.digest); !whole) {
      ours.verified.clear();
      return again(unit);  // what was complete is not any more: fetched once more
    }
    if (world_.check_signature) {
      if (auto signed_by = world_.check_signature(wanted); !signed_by) {
        return std::unexpected(Refusal{"signature", signed_by.error().what});
      }
    }
    ours.whole = true;
  }
  return judged(unit, world_.workplace.try_out(wanted));
}

Status Installer::check_room(uint64_t bytes) const {
  const auto free = world_.store.disk().free_bytes(world_.store.incoming());
  if (!free) return forward(free);
  if (*free >= bytes + world_.keep_free) return {};
  return fail(ErrorKind::full,
              cat("the package needs ", size_text(bytes), " more and ", size_text(world_.keep_free),
                  " must stay free, but the disk has only ", size_text(*free), "; make room"));
}

// The rest of a file out of a package that is here already, whoever's it is: what did not change between two
// versions does not travel. The part checks the bytes as if they had come from the hub.
Status Installer::take_from_here(PartFile& part) const {
  constexpr uint64_t kPiece = 1 << 20;
  const auto copy = [&](const files::Path& source) -> Status {
    while (!part.whole()) {
      const auto piece = world_.store.disk().read_part(source, part.size(), kPiece);
      if (!piece) return forward(piece);
      if (piece->empty()) return {};
      if (auto appended = part.append(*piece); !appended) return appended;
    }
    return {};
  };
  for (const Unit& unit : units()) {
    for (const auto& package : {unit.current, unit.last_good}) {
      const auto index = package ? world_.store.index(package->digest) : fail(ErrorKind::not_found, "");
      if (!index) continue;
      const auto file = std::ranges::find(index->files, part.digest(), &PackageFile::digest);
      if (file == index->files.end()) continue;
      const auto source =
          world_.store.content_folder(package->digest, index->name, index->version) / file->path;
      const auto digest = digest_of(world_.store.disk(), source);
      if (digest && *digest == part.digest()) return copy(source);
    }
  }
  return {};
}

Status Installer::fetch_file(const Unit& unit, const PackageFile& file, const files::Path& destination) {
  Way& ours = way(unit);
  files::Disk& disk = world_.store.disk();
  if (ours.verified.contains(file.path)) return {};
  const auto there = digest_of(disk, destination);
  if (there && *there == file.digest) {
    ours.verified.insert(file.path);
    ours.received.bytes += file.bytes;
    return {};
  }
  auto part = PartFile::open(disk, world_.store.incoming(), file.digest, file.bytes, world_.boot);
  if (!part) return forward(part);
  if (auto room = check_room((*part)->bytes() - (*part)->size()); !room) return room;
  if (auto taken = take_from_here(**part); !taken) return taken;
  const uint64_t before = ours.received.bytes;
  const auto fetched = (*part)->whole() ? Status() : world_.source.fetch(**part, [&](uint64_t size) {
    ours.received.bytes = before + size;
    ours.arrived = std::max(ours.arrived, ours.received.bytes);
    if (world_.progress) world_.progress();
  });
  if (!fetched) {
    ours.received.bytes = before;
    if (auto settled = (*part)->settle(); !settled) return settled;
    return fetched;
  }
  if (auto made = world_.store.make_folder(destination.parent_path()); !made) return made;
  if (auto finished = (*part)->finish(destination); !finished) return finished;
  ours.received.bytes = before + file.bytes;
  ours.verified.insert(file.path);
  return {};
}

// What lies there already is believed when its digest is right.
Result<PackageIndex> Installer::fetch_index(const Unit& unit) {
  const std::string& digest = unit.wish->package.digest;
  if (auto index = world_.store.index(digest)) return index;
  const auto bytes = world_.source.index(unit);
  if (!bytes) return forward(bytes);
  if (crypto::sha256(*bytes).hex() != digest) {
    return fail(ErrorKind::corrupt, cat("the index of the package has another digest than ", digest));
  }
  auto index = parse_index(as_text(*bytes));
  if (!index) return index;
  const files::Path folder = world_.store.package_folder(digest);
  if (auto made = world_.store.make_folder(folder); !made) return forward(made);
  if (auto written = world_.store.disk().write(folder / "package.json", *bytes); !written)
    return forward(written);
  return index;
}

Installer::Stepped Installer::fetch(const Unit& unit) {
  const Wish& wish = *unit.wish;
  Way& ours = way(unit);
  const auto index = fetch_index(unit);
  if (!index) return hindered(index);
  const std::string& name = unit.kind == UnitKind::model ? unit.name : wish.package.name;
  if (index->kind != unit.kind || index->name != name || index->version != wish.package.version ||
      index->release != wish.package.release) {
    return std::unexpected(
        Refusal{"tuf", cat("the package is ", kind_name(index->kind), " ", index->name, " ", index->version,
                           " of release ", index->release, ", asked for was ", kind_name(unit.kind), " ",
                           name, " ", wish.package.version, " of release ", wish.package.release)});
  }
  if (!index->hardware.empty() &&
      std::ranges::find(index->hardware, world_.hardware) == index->hardware.end()) {
    return reject(unit, {"hardware", cat("it is made for ", join(index->hardware, ", "), ", this station is ",
                                         world_.hardware)});
  }
  ours.received = {0, index->bytes()};
  const files::Path folder = world_.store.content_folder(wish.package.digest, index->name, index->version);
  for (const auto& file : index->files) {
    if (ours.verified.contains(file.path)) ours.received.bytes += file.bytes;
    if (auto fetched = fetch_file(unit, file, folder / file.path); !fetched) return hindered(fetched);
  }
  return succeed(unit);
}

const Refusal* Installer::hindrance(UnitKind kind, const std::string& name) const {
  const auto found = ways_.find({kind, name});
  return found == ways_.end() || !found->second.hindrance ? nullptr : &*found->second.hindrance;
}

Installer::Received Installer::received(UnitKind kind, const std::string& name) const {
  const auto found = ways_.find({kind, name});
  return found == ways_.end() ? Received{} : found->second.received;
}

int Installer::attempt(UnitKind kind, const std::string& name) const {
  const auto found = ways_.find({kind, name});
  return found == ways_.end() ? 1 : found->second.failures + 1;
}

}  // namespace oree::deployment
