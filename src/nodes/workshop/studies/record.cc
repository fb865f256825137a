#include "nodes/workshop/studies/record.h"

#include <algorithm>

#include "base/text.h"

namespace oree::workshop {

namespace {

constexpr std::string_view kFormat = "oree-search/2";
constexpr size_t kMostAxes = 64, kMostChoices = 64, kMostTrials = 200'000;

std::string text_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

const json::Array& list_at(const json::Value& value, std::string_view key) {
  static const json::Array kNone;
  const json::Value* found = value.find(key);
  return found == nullptr || found->array() == nullptr ? kNone : *found->array();
}

double number_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr ? 0 : found->number().value_or(0);
}

json::Value space_json(const search::Space& space) {
  json::Array axes;
  for (const search::Axis& axis : space) {
    json::Array choices;
    for (const std::string& choice : axis.choices) choices.push_back(choice);
    axes.push_back(json::Object{{"name", axis.name}, {"choices", std::move(choices)}});
  }
  return axes;
}

Result<search::Space> space_from(const json::Array& axes) {
  if (axes.empty() || axes.size() > kMostAxes)
    return fail(ErrorKind::corrupt, "'space' has no axes, or too many");
  search::Space space;
  for (const json::Value& one : axes) {
    search::Axis axis{text_at(one, "name"), {}};
    for (const json::Value& choice : list_at(one, "choices"))
      if (choice.text() != nullptr) axis.choices.push_back(*choice.text());
    if (axis.choices.empty() || axis.choices.size() > kMostChoices)
      return fail(ErrorKind::corrupt, cat("axis '", axis.name, "' has no choices, or too many"));
    space.push_back(std::move(axis));
  }
  return space;
}

bool same_space(const search::Space& a, const search::Space& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x.name == y.name && x.choices == y.choices; });
}

}  // namespace

std::string words_of(const search::Space& space, const search::Point& point) {
  std::vector<std::string> floats, more;
  size_t groups = 0;
  for (size_t i = 0; i < space.size(); ++i) {
    const search::Axis& axis = space[i];
    const std::string& choice = axis.choices[point[i]];
    if (axis.choices.front() == "int8") {
      ++groups;
      if (choice != "int8") floats.push_back(axis.name);
    } else if (axis.name == "ranges") {
      if (floats.size() < groups) more.push_back(cat("ranges by ", choice));
    } else if (point[i] != 0) {
      more.push_back(axis.name == "threads"   ? cat(choice, " threads")
                     : axis.name == "zeros"   ? cat(choice, " of the weights zero")
                     : axis.name == "backend" ? cat("run by ", choice)
                                              : cat(axis.name, " in ", choice));
    }
  }
  std::string text = floats.size() == groups && groups > 0 ? "float" : "8 bits";
  if (!floats.empty() && floats.size() < groups) text += cat(", ", join(floats, " and "), " in float");
  return more.empty() ? text : cat(text, ", ", join(more, ", "));
}

std::string SearchRecord::differs_from(const SearchRecord& other) const {
  if (model_digest != other.model_digest)
    return cat("the network (", model, ", ", model_digest.substr(0, 12), ")");
  if (data_digest != other.data_digest)
    return cat("the samples (", data, ", ", data_digest.substr(0, 12), ")");
  if (machine != other.machine) return cat("the machine (", machine, ")");
  if (runtime != other.runtime) return cat("the runtime (", runtime, ")");
  if (!same_space(space, other.space)) return "the space of ways";
  return "";
}

std::vector<search::Objectives> SearchRecord::objectives() const {
  std::vector<search::Objectives> all;
  for (const Trial& trial : trials) all.push_back(trial.objectives(baseline.packed));
  return all;
}

std::vector<size_t> SearchRecord::front() const {
  std::vector<size_t> front = search::front_of(objectives());
  std::ranges::stable_sort(front, {}, [&](size_t i) { return trials[i].time_ratio; });
  return front;
}

json::Value to_json(const SearchRecord& record, int pick) {
  const auto objectives = record.objectives();
  const std::vector<size_t> front = record.front();
  json::Array trials;
  for (size_t i = 0; i < record.trials.size(); ++i) {
    json::Value trial = to_json(record.trials[i]);
    trial.set("text", words_of(record.space, record.trials[i].point));
    trial.set("front", std::ranges::find(front, i) != front.end());
    trials.push_back(std::move(trial));
  }
  json::Array reference;
  for (const double one : record.reference) reference.push_back(one);
  json::Object out{{"format", std::string(kFormat)},
                   {"model", json::Object{{"file", record.model}, {"sha256", record.model_digest}}},
                   {"data", json::Object{{"folder", record.data}, {"sha256", record.data_digest}}},
                   {"machine", record.machine},
                   {"runtime", record.runtime},
                   {"float", json::Object{{"accuracy", record.baseline.accuracy},
                                          {"p50_ms", record.baseline.p50_ms},
                                          {"bytes", record.baseline.bytes},
                                          {"packed_bytes", record.baseline.packed}}},
                   {"axes", space_json(record.space)},
                   {"space", search::size_of(record.space)},
                   {"budget", record.budget},
                   {"tried", record.trials.size()},
                   {"reference", std::move(reference)},
                   {"hypervolume", search::hypervolume(objectives, record.reference)},
                   {"trials", std::move(trials)}};
  if (pick >= 0) out.emplace_back("pick", pick);
  return out;
}

Result<SearchRecord> parse_search(std::string_view text) {
  const Result<json::Value> value = json::parse(text);
  if (!value) return fail(ErrorKind::corrupt, value.error().what);
  if (text_at(*value, "format") != kFormat)
    return fail(ErrorKind::corrupt, cat("it is no ", kFormat, "; remove it, or search into another folder"));
  SearchRecord record;
  Result<search::Space> space = space_from(list_at(*value, "axes"));
  if (!space) return forward(space);
  record.space = *std::move(space);
  for (const json::Value& one : list_at(*value, "reference"))
    record.reference.push_back(one.number().value_or(0));
  const auto part = [&](std::string_view key) {
    const json::Value* found = value->find(key);
    return found == nullptr ? json::Value() : *found;
  };
  record.model = text_at(part("model"), "file");
  record.model_digest = text_at(part("model"), "sha256");
  record.data = text_at(part("data"), "folder");
  record.data_digest = text_at(part("data"), "sha256");
  record.machine = text_at(*value, "machine");
  record.runtime = text_at(*value, "runtime");
  const json::Value base = part("float");
  const double bytes = number_at(base, "bytes"), packed = number_at(base, "packed_bytes"),
               budget = number_at(*value, "budget");
  record.baseline = {number_at(base, "accuracy"), number_at(base, "p50_ms"),
                     static_cast<uint64_t>(std::clamp(bytes, 0.0, 1e15)),
                     static_cast<uint64_t>(std::clamp(packed, 0.0, 1e15))};
  record.budget = static_cast<size_t>(std::clamp(budget, 0.0, 1e9));
  const json::Array& trials = list_at(*value, "trials");
  if (trials.size() > kMostTrials || record.reference.size() != 3)
    return fail(ErrorKind::corrupt, "too many trials, or a reference that has not three numbers");
  for (const json::Value& one : trials) {
    Result<Trial> trial = trial_from(one, record.space);
    if (!trial) return fail(ErrorKind::corrupt, trial.error().what);
    record.trials.push_back(*std::move(trial));
  }
  return record;
}

}  // namespace oree::workshop
