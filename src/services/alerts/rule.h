// When something is worth an alert, and what it then says. Values; pure functions.
//
//   Rule rule{.name = "robot_anomaly", .expression = *parse_expression("score > threshold"), .hold_for = 60s,
//             .severity = Severity::page, .sentence = "{machine} is not itself: score {value}, limit
//             {threshold}"};
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "services/alerts/labels.h"

namespace oree::alerts {

enum class Source {
  series,   // the newest value of a sensor: "series drill_temperature > 80"
  score,    // of a detector: "score > threshold", "score lstm > 0.9"
  counter,  // its growth per second between two observations: "counter messages_dropped > 0"
};

// SOURCE [NAME] OPERATOR VALUE [clear VALUE]; operators > >= < <=; VALUE a number, or for scores the word
// threshold: the one that comes with the score. `clear` is hysteresis: a firing alert ends only on the far
// side of it (for `threshold` it is a share of it: "score > threshold clear 0.8").
struct Expression {
  Source source = Source::series;
  std::string name;  // "" (scores only): any
  bool above = true;
  bool or_equal = false;
  std::optional<double> threshold;  // nullopt: the observation's own
  std::optional<double> clear;
  bool operator==(const Expression&) const = default;
};
Result<Expression> parse_expression(std::string_view text);
std::string print(const Expression& expression);

enum class Severity { info, ticket, page };
std::string_view severity_name(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);

struct Rule {
  std::string name;
  Expression expression;
  std::vector<Matcher> only;    // observations that this rule looks at
  microseconds hold_for{0};     // `for`: how long it must be so before it fires
  microseconds keep_firing{0};  // how long it must be over before it is resolved
  Severity severity = Severity::ticket;
  Labels labels;         // added to the observation's
  std::string sentence;  // {value}, {threshold}, {rule} and {any label} are filled in
};

// What was seen. Observations of one thing come in the order of time.
struct Observation {
  Source source = Source::series;
  std::string name;  // sensor, detector or counter
  Labels labels;     // machine="robot-1"
  double value = 0;
  std::optional<double> threshold;  // a score's
};

bool concerns(const Rule& rule, const Observation& observation);
// The limit that applies; nullopt when the rule asks for the observation's own and there is none.
std::optional<double> limit_of(const Rule& rule, const Observation& observation);
bool is_exceeded(const Expression& expression, double value, double limit);
// Whether a firing alert may end: on the far side of `clear`, or not exceeded when there is none.
bool is_cleared(const Expression& expression, double value, double limit);
std::string fill_sentence(const Rule& rule, const Labels& labels, double value, double limit);

}  // namespace oree::alerts
