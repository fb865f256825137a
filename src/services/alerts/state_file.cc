#include "services/alerts/state_file.h"

#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::alerts {

namespace {

using json::Value;
constexpr int64_t kVersion = 1;

int64_t number_of(WallTime time) {
  return time.time_since_epoch().count();
}

json::Object object_of(const Labels& labels) {
  json::Object out;
  for (const auto& [name, value] : labels) out.emplace_back(name, value);
  return out;
}

Value print_alert(const Alert& a) {
  Value out;
  out.set("id", a.id).set("rule", a.rule);
  out.set("labels", object_of(a.labels));
  out.set("severity", severity_name(a.severity));
  out.set("state", state_name(a.state));
  out.set("sentence", a.sentence);
  out.set("since", number_of(a.since));
  out.set("fired", number_of(a.fired));
  out.set("seen", number_of(a.seen));
  out.set("ended", number_of(a.ended));
  out.set("clear_since", number_of(a.clear_since));
  out.set("value", a.value);
  out.set("threshold", a.threshold);
  return out;
}

Value print_silence(const Silence& s) {
  json::Array matchers;
  for (const Matcher& m : s.matchers) matchers.push_back(print(m));
  Value out;
  out.set("id", s.id);
  out.set("matchers", std::move(matchers));
  out.set("from", number_of(s.from));
  out.set("until", number_of(s.until));
  out.set("comment", s.comment);
  return out;
}

// Reads members and remembers that one was missing or wrong.
class Reader {
 public:
  explicit Reader(const Value& value) : value_(value) { broken_ = value.object() == nullptr; }

  std::string text(std::string_view key) {
    const Value* v = value_.find(key);
    if (v && v->text()) return *v->text();
    broken_ = true;
    return {};
  }
  double number(std::string_view key) {
    const Value* v = value_.find(key);
    if (const auto n = v ? v->number() : std::nullopt) return *n;
    broken_ = true;
    return 0;
  }
  int64_t integer(std::string_view key) {
    const Value* v = value_.find(key);
    if (const auto n = v ? v->integer() : std::nullopt) return *n;
    broken_ = true;
    return 0;
  }
  WallTime time(std::string_view key) { return WallTime{microseconds{bounded(integer(key))}}; }
  Labels labels(std::string_view key) {
    Labels out;
    const Value* v = value_.find(key);
    if (!v || !v->object()) {
      broken_ = true;
      return out;
    }
    for (const auto& [name, value] : *v->object()) {
      if (value.text()) {
        out[name] = *value.text();
      } else {
        broken_ = true;
      }
    }
    return out;
  }
  // Empty, and broken, when there is no such list.
  const json::Array& list(std::string_view key) {
    static const json::Array kNone;
    const Value* v = value_.find(key);
    if (v && v->array()) return *v->array();
    broken_ = true;
    return kNone;
  }
  void must(bool fine) { broken_ = broken_ || !fine; }
  bool broken() const { return broken_; }

 private:
  // Within ±10,000 years: differences of two times cannot overflow.
  int64_t bounded(int64_t time) {
    constexpr int64_t kLimit = 315'360'000'000'000'000;
    if (time >= -kLimit && time <= kLimit) return time;
    broken_ = true;
    return 0;
  }

