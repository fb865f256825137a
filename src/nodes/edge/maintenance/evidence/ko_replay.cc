#include "nodes/edge/maintenance/evidence/ko_replay.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/image/image.h"
#include "services/inspection/items/item.h"
#include "services/serving/repository/model_repository.h"

namespace oree::edge {
namespace {

using inspection::Decision;

constexpr std::string_view kItem = "item/", kJson = ".json";

std::string text_at(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

double number_at(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr ? found->number().value_or(0) : 0;
}

std::optional<inspection::StepRule> rule_of(const json::Value& step) {
  const auto* rule = step.find("rule");
  if (rule == nullptr) return std::nullopt;
  for (const auto& known : inspection::step_rules()) {
    if (known.name == text_at(*rule, "type"))
      return inspection::StepRule{known.kind, text_at(*rule, "label"), number_at(*rule, "threshold")};
  }
  return std::nullopt;
}

inspection::ItemRule item_rule_of(const json::Value& item) {
  inspection::ItemRule rule;
  const auto* said = item.find("item_rule");
  if (said == nullptr) return rule;
  for (const auto kind :
       {inspection::ItemRuleKind::min_threshold, inspection::ItemRuleKind::min_threshold_ratio}) {
    if (inspection::item_rule_name(kind) == text_at(*said, "type")) rule.kind = kind;
  }
  rule.expected = inspection::parse_decision(text_at(*said, "expected_decision")).value_or(Decision::ok);
  if (rule.kind != inspection::ItemRuleKind::all) rule.threshold = number_at(*said, "threshold");
  return rule;
}

// Where the models are: among the parts, or in the folder that was named.
class Models {
 public:
  Models(const SealedParts& parts, inference::Backend& backend, const std::filesystem::path& folder)
      : unpacked_(parts), backend_(backend), named_(folder) {}

  Result<std::shared_ptr<const inference::Predictor>> find(const json::Value& step) {
    const std::string name = text_at(step, "model"), version = text_at(step, "model_version"),
                      digest = text_at(step, "model_digest");
    const auto folder = named_.empty() ? unpacked_.folder() : Result<std::filesystem::path>(named_);
    if (!folder) return forward(folder);
    if (!repository_) {
      auto opened = serving::ModelRepository::open(*folder, backend_, {}, metrics_);
      if (!opened) return forward(opened);
      repository_ = std::move(*opened);
    }
    auto found = repository_->find(name, version);
    if (!found && found.error().kind == ErrorKind::not_found && named_.empty())
      return fail(ErrorKind::unsupported, cat("the model ", name, "/", version,
                                              " was too large to be sealed; --models names the folder "
                                              "that holds it, with the digest ",
                                              digest));
    if (!found) return forward(found);
    if ((*found)->identity().digest != digest)
      return fail(ErrorKind::corrupt, cat("the model ", name, "/", version, " has the digest ",
                                          (*found)->identity().digest, "; the one that judged has ", digest));
    return found;
  }

 private:
  Unpacked unpacked_;
  inference::Backend& backend_;
  const std::filesystem::path named_;
  monitoring::Registry metrics_;
  std::unique_ptr<serving::ModelRepository> repository_;
};

// The sealed picture that a step looked at; nullptr when its camera gave none. `corrupt` when the item names
// another.
Result<const ByteBuffer*> picture_of(const json::Value& item, const json::Value& step,
                                     const SealedParts& parts) {
  const std::string camera = text_at(step, "camera");
  const auto* binaries = item.find("binaries");
  const auto* said = binaries != nullptr ? binaries->find(camera) : nullptr;
  if (said == nullptr) return nullptr;
  const std::string name = cat("picture/", text_at(item, "id"), "/", camera);
  const auto at = parts.find(name);
  if (at == parts.end() || crypto::sha256(at->second).hex() != text_at(*said, "sha256"))
    return fail(ErrorKind::corrupt, cat(name, " is not the picture that the part names"));
  return &at->second;
}

struct StepAgain {
  inspection::Verdict verdict;
  bool alike = true;
};

Result<StepAgain> judge_step(const json::Value& item, const json::Value& step,
                             const inspection::StepRule& rule, const SealedParts& parts, Models& models) {
  const auto bytes = picture_of(item, step, parts);
  if (!bytes) return forward(bytes);
  const auto* predictions = item.find("predictions");
  const auto* sealed = predictions != nullptr ? predictions->find(text_at(step, "name")) : nullptr;
  if (*bytes == nullptr || sealed == nullptr) return StepAgain{};  // nothing was predicted then either
  const auto picture = image::decode(**bytes, {});
  if (!picture) return forward(picture, cat("picture of item ", text_at(item, "id")));
  const auto model = models.find(step);
  if (!model) return forward(model);
  const auto prediction = (*model)->predict(picture->view(), nullptr);
  if (!prediction) return forward(prediction);
  const auto now = inspection::prediction_json(*prediction, (*model)->identity());
  return StepAgain{inspection::judge(rule, *prediction), json::print(now) == json::print(*sealed)};
}

Result<ReplayedPart> judge_item(const json::Value& item, const SealedParts& parts, Models& models) {
  ReplayedPart out{.item = text_at(item, "id"),
                   .sealed = text_at(item, "decision"),
                   .now = "",
                   .sealed_reason = text_at(item, "reason"),
                   .reason = "",
                   .alike = true};
  const auto* steps = item.find("steps");
  if (steps == nullptr || steps->array() == nullptr)
    return fail(ErrorKind::corrupt, cat("item ", out.item, " has no steps"));
  std::vector<Decision> decisions;
  std::vector<std::pair<Decision, std::string>> reasons;
  for (const auto& step : *steps->array()) {
    const auto rule = rule_of(step);
    if (!rule) continue;
    const auto again = judge_step(item, step, *rule, parts, models);
    if (!again) return forward(again);
    decisions.push_back(again->verdict.decision);
    reasons.emplace_back(again->verdict.decision,
                         cat(text_at(step, "name"), ": ", again->verdict.reason.sentence));
    out.alike = out.alike && again->alike;
  }
  const auto verdict = inspection::judge(item_rule_of(item), decisions);
  out.now = decision_name(verdict.decision);
  const auto why = std::ranges::find(reasons, verdict.decision, &std::pair<Decision, std::string>::first);
  out.reason = why != reasons.end() ? why->second : verdict.reason.sentence;
  return out;
}

}  // namespace

bool is_run(const SealedParts& parts) {
  const auto first = parts.lower_bound(std::string(kItem));
  return first != parts.end() && first->first.starts_with(kItem);
}

Result<Replayed> replay_run(const SealedParts& parts, inference::Backend& backend,
                            const std::filesystem::path& models) {
  Models source(parts, backend, models);
  Replayed out{.machine = "", .detector = "", .model = "", .same = true, .parts = {}};
  for (const auto& [name, bytes] : parts) {
    if (!name.starts_with(kItem) || !name.ends_with(kJson)) continue;
    const auto item = json::parse(as_text(bytes));
    if (!item) return forward(item, name);
    auto part = judge_item(*item, parts, source);
    if (!part) return forward(part);
    out.sealed += part->sealed == "KO" ? 1 : 0;
    out.score += part->now == "KO" ? 1 : 0;
    out.same = out.same && part->sealed == part->now;
    out.parts.push_back(*std::move(part));
  }
  std::ranges::reverse(out.parts);
  return out;
}

}  // namespace oree::edge
