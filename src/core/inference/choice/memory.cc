#include "core/inference/choice/memory.h"

#include <fstream>
#include <thread>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::inference {

namespace {

constexpr uint64_t kMostBytes = 1 << 20;
constexpr size_t kMostEntries = 500;

// What tells processors apart as far as kernels go.
std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  std::string line, found;
  while (std::getline(in, line) && found.size() < 8192) {
    if (line.empty() && !found.empty()) break;  // the first one speaks for all
    for (const char* wanted : {"model name", "flags", "CPU part", "CPU implementer", "Features"}) {
      if (line.starts_with(wanted)) found += line + '\n';
    }
  }
  return cat(found, std::thread::hardware_concurrency(), " processors");
}

Result<std::string> content_digest(const ModelSource& source) {
  if (!source.digest.empty()) return source.digest;
  if (source.bytes) return crypto::sha256(*source.bytes).hex();
  std::ifstream in(source.file, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, cat(source.file.string(), ": no such model file"));
  crypto::Sha256 digest;
  std::vector<char> piece(256 << 10);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    digest.update(as_bytes({piece.data(), static_cast<size_t>(in.gcount())}));
  if (in.bad()) return fail(ErrorKind::unavailable, cat(source.file.string(), ": cannot be read"));
  return digest.finish().hex();
}

json::Value whole(const std::filesystem::path& memory) {
  files::RealDisk disk;
  const Result<ByteBuffer> bytes = disk.read(memory, kMostBytes);
  if (!bytes) return json::Object{};
  Result<json::Value> value = json::parse(as_text(*bytes));
  if (!value || value->object() == nullptr) return json::Object{};
  return std::move(*value);
}

json::Value printed(const Candidate& candidate) {
  json::Object out{{"backend", candidate.backend}, {"version", candidate.version}};
  if (candidate.refused.empty()) {
    out.emplace_back("ns", candidate.run.count());
  } else {
    out.emplace_back("refused", candidate.refused);
  }
  return out;
}

std::string text_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value == nullptr || value->text() == nullptr ? "" : *value->text();
}

}  // namespace

Result<std::string> measurement_key(const ModelSource& source, const std::vector<std::string>& runtimes,
                                    const LoadOptions& options) {
  const Result<std::string> content = content_digest(source);
  if (!content) return forward(content);
  std::string all = cat(*content, '\n', processor(), '\n', options.threads, options.fuse, '\n');
  for (const std::string& runtime : runtimes) all += runtime + '\n';
  for (const Accelerator& accelerator : options.accelerators) all += accelerator.name + '\n';
  for (const auto& [name, value] : options.settings) all += cat(name, '=', value, '\n');
  return crypto::sha256(as_bytes(all)).hex();
}

std::optional<Choice> recall(const std::filesystem::path& memory, const std::string& key) {
  if (memory.empty()) return std::nullopt;
  const json::Value all = whole(memory);
  const json::Value* entry = all.find(key);
  if (entry == nullptr || text_of(*entry, "backend").empty()) return std::nullopt;
  Choice choice{.backend = text_of(*entry, "backend"), .candidates = {}, .remembered = true};
  const json::Value* candidates = entry->find("candidates");
  if (candidates == nullptr || candidates->array() == nullptr) return std::nullopt;
  for (const json::Value& one : *candidates->array()) {
    const json::Value* ns = one.find("ns");
    choice.candidates.push_back({.backend = text_of(one, "backend"),
                                 .version = text_of(one, "version"),
                                 .run = std::chrono::nanoseconds(ns ? ns->integer().value_or(0) : 0),
                                 .refused = text_of(one, "refused")});
  }
  return choice;
}

void remember(const std::filesystem::path& memory, const std::string& key, const Choice& choice) {
  if (memory.empty()) return;
  json::Value all = whole(memory);
  json::Array candidates;
  for (const Candidate& candidate : choice.candidates) candidates.push_back(printed(candidate));
  all.set(key, json::Object{{"backend", choice.backend}, {"candidates", std::move(candidates)}});
  // The oldest go first: what is no longer served is not asked for again.
  if (all.object()->size() > kMostEntries) all.object()->erase(all.object()->begin());
  files::RealDisk disk;
  // Best effort, as the header says: without it the next start measures again.
  std::error_code ignored;
  if (memory.has_parent_path()) std::filesystem::create_directories(memory.parent_path(), ignored);
  const Status written = disk.write_unsynced(memory, as_bytes(json::print(all, 1)));
  static_cast<void>(written);
}

}  // namespace oree::inference