  const Value& value_;
  bool broken_ = false;
};

bool read_alert(const Value& value, SavedState& out) {
  Reader in(value);
  Alert a;
  a.id = in.text("id");
  a.rule = in.text("rule");
  a.labels = in.labels("labels");
  const auto severity = parse_severity(in.text("severity"));
  a.severity = severity.value_or(Severity::ticket);
  const std::string state = in.text("state");
  in.must(severity.has_value() && (state == "pending" || state == "firing" || state == "resolved"));
  a.state = state == "firing"     ? AlertState::firing
            : state == "resolved" ? AlertState::resolved
                                  : AlertState::pending;
  a.sentence = in.text("sentence");
  a.since = in.time("since");
  a.fired = in.time("fired");
  a.seen = in.time("seen");
  a.ended = in.time("ended");
  a.clear_since = in.time("clear_since");
  a.value = in.number("value");
  a.threshold = in.number("threshold");
  in.must(a.id == fingerprint(a.labels));
  if (in.broken()) return false;
  return out.alerts.emplace(a.id, std::move(a)).second;
}

bool read_group(const Value& value, SavedState& out) {
  Reader in(value);
  GroupRecord record;
  record.next = in.time("next");
  record.told = in.time("told");
  record.failures = static_cast<int>(in.integer("failures") & 0xFFFF);
  for (const auto& id : in.list("firing")) {
    in.must(id.text() != nullptr);
    if (id.text()) record.firing.insert(*id.text());
  }
  return out.groups.emplace(in.text("key"), std::move(record)).second && !in.broken();
}

bool read_silence(const Value& value, SavedState& out) {
  Reader in(value);
  Silence s;
  s.id = in.text("id");
  s.from = in.time("from");
  s.until = in.time("until");
  s.comment = in.text("comment");
  for (const auto& text : in.list("matchers")) {
    const auto matcher = text.text() ? parse_matcher(*text.text()) : fail(ErrorKind::invalid, "no text");
    in.must(matcher.has_value());
    if (matcher) s.matchers.push_back(*matcher);
  }
  in.must(!s.matchers.empty());
  out.silences.push_back(std::move(s));
  return !in.broken();
}

bool read_counter(const Value& value, SavedState& out) {
  Reader in(value);
  const CounterMark mark{in.number("value"), in.time("at")};
  return out.counters.emplace(in.text("key"), mark).second && !in.broken();
}

template <class Read>
bool read_each(Reader& in, std::string_view key, SavedState& out, Read read) {
  for (const auto& value : in.list(key)) {
    if (!read(value, out)) return false;
  }
  return true;
}

}  // namespace

std::string print(const SavedState& state) {
  json::Array alerts, groups, silences, counters;
  for (const auto& [id, alert] : state.alerts) alerts.push_back(print_alert(alert));
  for (const auto& [key, record] : state.groups) {
    json::Array firing;
    for (const auto& id : record.firing) firing.push_back(id);
    Value one;
    one.set("key", key);
    one.set("next", number_of(record.next));
    one.set("told", number_of(record.told));
    one.set("failures", record.failures);
    one.set("firing", std::move(firing));
    groups.push_back(std::move(one));
  }
  for (const Silence& s : state.silences) silences.push_back(print_silence(s));
  for (const auto& [key, mark] : state.counters) {
    Value one;
    one.set("key", key);
    one.set("value", mark.value);
    one.set("at", number_of(mark.at));
    counters.push_back(std::move(one));
  }
  Value out;
  out.set("version", kVersion);
  out.set("alerts", std::move(alerts));
  out.set("groups", std::move(groups));
  out.set("silences", std::move(silences));
  out.set("counters", std::move(counters));
  out.set("next_silence", state.next_silence);
  return json::print(out);
}

Result<SavedState> parse_state(std::string_view text) {
  SavedState out;
  if (text.empty()) return out;
  const auto root = json::parse(text);
  if (!root) return fail(ErrorKind::corrupt, cat("the alerts' state is damaged: ", root.error().what));
  Reader in(*root);
  const int64_t version = in.integer("version");
  if (version != kVersion)
    return fail(ErrorKind::corrupt, cat("the alerts' state is of version ", version, ", not 1"));
  const bool read = read_each(in, "alerts", out, read_alert) && read_each(in, "groups", out, read_group) &&
                    read_each(in, "silences", out, read_silence) &&
                    read_each(in, "counters", out, read_counter);
  const int64_t next = in.integer("next_silence");
  if (!read || in.broken() || next < 1) return fail(ErrorKind::corrupt, "the alerts' state is damaged");
  out.next_silence = static_cast<uint64_t>(next);
  return out;
}

}  // namespace oree::alerts
