// The route language of IoT Edge: which messages go where.
//
//   FROM /messages/modules/press/* WHERE temperature_alert = 'true' AND $body.t > 80 INTO $upstream
//   SELECT * FROM /messages WHERE as_number(level) >= 3 INTO BrokeredEndpoint("/modules/filter/inputs/in")
//   FROM /messages/topics/line1 INTO Table("readings")                 -- Table and Topic are ours
//
// The source is a prefix of the message's, by whole parts, capitals or not; `*` at the end adds nothing. A
// bare name is an application property, always text. `$name` is an application property of that very name,
// else
// (`$body.…`) a place in the JSON body, else a system property; `{$name}` leaves out the application
// property. A body is looked into only when the message says contentType application/json and contentEncoding
// utf-8, utf-16 or utf-32; EvaluateOptions::sniff_json also takes one that only looks like JSON. What is
// missing or of another type is undefined, and only `true` routes. lower() and upper() know ASCII.
//
// Precedence, tightest first: unary -, NOT · * / % · + - || · < <= > >= · = != <> · AND · OR · ??
// (so NOT a = b is (NOT a) = b). Keywords and function names in any case. Values, no threads. Limits: 64 KB
// of text, 2,000 operands, 100 levels.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::routes {

using Properties = std::vector<std::pair<std::string, std::string>>;

struct RoutedMessage {
  std::string source;     // "/messages/modules/press/outputs/alarm"
  Properties properties;  // application properties; of a name written twice the last counts
  Properties system;      // messageId, contentType, connectionDeviceId …
  std::string body;
};

struct Sink {
  enum class Kind { upstream, input, topic, table };
  Kind kind = Kind::upstream;
  std::string name;  // "/modules/filter/inputs/in", a topic, a table; "" for upstream
  bool operator==(const Sink&) const = default;
  auto operator<=>(const Sink&) const = default;
  std::string text() const;  // as one writes it in a route
};

struct Expression;

struct Route {
  std::string source;  // lower case, with a slash at its end
  Sink sink;
  std::shared_ptr<const Expression> condition;  // none: always true
};

// `invalid` with the place: "line 1, column 27: expected …".
Result<Route> parse_route(std::string_view text);

enum class Truth { no, yes, undefined };

struct EvaluateOptions {
  bool sniff_json = false;
};

struct Verdict {
  bool from_source = false;
  Truth condition = Truth::undefined;
  // The condition asked for the body, and the message does not say that it is JSON: why it may have been
  // dropped.
  bool body_not_declared = false;
  bool routes() const { return from_source && condition == Truth::yes; }
};

// One message, held against any number of routes; its body is parsed at most once. Keeps a reference.
class Evaluation {
 public:
  explicit Evaluation(const RoutedMessage& message, EvaluateOptions options = {});
  ~Evaluation();
  Verdict evaluate(const Route& route);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline Verdict evaluate(const Route& route, const RoutedMessage& message, EvaluateOptions options = {}) {
  return Evaluation(message, options).evaluate(route);
}

}  // namespace oree::routes
