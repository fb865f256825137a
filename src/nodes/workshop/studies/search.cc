#include "nodes/workshop/studies/search.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/file.h"
#include "nodes/workshop/studies/record.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

namespace oree::workshop {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxRecordBytes = 64 << 20;
// What counts is better than these: a twentieth of the accuracy lost, a tenth slower or larger than float.
const search::Objectives kReference{0.05, 1.1, 1.1};

class Searching {
 public:
  Searching(const SearchOptions& options, const SearchTools& tools) : options_(options), tools_(tools) {}

  Result<SearchOutcome> run() {
    if (Status done = open(); !done) return forward(done);
    if (Status done = resume(); !done) return forward(done);
    Result<Trials> trials = Trials::begin(*lab_, *ways_, options_.seconds, tools_.others);
    if (!trials) return forward(trials);
    // A search that goes on keeps the float network it was measured against.
    if (record_.trials.empty()) record_.baseline = trials->baseline();
    const auto found = explore(*trials);
    if (!found) return forward(found);
    return hand_out(*trials);
  }

 private:
  void tell(const std::string& line) const {
    if (tools_.tell) tools_.tell(line);
  }
  fs::path file() const { return options_.out / "search.json"; }

  Status open() {
    auto lab = Laboratory::open(options_.lab, tools_.backend, tools_.work, tools_.tell);
    if (!lab) return forward(lab);
    lab_ = *std::move(lab);
    if (lab_->weighted().empty())
      return fail(ErrorKind::unsupported, cat(lab_->network().source.string(),
                                              ": no convolution or product with constant weights in "
                                              "it, so there is only one way to make it"));
    std::vector<std::string> backends{std::string(tools_.backend.name())};
    for (const inference::Backend* other : tools_.others) backends.emplace_back(other->name());
    ways_ = Ways::of(*lab_, {options_.groups, options_.cores, std::move(backends)});
    record_.model = lab_->network().source.filename().string();
    record_.model_digest = lab_->network().digest;
    record_.data = options_.lab.data.filename().string();
    record_.data_digest = lab_->dataset().digest();
    record_.machine = tools_.machine;
    record_.runtime = cat(tools_.backend.name(), " ", tools_.backend.version());
    for (const inference::Backend* other : tools_.others)
      record_.runtime += cat(", ", other->name(), " ", other->version());
    record_.space = ways_->space();
    record_.reference = kReference;
    const uint64_t size = search::size_of(record_.space);
    size_t singles = 2;
    for (const search::Axis& axis : record_.space) singles += axis.choices.size() - 1;
    record_.budget =
        options_.budget > 0
            ? options_.budget
            : static_cast<size_t>(std::min<uint64_t>(size, std::max<uint64_t>(size / 20, singles)));
    tell(cat(size, " ways; ", record_.budget, " of them will be tried"));
    return {};
  }

  Status resume() {
    files::RealDisk disk;
    const auto text = disk.read(file(), kMaxRecordBytes);
    if (!text && text.error().kind == ErrorKind::not_found) return disk.make_folder(options_.out);
    if (!text) return forward(text);
    const Result<SearchRecord> before = parse_search(as_text(*text));
    if (!before) return forward(before, file().string());
    if (const std::string other = before->differs_from(record_); !other.empty())
      return fail(ErrorKind::conflict, cat(file().string(), ": ", other,
                                           " of the search in this folder is "
                                           "another; search into another folder"));
    record_.trials = before->trials;
    record_.baseline = before->baseline;
    known_ = record_.trials.size();
    if (known_ > 0) tell(cat("going on after ", known_, " trials"));
    return {};
  }

  // What was measured before is answered from the record: the search takes the same steps again.
  Result<search::Objectives> measure(Trials& trials, const search::Point& point) {
    auto found = std::ranges::find(record_.trials, point, &Trial::point);
    if (found == record_.trials.end()) {
      Result<Trial> trial = trials.measure(point);
      if (!trial) return forward(trial);
      record_.trials.push_back(*std::move(trial));
      found = record_.trials.end() - 1;
      if (Status kept = keep(); !kept) return forward(kept);
      tell_trial(*found);
    }
    return found->objectives(record_.baseline.packed);
  }

