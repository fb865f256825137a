// The rules as sentences, in two languages.
#include "base/text.h"
#include "services/approvals/rules.h"

namespace oree::approvals {
namespace {

class Words {
 public:
  void say(std::string en, std::string fr) { out_.push_back({std::move(en), std::move(fr)}); }
  void say(Miss miss, const std::string& en, const std::string& fr) {
    const bool ask = miss == Miss::ask;
    say(cat(en, ask ? "; else a person is asked." : "; else it refuses."),
        cat(fr, ask ? " ; sinon une personne tranche." : " ; sinon refus."));
  }
  std::vector<Sentence> take() { return std::move(out_); }

 private:
  std::vector<Sentence> out_;
};

std::string list(const std::vector<std::string>& names) {
  return join(names, ", ");
}

std::string amounts(const Ceilings& ceilings) {
  std::vector<std::string> words;
  for (const auto& [currency, amount] : ceilings) words.push_back(cat(fixed(amount, 0), " ", currency));
  return list(words);
}

std::string range(const SensorLimit& limit) {
  return cat(limit.sensor, " [", limit.low ? cat(*limit.low) : "…", ", ", limit.high ? cat(*limit.high) : "…",
             "]");
}

void say_score(const ScoreRule& rule, Words& words) {
  if (rule.minimum) {
    words.say(rule.on_miss, cat("The score must be at least ", *rule.minimum),
              cat("Le score doit atteindre ", *rule.minimum));
  }
  if (rule.ratio) {
    words.say(rule.on_miss, cat("The score must be at least ", *rule.ratio, " times the threshold"),
              cat("Le score doit valoir au moins ", *rule.ratio, " fois le seuil"));
  }
}

void say_names(const Rules& rules, Words& words) {
  if (!rules.models.allowed.empty()) {
    words.say(rules.models.on_miss, cat("Models it trusts: ", list(rules.models.allowed)),
              cat("Modèles admis : ", list(rules.models.allowed)));
  }
  if (!rules.detectors.allowed.empty()) {
    words.say(rules.detectors.on_miss, cat("Detectors it trusts: ", list(rules.detectors.allowed)),
              cat("Détecteurs admis : ", list(rules.detectors.allowed)));
  }
}

void say_sensors(const SensorRule& rule, Words& words) {
  if (rule.limits.empty()) return;
  std::vector<std::string> limits;
  for (const auto& limit : rule.limits) limits.push_back(range(limit));
  words.say(rule.on_miss, cat("Readings must lie within: ", list(limits)),
            cat("Les mesures doivent rester dans : ", list(limits)));
}

void say_windows(const WindowRule& rule, Words& words) {
  if (rule.open.empty()) return;
  std::vector<std::string> windows;
  for (const auto& window : rule.open) windows.push_back(text_of(window));
  words.say(rule.on_miss, cat("It approves at these hours (", rule.zone, "): ", list(windows)),
            cat("Heures d’approbation (", rule.zone, ") : ", list(windows)));
}

void say_cost(const CostRule& rule, Words& words) {
  if (!rule.ceiling.empty()) {
    words.say(rule.on_miss, cat("An order may cost at most ", amounts(rule.ceiling)),
              cat("Un ordre peut coûter au plus ", amounts(rule.ceiling)));
  }
  for (const auto& [priority, ceilings] : rule.by_priority) {
    words.say(rule.on_miss, cat("With priority ", priority, ": at most ", amounts(ceilings)),
              cat("Avec la priorité ", priority, " : au plus ", amounts(ceilings)));
  }
}

void say_evidence(const EvidenceRule& rule, Words& words) {
  words.say(
      "Every byte of the evidence is fetched and held against its SHA-256; what was altered is refused.",
      "Chaque octet des preuves est relu et comparé à son SHA-256 ; toute altération est refusée.");
  if (!rule.names.empty()) {
    words.say(rule.on_miss, cat("The evidence must hold: ", list(rule.names)),
              cat("Les preuves doivent contenir : ", list(rule.names)));
  }
  if (!rule.types.empty()) {
    words.say(rule.on_miss, cat("The evidence must hold parts of type: ", list(rule.types)),
              cat("Les preuves doivent contenir des pièces de type : ", list(rule.types)));
  }
}

}  // namespace

std::vector<Sentence> in_words(const Rules& rules) {
  Words words;
  std::vector<std::string> stations;
  for (const auto& station : rules.stations) stations.push_back(station.name);
  words.say(cat("It listens to: ", list(stations), "."), cat("Stations écoutées : ", list(stations), "."));
  say_evidence(rules.evidence, words);
  say_names(rules, words);
  say_score(rules.score, words);
  say_sensors(rules.sensors, words);
  say_windows(rules.windows, words);
  say_cost(rules.cost, words);
  if (rules.orders.per_asset_per_day) {
    words.say(rules.orders.on_miss,
              cat("At most ", *rules.orders.per_asset_per_day, " orders for one machine in 24 hours"),
              cat("Au plus ", *rules.orders.per_asset_per_day, " ordres par machine en 24 heures"));
  }
  if (rules.ask_when_met) {
    words.say("When every rule is met, a person still has the last word.",
              "Même si tout est respecté, une personne a le dernier mot.");
  } else {
    words.say("When every rule is met, it approves.", "Si tout est respecté, elle approuve.");
  }
  return words.take();
}

}  // namespace oree::approvals
