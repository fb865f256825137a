#include "services/modules/spec.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::modules {
namespace {

using json::Object;
using json::Value;

constexpr std::array kSignals{std::pair{"SIGHUP", SIGHUP},   std::pair{"SIGINT", SIGINT},
                              std::pair{"SIGQUIT", SIGQUIT}, std::pair{"SIGKILL", SIGKILL},
                              std::pair{"SIGUSR1", SIGUSR1}, std::pair{"SIGUSR2", SIGUSR2},
                              std::pair{"SIGTERM", SIGTERM}};

Result<std::vector<std::string>> read_words(const Value& value, std::string_view what) {
  std::vector<std::string> words;
  if (const auto* text = value.text()) return std::vector<std::string>{*text};
  if (value.array() == nullptr && !value.is_null())
    return fail(ErrorKind::invalid, cat("createOptions.", what, " must be a list of texts"));
  for (const auto& word : value.array() != nullptr ? *value.array() : json::Array{}) {
    if (word.text() == nullptr)
      return fail(ErrorKind::invalid, cat("createOptions.", what, " must be a list of texts"));
    words.push_back(*word.text());
  }
  return words;
}

std::chrono::milliseconds from_nanoseconds(const Value* value, std::chrono::milliseconds fallback) {
  const auto ns = value == nullptr ? std::nullopt : value->integer();
  if (!ns || *ns <= 0) return fallback;
  return std::chrono::milliseconds(std::max<int64_t>(1, *ns / 1'000'000));
}

Result<HealthCheck> read_health(const Value& options) {
  HealthCheck out;
  const Value* check = options.find("Healthcheck");
  const Value* test = check == nullptr ? nullptr : check->find("Test");
  if (test == nullptr) return out;
  auto words = read_words(*test, "Healthcheck.Test");
  if (!words) return forward(words);
  if (words->empty() || words->front() == "NONE") return out;
  if (words->front() == "CMD-SHELL" && words->size() == 2) {
    out.command = {"/bin/sh", "-c", (*words)[1]};
  } else if (words->front() == "CMD" && words->size() > 1) {
    out.command.assign(words->begin() + 1, words->end());
  } else {
    return fail(ErrorKind::invalid,
                "createOptions.Healthcheck.Test must begin with CMD, CMD-SHELL or NONE, such as "
                "[\"CMD\", \"curl\", \"-f\", \"http://127.0.0.1/\"]");
  }
  out.interval = from_nanoseconds(check->find("Interval"), out.interval);
  out.timeout = from_nanoseconds(check->find("Timeout"), out.timeout);
  out.start_period = from_nanoseconds(check->find("StartPeriod"), out.start_period);
  if (const Value* retries = check->find("Retries"); retries != nullptr && retries->integer().value_or(0) > 0)
    out.retries = static_cast<int>(std::min<int64_t>(*retries->integer(), 1000));
  return out;
}

Limits read_limits(const Value& options) {
  Limits out;
  const Value* host = options.find("HostConfig");
  if (host == nullptr) return out;
  const auto number = [&](std::string_view key) {
    const Value* found = host->find(key);
    return found == nullptr ? int64_t{0} : std::max<int64_t>(0, found->integer().value_or(0));
  };
  out.memory_bytes = static_cast<uint64_t>(number("Memory"));
  out.cpus = static_cast<double>(number("NanoCpus")) / 1e9;
  const int64_t period = number("CpuPeriod") > 0 ? number("CpuPeriod") : 100'000;
  if (out.cpus == 0) out.cpus = static_cast<double>(number("CpuQuota")) / static_cast<double>(period);
  out.processes = number("PidsLimit");
  return out;
}

// The manifest's, over createOptions', with what the agent gives to every module.
Result<std::vector<EnvironmentVariable>> read_environment(const manifest::Module& module,
                                                          const SpecSettings& settings) {
  std::map<std::string, std::string> all;
  if (const Value* list = module.create_options.find("Env")) {
    const auto words = read_words(*list, "Env");
    if (!words) return forward(words);
    for (const auto& word : *words) {
      const size_t equals = word.find('=');
      if (equals == 0) return fail(ErrorKind::invalid, cat("createOptions.Env: '", word, "' has no name"));
      all[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
  }
  for (const auto& variable : module.environment) all[variable.name] = variable.value;
  all["IOTEDGE_DEVICEID"] = settings.station;
  all["IOTEDGE_MODULEID"] = module.name;
  all["IOTEDGE_GATEWAYHOSTNAME"] = settings.station;
  all["IOTEDGE_APIVERSION"] = "2018-06-28";
  all["IOTEDGE_MODULEGENERATIONID"] = "1";
  std::vector<EnvironmentVariable> out;
  for (auto& [name, value] : all) out.push_back({name, std::move(value)});
  return out;
}

Status read_process(const manifest::Module& module, const ImageRule& rule, Spec& spec) {
  const Value& options = module.create_options;
  spec.command = rule.command;
  spec.folder = rule.folder;
  if (const Value* arguments = options.find("Cmd")) {
    const auto words = read_words(*arguments, "Cmd");
    if (!words) return forward(words);
    spec.command.insert(spec.command.end(), words->begin(), words->end());
  }
  auto health = read_health(options);
  if (!health) return forward(health);
  spec.health = std::move(*health);
  spec.limits = read_limits(options);
  if (const Value* signal = options.find("StopSignal"); signal != nullptr && signal->text() != nullptr) {
    const auto known =
        std::ranges::find(kSignals, *signal->text(), [](const auto& row) { return row.first; });
    if (known == kSignals.end())
      return fail(ErrorKind::invalid, cat("createOptions.StopSignal: '", *signal->text(),
                                          "' is no signal a module is stopped with, such as SIGTERM"));
    spec.stop_signal = known->second;
  }
  return {};
}

// What the manifest says, what the agent adds, and labels by which the container is found again.
Value container_body(const manifest::Module& module, const Spec& spec) {
  Value body = module.create_options.is_null() ? Value(Object{}) : module.create_options;
  json::Array environment;
  for (const auto& variable : spec.environment)
    environment.push_back(cat(variable.name, "=", variable.value));
  body.set("Image", module.image);
  body.set("Env", std::move(environment));
  return body;
}

const manifest::RegistryCredential* credential_for(const manifest::Manifest& manifest,
                                                   std::string_view image) {
  for (const auto& registry : manifest.registries) {
    std::string_view address = registry.address;
    for (const std::string_view scheme : {"https://", "http://"}) {
      if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
    }
    while (address.ends_with('/')) address.remove_suffix(1);
    if (image.starts_with(cat(address, "/"))) return &registry;
  }
  return nullptr;
}

std::string digest_of(const Spec& spec) {
  json::Array words, limits{spec.limits.memory_bytes, spec.limits.cpus, spec.limits.processes};
  for (const auto& word : spec.command) words.push_back(word);
  json::Array environment;
  for (const auto& variable : spec.environment)
    environment.push_back(cat(variable.name, "=", variable.value));
  json::Array health;
  for (const auto& word : spec.health.command) health.push_back(word);
  for (const auto time : {spec.health.interval, spec.health.timeout, spec.health.start_period})
    health.push_back(time.count());
  health.push_back(spec.health.retries);
  const Value all = Object{{"kind", kind_name(spec.kind)},          {"image", spec.image},
                           {"command", std::move(words)},           {"folder", spec.folder.string()},
                           {"environment", std::move(environment)}, {"limits", std::move(limits)},
                           {"health", std::move(health)},           {"signal", spec.stop_signal},
                           {"body", canonical(spec.body)}};
  return crypto::sha256(as_bytes(json::print(all))).hex().substr(0, 32);
}

}  // namespace

std::string_view kind_name(Kind kind) {
  constexpr std::array<std::string_view, 3> kNames{"station", "process", "container"};
  return kNames[static_cast<size_t>(kind)];
}

json::Value canonical(const json::Value& value) {
  if (const auto* list = value.array()) {
    json::Array out;
    for (const auto& item : *list) out.push_back(canonical(item));
    return out;
  }
  if (const auto* object = value.object()) {
    std::map<std::string, Value> sorted;  // of a key written twice the last counts
    for (const auto& [key, member] : *object) sorted[key] = canonical(member);
    Object out;
    for (auto& [key, member] : sorted) out.emplace_back(key, std::move(member));
    return out;
  }
  return value;
}

Result<Spec> make_spec(const manifest::Module& module, const manifest::Manifest& manifest,
                       const SpecSettings& settings) {
  Spec spec{.name = module.name,
            .image = module.image,
            .status = module.status,
            .restart = module.restart,
            .pull = module.pull,
            .startup_order = module.startup_order};
  auto environment = read_environment(module, settings);
  if (!environment) return forward(environment, cat("module '", module.name, "'"));
  spec.environment = std::move(*environment);
  const auto rule = std::ranges::find_if(settings.rules, [&](const ImageRule& one) {
    return ::fnmatch(one.image.c_str(), module.image.c_str(), 0) == 0;
  });
  if (module.system || (rule != settings.rules.end() && rule->command.empty())) {
    spec.kind = Kind::station;
  } else if (rule != settings.rules.end()) {
    spec.kind = Kind::process;
    if (auto read = read_process(module, *rule, spec); !read)
      return forward(read, cat("module '", module.name, "'"));
  } else if (settings.has_engine) {
    spec.kind = Kind::container;
    spec.body = container_body(module, spec);
    if (const auto* registry = credential_for(manifest, module.image)) spec.registry = *registry;
  } else {
    return fail(ErrorKind::unsupported,
                cat("module '", module.name, "': nothing here runs the image '", module.image,
                    "'; give it a command under modules.images in station.yaml, or name a container engine "
                    "under modules.engine"));
  }
  spec.digest = digest_of(spec);
  return spec;
}

}  // namespace oree::modules