  void tell_trial(const Trial& trial) const {
    tell(cat("  ", record_.trials.size(), "/", record_.budget, ": ", fixed(trial.kept * 100, 1), " % kept, ",
             fixed(trial.p50_ms, 3), " ms, ", size_text(trial.bytes), " · ",
             words_of(record_.space, trial.point)));
  }

  Status keep() {
    const json::Value value = to_json(record_, -1);
    if (tools_.on_trial) tools_.on_trial(value);
    files::RealDisk disk;
    return disk.write(file(), as_bytes(json::print(value, 1)));
  }

  Result<std::vector<search::Trial>> explore(Trials& trials) {
    const search::Plan plan{.budget = record_.budget, .reference = record_.reference};
    return search::explore(record_.space, plan,
                           [&](const search::Point& point) { return measure(trials, point); });
  }

  // Of the front, among those that keep enough accuracy and are no slower than float; -1: none.
  int pick() const {
    const auto all = record_.objectives();
    std::vector<search::Objectives> some;
    std::vector<size_t> which;
    for (const size_t i : record_.front()) {
      if (record_.trials[i].kept < options_.least_kept || record_.trials[i].time_ratio > 1) continue;
      some.push_back(all[i]);
      which.push_back(i);
    }
    if (some.empty()) return -1;
    search::Objectives scale{0.05, 1, 1};
    constexpr double kMore = 0.1;  // a tenth of the others' unit: ten times as important
    if (options_.preference != Preference::balance)
      scale[static_cast<size_t>(options_.preference) - 1] *= kMore;
    return static_cast<int>(which[search::balanced_pick(some, scale)]);
  }

  Result<SearchOutcome> hand_out(const Trials& trials) {
    SearchOutcome outcome{to_json(record_, pick()), {}, record_.trials.size() - known_, known_};
    files::RealDisk disk;
    const fs::path folder = options_.out / "front", work = tools_.work / "front.onnx";
    if (Status made = disk.make_folder(folder); !made) return forward(made);
    json::Array rows = *outcome.record.find("trials")->array();
    for (const size_t i : record_.front()) {
      const auto model = trials.build(record_.trials[i].point);
      if (!model) return forward(model);
      if (Status stored = graph::store(*model, work); !stored) return forward(stored);
      const auto bytes = disk.read(work, uint64_t{2} << 30);
      if (!bytes) return forward(bytes);
      if (crypto::sha256(*bytes).hex() != record_.trials[i].digest)
        return fail(ErrorKind::bug, cat("trial ", i + 1, " was made again and is another network"));
      const fs::path to = folder / cat(lab_->network().name, ".", i + 1, ".onnx");
      if (Status written = disk.write(to, *bytes); !written) return forward(written);
      rows[i].set("file", to.filename().string());
      outcome.files.push_back(to);
    }
    outcome.record.set("trials", std::move(rows));
    if (Status gone = remove_beaten(disk, folder, outcome); !gone) return forward(gone);
    if (Status kept = disk.write(file(), as_bytes(json::print(outcome.record, 1))); !kept)
      return forward(kept);
    return outcome;
  }

  // Networks that were on the front of an earlier call.
  Status remove_beaten(files::Disk& disk, const fs::path& folder, const SearchOutcome& outcome) const {
    const auto names = disk.list(folder);
    if (!names) return forward(names);
    for (const fs::path& name : *names) {
      const bool ours = name.string().starts_with(lab_->network().name + ".") && name.extension() == ".onnx";
      const bool kept = std::ranges::find(outcome.files, folder / name) != outcome.files.end();
      if (!ours || kept) continue;
      if (Status gone = disk.remove(folder / name); !gone) return gone;
    }
    return {};
  }

  const SearchOptions& options_;
  const SearchTools& tools_;
  std::unique_ptr<Laboratory> lab_;
  std::optional<Ways> ways_;
  SearchRecord record_;
  size_t known_ = 0;
};

}  // namespace

Result<SearchOutcome> search_front(const SearchOptions& options, const SearchTools& tools) {
  return Searching(options, tools).run();
}

}  // namespace oree::workshop
