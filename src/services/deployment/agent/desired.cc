#include "services/deployment/agent/desired.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/deployment/slots/package_index.h"

namespace oree::deployment {
namespace {

constexpr size_t kMaxAnswerBad = 100'000;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the hub's answer: ", what));
}

const json::Value* member(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string text_or(const json::Value& value, std::string_view key, std::string_view fallback = "") {
  const json::Value* found = member(value, key);
  return std::string(found != nullptr && found->text() != nullptr ? *found->text() : fallback);
}

// A whole number of at least 0, within int's range for seconds and counts.
template <class T>
Result<T> whole(const json::Value& value, std::string_view key, T fallback) {
  const json::Value* found = member(value, key);
  if (found == nullptr) return fallback;
  const auto number = found->integer();
  if (!number || *number < 0 || !std::in_range<T>(*number))
    return wrong(cat("'", key, "' must be a whole number, 0 or more"));
  return static_cast<T>(*number);
}

Result<double> number(const json::Value& value, std::string_view key, double fallback, double most) {
  const json::Value* found = member(value, key);
  if (found == nullptr) return fallback;
  const auto given = found->number();
  if (!given || !(*given >= 0 && *given <= most))
    return wrong(cat("'", key, "' must lie between 0 and ", most));
  return *given;
}

Result<std::string> digest(const json::Value& value, std::string_view key) {
  const auto named = parse_digest_name(text_or(value, key));
  if (!named) return wrong(cat("'", key, "' must be sha256: and 64 hex digits"));
  return named->hex();
}

Result<ShadowPlan> parse_shadow(const json::Value& value) {
  ShadowPlan plan;
  const auto percent = number(value, "percent", plan.percent, 100);
  const auto requests = whole(value, "requests", plan.requests);
  const auto at_most = whole(value, "at_most_s", plan.at_most_s);
  const auto agreement = number(value, "agreement", plan.agreement, 1);
  if (!percent) return forward(percent);
  if (!requests) return forward(requests);
  if (!at_most) return forward(at_most);
  if (!agreement) return forward(agreement);
  return ShadowPlan{*percent, *requests, *at_most, *agreement};
}

Result<WatchPlan> parse_watch(const json::Value& value) {
  WatchPlan plan;
  const auto for_s = whole(value, "for_s", plan.for_s);
  const auto errors = number(value, "errors", plan.errors, 1);
  const auto p95_ratio = number(value, "p95_ratio", plan.p95_ratio, 1e6);
  const auto drift = number(value, "drift", plan.drift, 1e6);
  if (!for_s) return forward(for_s);
  if (!errors) return forward(errors);
  if (!p95_ratio) return forward(p95_ratio);
  if (!drift) return forward(drift);
  return WatchPlan{*for_s, *errors, *p95_ratio, *drift};
}

// A model, the configuration or the deployment.
Result<Wish> parse_wish(const json::Value& value) {
  Wish wish{.rollout = text_or(value, "rollout"), .target = text_or(value, "target")};
  wish.package.version = text_or(value, "version");
  if (wish.package.version.empty()) return wrong("'version' must be given");
  auto package = digest(value, "package");
  const auto release = whole<uint64_t>(value, "release", 0);
  const auto bytes = whole<uint64_t>(value, "bytes", 0);
  if (!package) return forward(package);
  if (!release) return forward(release);
  if (!bytes) return forward(bytes);
  wish.package.digest = std::move(*package);
  wish.package.release = *release;
  wish.bytes = *bytes;
  if (wish.target.empty() || wish.bytes == 0 || wish.bytes > kMaxIndexBytes) {
    return wrong(cat("'target' and 'bytes', from 1 to ", kMaxIndexBytes, ", must be given"));
  }
  if (const json::Value* shadow = member(value, "shadow")) {
    auto plan = parse_shadow(*shadow);
    if (!plan) return forward(plan);
    wish.shadow = *plan;
  }
  if (const json::Value* watch = member(value, "watch")) {
    auto plan = parse_watch(*watch);
    if (!plan) return forward(plan);
    wish.watch = *plan;
  }
  return wish;
}

bool is_unit_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

Status parse_models(const json::Value& root, Desired& desired) {
  const json::Value* list = member(root, "models");
  if (list == nullptr) return {};
  if (list->array() == nullptr || list->array()->size() > kMaxDesiredModels) {
    return wrong(cat("'models' must be a list of at most ", kMaxDesiredModels));
  }
  for (const auto& value : *list->array()) {
    const std::string name = text_or(value, "name");
    if (!is_unit_name(name))
      return wrong("each model needs a 'name' of 1 to 64 letters, digits, '_', '-' or '.'");
    auto wish = parse_wish(value);
    if (!wish) return forward(wish, cat("model '", name, "'"));
    if (!desired.models.emplace(name, std::move(*wish)).second)
      return wrong(cat("model '", name, "' is listed twice"));
  }
  return {};
}

// What a station has one of: its configuration, its deployment.
Status parse_only(const json::Value& root, std::string_view key, std::optional<Wish>& into) {
  const json::Value* value = member(root, key);
  if (value == nullptr) return {};
  auto wish = parse_wish(*value);
  if (!wish) return forward(wish, cat("'", key, "'"));
  wish->package.name = text_or(*value, "name");
  if (!is_unit_name(wish->package.name)) return wrong(cat("'", key, "' needs a 'name', as models do"));
  wish->shadow.reset();  // two of them cannot look at one part
  into = std::move(*wish);
  return {};
}

Status parse_bad(const json::Value& root, Desired& desired) {
  const json::Value* list = member(root, "bad");
  if (list == nullptr) return {};
  if (list->array() == nullptr || list->array()->size() > kMaxAnswerBad)
    return wrong("'bad' must be a list of digests");
  for (const auto& value : *list->array()) {
    const auto named = value.text() != nullptr ? parse_digest_name(*value.text()) : std::nullopt;
    if (!named) return wrong("'bad' must hold digests, sha256: and 64 hex digits");
    desired.bad.push_back(named->hex());
  }
  return {};
}

}  // namespace

Result<Desired> parse_desired(std::string_view text) {
  const auto root = json::parse(text);
  if (!root) return forward(root, "the hub's answer");
  if (root->object() == nullptr) return wrong("must be an object");
  Desired desired;
  const auto revision = whole<uint64_t>(*root, "revision", 0);
  if (!revision) return forward(revision);
  desired.revision = *revision;
  if (auto models = parse_models(*root, desired); !models) return forward(models);
  if (auto bad = parse_bad(*root, desired); !bad) return forward(bad);
  for (const auto& [key, into] :
       {std::pair("configuration", &desired.configuration), std::pair("deployment", &desired.deployment)}) {
    if (auto parsed = parse_only(*root, key, *into); !parsed) return forward(parsed);
  }
  const auto every = whole<int>(*root, "report_every_s", 0);
  if (!every) return forward(every);
  if (*every > 0) desired.report_every = std::chrono::seconds(*every);
  if (const json::Value* access = member(*root, "access")) desired.access = text_or(*access, "token");
  return desired;
}

}  // namespace oree::deployment
