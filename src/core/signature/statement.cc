#include "core/signature/statement.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "core/signature/folder.h"
#include "platform/json/value.h"

namespace oree::signature {
namespace {

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
constexpr std::string_view kPredicateType = "https://model_signing/signature/v1.0";
constexpr std::string_view kOldPredicateType = "https://model_signing/Digests/v0.1";
constexpr size_t kMaxResources = 1'000'000, kMaxPath = 4'096;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the signed statement: ", what));
}

const std::string* text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr ? nullptr : found->text();
}

// "sha256", and of shards "sha256-sharded-1000000000".
std::string algorithm_name(const Serialization& how) {
  const std::string_view name = crypto::hash_name(how.hash);
  return how.method == Method::files ? std::string(name) : cat(name, "-sharded-", how.shard_size);
}

Result<std::vector<std::string>> ignored(const json::Value& object) {
  std::vector<std::string> out;
  const json::Value* list = object.find("ignore_paths");
  if (list == nullptr || list->is_null()) return out;
  if (list->array() == nullptr) return wrong("ignore_paths is no list");
  for (const json::Value& one : *list->array()) {
    if (one.text() == nullptr) return wrong("ignore_paths holds something that is no text");
    if (const std::string fault = path_fault(*one.text()); !fault.empty())
      return wrong(cat("ignore_paths: '", *one.text(), "' ", fault));
    out.push_back(*one.text());
  }
  return out;
}

Result<Serialization> parse_serialization(const json::Value& object) {
  Serialization out;
  const std::string* method = text_at(object, "method");
  if (method == nullptr || (*method != "files" && *method != "shards"))
    return wrong("serialization.method is neither 'files' nor 'shards'");
  out.method = *method == "files" ? Method::files : Method::shards;
  const std::string* hash = text_at(object, "hash_type");
  if (hash == nullptr) return wrong("serialization.hash_type is missing");
  const auto algorithm = crypto::parse_hash_name(*hash);
  if (!algorithm)
    return fail(ErrorKind::unsupported, cat("digests by ", *hash, " are not read here; sign with sha256"));
  out.hash = *algorithm;
  const json::Value* symlinks = object.find("allow_symlinks");
  if (symlinks == nullptr || symlinks->boolean() == nullptr)
    return wrong("serialization.allow_symlinks is missing");
  out.allow_symlinks = *symlinks->boolean();
  if (out.method == Method::shards) {
    const json::Value* size = object.find("shard_size");
    const auto bytes = size == nullptr ? std::nullopt : size->integer();
    if (!bytes || *bytes <= 0) return wrong("serialization.shard_size is no positive number");
    out.shard_size = static_cast<uint64_t>(*bytes);
  }
  auto paths = ignored(object);
  if (!paths) return forward(paths);
  out.ignore_paths = std::move(*paths);
  return out;
}

// "weights.bin:0:1000": the last two are numbers, whatever the name holds.
bool take_shard(std::string_view name, Resource& out) {
  const size_t last = name.rfind(':');
  if (last == std::string_view::npos || last == 0) return false;
  const size_t first = name.rfind(':', last - 1);
  if (first == std::string_view::npos) return false;
  const auto start = parse_number<uint64_t>(name.substr(first + 1, last - first - 1));
  const auto end = parse_number<uint64_t>(name.substr(last + 1));
  if (!start || !end || *start >= *end) return false;
  out.path = std::string(name.substr(0, first));
  out.start = *start;
  out.end = *end;
  return true;
}

Result<Resource> parse_resource(const json::Value& object, const Serialization& how,
                                std::string_view algorithm) {
  const std::string* name = text_at(object, "name");
  const std::string* kind = text_at(object, "algorithm");
  const std::string* digest = text_at(object, "digest");
  if (name == nullptr || kind == nullptr || digest == nullptr)
    return wrong("a resource lacks its name, algorithm or digest");
  Resource out;
  if (how.method == Method::files) {
    out.path = *name;
  } else if (!take_shard(*name, out)) {
    return wrong(cat("'", *name, "' is no shard, path:start:end"));
  }
  if (const std::string fault = path_fault(out.path); !fault.empty() && out.path != kTheModelItself)
    return wrong(cat("'", out.path, "' ", fault));
  if (*kind != algorithm) return wrong(cat("'", *name, "' has a digest by ", *kind, ", not ", algorithm));
  auto bytes = from_hex(*digest);
  if (!bytes || bytes->size() != crypto::hash_size(how.hash))
    return wrong(cat("'", *name, "' has no digest of the right length"));
  out.digest = std::move(*bytes);
  return out;
}

