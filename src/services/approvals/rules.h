// What one authority allows: whom it listens to, and when it says yes, no, or "ask a person". The rules of
// authority.yaml (docs/formats/authority.md). Values, no threads.
//
// Every section may be left out, and then allows everything. Each miss is refused or handed to a person, as
// its section or else `on_miss` says. Names may hold '*' for any run of letters.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "platform/config/fields.h"
#include "platform/crypto/signing.h"
#include "services/approvals/times_of_day.h"

namespace oree::approvals {

enum class Miss { refuse, ask };

struct KnownStation {
  std::string name;
  crypto::PublicKey key;
  std::string address;  // "http://10.0.0.5:8000": evidence is fetched from nowhere else; "" = where it says
};

struct NameRule {
  std::vector<std::string> allowed;  // empty: any
  Miss on_miss = Miss::refuse;
};

struct ScoreRule {
  std::optional<double> minimum;  // of the score
  std::optional<double> ratio;    // of score ÷ threshold, at least
  Miss on_miss = Miss::refuse;
};

struct SensorLimit {
  std::string sensor;
  std::optional<double> low, high;
};
struct SensorRule {
  std::vector<SensorLimit> limits;
  Miss on_miss = Miss::refuse;
};

struct WindowRule {
  std::string zone = "UTC";  // as written
  std::chrono::minutes offset{0};
  std::vector<TimesOfDay> open;  // empty: always
  Miss on_miss = Miss::refuse;
};

using Ceilings = std::map<std::string, double>;  // by currency
struct CostRule {
  Ceilings ceiling;                             // empty: any cost
  std::map<std::string, Ceilings> by_priority;  // instead of `ceiling` for that priority and currency
  Miss on_miss = Miss::refuse;
};

struct EvidenceRule {
  std::vector<std::string> names, types;  // each must be met by a part
  Miss on_miss = Miss::refuse;
};

struct OrderRule {
  std::optional<int> per_asset_per_day;  // approved in the last 24 hours, this one not counted
  Miss on_miss = Miss::refuse;
};

struct Rules {
  std::string authority;
  std::vector<KnownStation> stations;
  microseconds clock_skew = std::chrono::seconds(30);  // that clocks may differ
  bool ask_when_met = false;                           // a person has the last word even so
  NameRule models;  // names, or "sha256:<hex>" of what the evidence holds; "-" for no model
  NameRule detectors;
  ScoreRule score;
  SensorRule sensors;
  WindowRule windows;
  CostRule cost;
  EvidenceRule evidence;
  OrderRule orders;

  const KnownStation* station(const crypto::PublicKey& key) const;  // nullptr when unknown
};

// Reads what is about rules from a file's top; who reads the rest calls finish().
Rules read_rules(config::Fields& fields);
// A file of rules alone.
Result<Rules> parse_rules(std::string_view text, std::string_view file);

// '*' stands for any run of letters, also none.
bool matches(std::string_view pattern, std::string_view name);

// The rules as sentences for a page.
struct Sentence {
  std::string en, fr;
};
std::vector<Sentence> in_words(const Rules& rules);

}  // namespace oree::approvals
