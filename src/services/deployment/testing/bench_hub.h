// A hub, a workplace and a machine in memory, for tests of the installer.
//
// What a package does once it is on the station stands in its model file: "good …", or the code it is refused
// with and where: "install:self_test …", "serve:load …", "shadow:shadow …", "prove:crash …", "watch:errors
// …".
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "services/deployment/installer.h"

namespace oree::deployment::testing {

struct BenchPackage {
  std::string index;
  PackageRef ref;
  std::map<std::string, std::string> blobs;  // digest hex → bytes
};

inline BenchPackage make_package(PackageIndex index, const std::map<std::string, std::string>& files) {
  BenchPackage package;
  for (const auto& [path, text] : files) {
    const auto digest = crypto::sha256(as_bytes(text));
    index.files.push_back({path, digest, text.size()});
    package.blobs[digest.hex()] = text;
  }
  package.index = print_index(index);
  package.ref = {index.version, crypto::sha256(as_bytes(package.index)).hex(), index.release,
                 index.kind == UnitKind::configuration ? index.name : ""};
  return package;
}

inline BenchPackage make_package(const std::string& name, const std::string& version, uint64_t release,
                                 const std::string& model, std::vector<std::string> hardware = {}) {
  return make_package(
      {.name = name, .version = version, .release = release, .hardware = std::move(hardware), .files = {}},
      {{"golden/1.bin", "a golden input"},
       {"model.onnx", model},
       {"model.yaml", cat("task: ", version, "\n")}});
}

inline BenchPackage make_configuration(const std::string& name, const std::string& version, uint64_t release,
                                       const std::string& text) {
  return make_package({.kind = UnitKind::configuration,
                       .name = name,
                       .version = version,
                       .release = release,
                       .hardware = {},
                       .files = {}},
                      {{std::string(kConfigurationFile), text}});
}

inline Wish wish_for(const BenchPackage& package, bool with_shadow = true) {
  Wish wish{.package = package.ref,
            .rollout = cat("r-", package.ref.version),
            .target = "t",
            .bytes = package.index.size()};
  if (with_shadow) wish.shadow = ShadowPlan{};
  wish.watch = WatchPlan{};
  return wish;
}

// Answers at most `piece` bytes before the line is cut.
class BenchHub final : public Source {
 public:
  void add(const BenchPackage& package) {
    indexes_[package.ref.digest] = package.index;
    blobs_.insert(package.blobs.begin(), package.blobs.end());
  }
  void damage(const std::string& digest) { blobs_.at(digest)[0] ^= 1; }

  Result<ByteBuffer> index(const Unit& unit) override {
    if (!reachable) return fail(ErrorKind::unavailable, "no network");
    const std::string& text = indexes_.at(unit.wish->package.digest);
    return ByteBuffer(as_bytes(text).begin(), as_bytes(text).end());
  }
  Status fetch(PartFile& part, const std::function<void(uint64_t)>& arrived) override {
    if (!reachable) return fail(ErrorKind::unavailable, "no network");
    const std::string& blob = blobs_.at(part.digest().hex());
    const std::string_view rest = std::string_view(blob).substr(part.size());
    const std::string_view now = rest.substr(0, piece);
    sent += now.size();
    if (auto appended = part.append(as_bytes(now)); !appended) return appended;
    arrived(part.size());
    return now.size() == rest.size() ? Status() : fail(ErrorKind::unavailable, "the line was cut");
  }

  size_t piece = 700;
  uint64_t sent = 0;
  bool reachable = true;

 private:
  std::map<std::string, std::string> indexes_;
  std::map<std::string, std::string> blobs_;
};

// Reads what it serves from the disk, as a model repository would.
class BenchWorkplace final : public Workplace {
 public:
  explicit BenchWorkplace(files::Disk& disk) : disk_(disk) {}

  Verdict try_out(const Candidate& c) override { return at("install", c); }
  Verdict shadow(const Candidate& c, const ShadowPlan&) override { return at("shadow", c); }
  Verdict serve(UnitKind, const std::string& name, const Candidate* c) override {
    if (c == nullptr) return serving[name] = "", Verdict::good();
    const Verdict verdict = held.contains(c->package.digest) ? Verdict::good() : at("serve", *c);
    if (verdict.kind != Verdict::Kind::good) return verdict;
    serving[name] = c->package.digest;
    held.insert(c->package.digest);
    return verdict;
  }
  bool holds(const Candidate& c) override { return held.contains(c.package.digest); }
  void hold(UnitKind, const std::string&, const Candidate* c) override {
    if (c != nullptr && at("serve", *c).kind == Verdict::Kind::good) held.insert(c->package.digest);
  }
  Verdict prove(const Candidate& c) override { return at("prove", c); }
  Verdict watch(const Candidate& c, const WatchPlan&) override { return at("watch", c); }
  void forget(const Candidate& c) override {
    forgotten.push_back(c.package.digest);
    held.erase(c.package.digest);
  }

  std::map<std::string, std::string> serving;  // unit → digest; "": what the station brought itself
  std::set<std::string> held;                  // in memory
  std::vector<std::string> forgotten;
  std::string undecided;  // this step of every package never ends

 private:
  Verdict at(std::string_view step, const Candidate& c) const {
    if (step == undecided) return {};
    const auto bytes =
        disk_.read(c.folder / (c.kind == UnitKind::model ? "model.onnx" : kConfigurationFile), 1 << 20);
    if (!bytes) return Verdict::bad("load", bytes.error().what);
    const auto words = split(as_text(*bytes), ' ');
    const auto colon = words[0].find(':');
    if (colon == std::string_view::npos || words[0].substr(0, colon) != step) return Verdict::good();
    return Verdict::bad(std::string(words[0].substr(colon + 1)), "as its model says");
  }
  files::Disk& disk_;
};

}  // namespace oree::deployment::testing