Status take_resources(const json::Value& predicate, Statement& out) {
  const json::Value* list = predicate.find("resources");
  if (list == nullptr || list->array() == nullptr) return wrong("resources is no list");
  if (list->array()->size() > kMaxResources) return wrong("more than 1,000,000 resources");
  const std::string algorithm = algorithm_name(out.serialization);
  std::set<std::pair<std::string_view, uint64_t>> known;
  out.resources.reserve(list->array()->size());
  for (const json::Value& one : *list->array()) {
    auto resource = parse_resource(one, out.serialization, algorithm);
    if (!resource) return forward(resource);
    out.resources.push_back(std::move(*resource));
    const Resource& kept = out.resources.back();
    if (!known.emplace(kept.path, kept.start).second) return wrong(cat("'", kept.path, "' is named twice"));
  }
  const auto is_itself = [](const Resource& one) { return one.path == kTheModelItself; };
  if (std::ranges::any_of(out.resources, is_itself) && !std::ranges::all_of(out.resources, is_itself))
    return wrong("'.' is the whole model, and others are named beside it");
  return {};
}

Status take_subject(const json::Value& statement, Statement& out) {
  const json::Value* subjects = statement.find("subject");
  if (subjects == nullptr || subjects->array() == nullptr || subjects->array()->size() != 1)
    return wrong("it must have exactly one subject");
  const json::Value& subject = subjects->array()->front();
  const std::string* name = text_at(subject, "name");
  const json::Value* digests = subject.find("digest");
  const std::string* hex = digests == nullptr ? nullptr : text_at(*digests, "sha256");
  const auto digest = hex == nullptr ? std::nullopt : crypto::parse_digest(*hex);
  if (name == nullptr || !digest) return wrong("its subject lacks a name or a sha256");
  out.name = *name;
  out.root = *digest;
  return {};
}

}  // namespace

std::string path_fault(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.size() > kMaxPath) return "is longer than 4,096 bytes";
  if (path.front() == '/') return "is absolute";
  if (path.back() == '/') return "ends in '/'";
  if (path.find('\0') != std::string_view::npos) return "holds a zero byte";
  for (const std::string_view part : split(path, '/')) {
    if (part.empty()) return "has an empty name in it";
    if (part == "." || part == "..") return cat("has '", part, "' in it, which would leave the folder");
  }
  return "";
}

bool path_before(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, [](char x, char y) {
    // '/' ends a name, and the shorter name comes first.
    const int left = x == '/' ? -1 : static_cast<unsigned char>(x);
    const int right = y == '/' ? -1 : static_cast<unsigned char>(y);
    return left < right;
  });
}

crypto::Digest root_of(const std::vector<Resource>& resources) {
  crypto::Sha256 hash;
  for (const Resource& one : resources) hash.update(one.digest);
  return hash.finish();
}

std::string print(const Statement& statement) {
  const Serialization& how = statement.serialization;
  const std::string algorithm = algorithm_name(how);
  json::Array resources;
  for (const Resource& one : statement.resources) {
    const std::string name =
        how.method == Method::files ? one.path : cat(one.path, ":", one.start, ":", one.end);
    resources.push_back(
        json::Object{{"name", name}, {"algorithm", algorithm}, {"digest", to_hex(one.digest)}});
  }
  json::Object serialization{{"method", how.method == Method::files ? "files" : "shards"},
                             {"hash_type", std::string(crypto::hash_name(how.hash))},
                             {"allow_symlinks", how.allow_symlinks}};
  if (how.method == Method::shards) serialization.emplace_back("shard_size", how.shard_size);
  if (!how.ignore_paths.empty()) {
    json::Array paths;
    for (const auto& path : how.ignore_paths) paths.push_back(path);
    serialization.emplace_back("ignore_paths", std::move(paths));
  }
  const json::Value out = json::Object{
      {"_type", kStatementType},
      {"subject", json::Array{json::Object{{"name", statement.name},
                                           {"digest", json::Object{{"sha256", statement.root.hex()}}}}}},
      {"predicateType", kPredicateType},
      {"predicate",
       json::Object{{"serialization", std::move(serialization)}, {"resources", std::move(resources)}}}};
  return json::print(out);
}

Result<Statement> parse_statement(std::string_view text) {
  if (text.size() > kMaxStatementBytes) return wrong("it is larger than 64 MiB");
  const auto tree = json::parse(text);
  if (!tree) return forward(tree, "the signed statement");
  const std::string* type = text_at(*tree, "_type");
  if (type == nullptr || *type != kStatementType) return wrong("it is no in-toto Statement v1");
  const std::string* predicate_type = text_at(*tree, "predicateType");
  if (predicate_type != nullptr && *predicate_type == kOldPredicateType) {
    return fail(ErrorKind::unsupported,
                "the signature is of model signing 0.2, which names no serialization; sign again");
  }
  if (predicate_type == nullptr || *predicate_type != kPredicateType)
    return wrong(cat("its predicate is not ", kPredicateType));
  Statement out;
  if (auto taken = take_subject(*tree, out); !taken) return forward(taken);
  const json::Value* predicate = tree->find("predicate");
  const json::Value* how = predicate == nullptr ? nullptr : predicate->find("serialization");
  if (how == nullptr || how->object() == nullptr) return wrong("it says nothing about its serialization");
  auto serialization = parse_serialization(*how);
  if (!serialization) return forward(serialization);
  out.serialization = std::move(*serialization);
  if (auto taken = take_resources(*predicate, out); !taken) return forward(taken);
  if (root_of(out.resources) != out.root) return wrong("its resources do not make up its subject's digest");
  return out;
}

}  // namespace oree::signature
