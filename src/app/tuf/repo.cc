// oree tuf repo: makes a repository, stages changes, signs them, keeps it fresh, rotates keys.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "app/terminal.h"
#include "app/tuf/tuf.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/tuf/key_file.h"
#include "core/tuf/metadata/paths.h"
#include "core/tuf/repository.h"
#include "platform/crypto/crypto.h"

namespace oree::app {
namespace {

using namespace oree::tuf;

constexpr uint64_t kMaxFile = uint64_t{2} << 30;

struct Work {
  const TufOptions& options;
  std::filesystem::path folder;
  std::vector<std::string> rest;  // words after the folder
  std::string passphrase;
  files::RealDisk disk;
  WallTime now = SystemClock().wall();

  Lifetimes lifetimes() const {
    Lifetimes out;
    if (options.days)
      out.root = out.targets = out.snapshot = out.timestamp = std::chrono::hours(24 * *options.days);
    return out;
  }
  Result<Repository> open() { return Repository::open(disk, folder, lifetimes()); }
  std::filesystem::path online() const {
    return options.online_keys.empty() ? folder / "online" : options.online_keys;
  }
};

void say(std::string_view sentence) {
  std::printf("%s %s\n", paint("✓", Tone::ok).c_str(), std::string(sentence).c_str());
}

Result<OnlineKeys> online_keys(const Work& work) {
  auto snapshot = load_key(work.online() / "snapshot.pem", {});
  if (!snapshot) return forward(snapshot);
  auto timestamp = load_key(work.online() / "timestamp.pem", {});
  if (!timestamp) return forward(timestamp);
  return OnlineKeys{std::move(*snapshot), std::move(*timestamp)};
}

Status sign_and_say(Repository& repository, std::string_view role, const crypto::SigningKey& key) {
  const auto published = repository.sign(role, key);
  if (!published) return forward(published);
  const auto version = repository.version(role);
  if (!version) return forward(version);
  say(*published ? cat(role, " version ", *version, " is published")
                 : cat(role, " is signed; more signatures are needed"));
  return {};
}

Status make(Work& work) {
  if (work.options.offline_keys.empty())
    return fail(ErrorKind::invalid,
                "the keys of root and targets belong on a machine that is off the network; say where with "
                "--offline-keys");
  const auto root = load_or_make_key(work.options.offline_keys / "root.pem", work.passphrase);
  if (!root) return forward(root);
  const auto targets = load_or_make_key(work.options.offline_keys / "targets.pem", work.passphrase);
  if (!targets) return forward(targets);
  const auto snapshot = load_or_make_key(work.online() / "snapshot.pem", {});
  if (!snapshot) return forward(snapshot);
  const auto timestamp = load_or_make_key(work.online() / "timestamp.pem", {});
  if (!timestamp) return forward(timestamp);
  auto repository = Repository::create(work.disk, work.folder,
                                       {{{root->public_key()}, 1},
                                        {{targets->public_key()}, 1},
                                        {{snapshot->public_key()}, 1},
                                        {{timestamp->public_key()}, 1}},
                                       work.now, work.lifetimes());
  if (!repository) return forward(repository);
  if (auto signed_one = sign_and_say(*repository, "root", *root); !signed_one) return signed_one;
  if (auto signed_one = sign_and_say(*repository, "targets", *targets); !signed_one) return signed_one;
  if (auto fresh = repository->keep_fresh({*snapshot, *timestamp}, work.now); !fresh) return forward(fresh);
  say(cat("clients begin with ", (work.folder / "metadata/1.root.json").string()));
  return {};
}

Result<json::Value> custom_of(const TufOptions& options) {
  if (options.custom.empty()) return json::Value();
  auto value = json::parse(options.custom);
  if (!value) return forward(value, "--custom");
  if (value->object() == nullptr) return fail(ErrorKind::invalid, "--custom must be a JSON object");
  return value;
}

Status add(Work& work) {
  if (work.rest.empty()) return fail(ErrorKind::invalid, "name the files to add");
  if (!work.options.path.empty() && work.rest.size() != 1)
    return fail(ErrorKind::invalid, "--path is for one file");
  auto repository = work.open();
  if (!repository) return forward(repository);
  const auto custom = custom_of(work.options);
  if (!custom) return forward(custom);
  std::vector<NewTarget> targets;
  for (const auto& word : work.rest) {
    const std::filesystem::path file = word;
    const auto bytes = work.disk.read(file, kMaxFile);
    if (!bytes) return forward(bytes);
    const std::string path = work.options.path.empty() ? file.filename().string() : work.options.path;
    if (!is_clean_path(path)) return fail(ErrorKind::invalid, cat("'", path, "' is no path of a target"));
    const TargetFile target{bytes->size(), {{"sha256", crypto::sha256(*bytes).hex()}}, *custom};
    const auto place = repository->target_file(path, target);
    if (auto made = work.disk.make_folder(place.parent_path()); !made) return made;
    if (auto written = work.disk.write(place, *bytes); !written) return written;
    targets.push_back({work.options.role, path, target});
  }
  if (auto staged = repository->add_targets(targets, work.now); !staged) return staged;
  say(cat(targets.size(), targets.size() == 1 ? " target waits" : " targets wait", " for the signature of ",
          work.options.role));
  return {};
}

Status remove(Work& work) {
  auto repository = work.open();
  if (!repository) return forward(repository);
  for (const auto& path : work.rest) {
    if (auto staged = repository->remove_target(work.options.role, path, work.now); !staged) return staged;
  }
  say(cat("the change waits for the signature of ", work.options.role));
  return {};
}

Result<Signers> signers_of(const Work& work) {
  Signers out;
  out.threshold = work.options.threshold;
  for (const auto& file : work.options.keys) {
    const auto key = load_public_key(file, work.passphrase);
    if (!key) return forward(key);
    out.keys.push_back(*key);
  }
  if (out.keys.empty()) return fail(ErrorKind::invalid, "say whose keys with --key");
  return out;
}

Status delegate(Work& work) {
  if (work.rest.size() != 1) return fail(ErrorKind::invalid, "delegate needs the name of the role");
  auto repository = work.open();
  if (!repository) return forward(repository);
  auto signers = signers_of(work);
  if (!signers) return forward(signers);
  if (work.options.patterns.empty()) return fail(ErrorKind::invalid, "say for which paths with --pattern");
  const NewDelegation delegation{work.rest[0], std::move(*signers), work.options.patterns,
                                 work.options.terminating};
  if (auto staged = repository->delegate(delegation, work.now); !staged) return staged;
  say(cat("targets and ", work.rest[0], " wait for signatures"));
  return {};
}

Status sign(Work& work) {
  if (work.rest.size() != 1 || work.options.keys.empty())
    return fail(ErrorKind::invalid, "sign needs a role, and keys with --key");
  auto repository = work.open();
  if (!repository) return forward(repository);
  for (const auto& file : work.options.keys) {
    const auto key = load_key(file, work.passphrase);
    if (!key) return forward(key);
    if (auto done = sign_and_say(*repository, work.rest[0], *key); !done) return done;
  }
  return {};
}

Status renew(Work& work) {
  auto repository = work.open();
  if (!repository) return forward(repository);
  for (const auto& role : work.rest) {
    if (auto staged = repository->renew(role, work.now); !staged) return staged;
    say(cat(role, " waits for signatures"));
  }
  return {};
}

Status rotate(Work& work) {
  if (work.rest.size() != 1)
    return fail(ErrorKind::invalid, "rotate needs one of root, targets, snapshot, timestamp");
  auto repository = work.open();
  if (!repository) return forward(repository);
  for (const auto& file : work.options.keys) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) continue;
    if (auto made = load_or_make_key(file, work.passphrase); !made) return forward(made);
  }
  auto signers = signers_of(work);
  if (!signers) return forward(signers);
  if (auto staged = repository->set_signers(work.rest[0], *signers, work.now); !staged) return staged;
  say(work.rest[0] == "root" ? "root waits for signatures: of the keys so far and of the new ones"
                             : "root waits for signatures");
  return {};
}

Status online(Work& work, const std::function<Status(Repository&, const OnlineKeys&)>& act) {
  auto repository = work.open();
  if (!repository) return forward(repository);
  const auto keys = online_keys(work);
  if (!keys) return forward(keys);
  return act(*repository, *keys);
}

Status snapshot(Work& work) {
  return online(work, [&](Repository& repository, const OnlineKeys& keys) {
    return repository.publish_snapshot(keys.snapshot, work.now);
  });
}

Status timestamp(Work& work) {
  return online(work, [&](Repository& repository, const OnlineKeys& keys) {
    return repository.publish_timestamp(keys.timestamp, work.now);
  });
}

Status fresh(Work& work) {
  return online(work, [&](Repository& repository, const OnlineKeys& keys) -> Status {
    const auto changed = repository.keep_fresh(keys, work.now);
    if (!changed) return forward(changed);
    say(*changed ? "published what was new or getting old" : "nothing was new or getting old");
    return {};
  });
}

std::string expires_of(ByteView bytes) {
  const auto envelope = json::parse(as_text(bytes));
  const auto* body = envelope ? envelope->find("signed") : nullptr;
  const auto* expires = body != nullptr ? body->find("expires") : nullptr;
  return expires != nullptr && expires->text() != nullptr ? *expires->text() : "?";
}

Status show(Work& work) {
  auto repository = work.open();
  if (!repository) return forward(repository);
  std::vector<std::string> roles{"root", "targets", "snapshot", "timestamp"};
  if (const auto targets = repository->targets()) {
    for (const auto& one : targets->delegations) roles.push_back(one.name);
  }
  json::Array rows;
  std::vector<std::vector<std::string>> lines;
  for (const auto& role : roles) {
    const auto version = repository->version(role);
    if (!version) return forward(version);
    const auto bytes =
        repository->metadata(role == "timestamp" ? "timestamp.json" : cat(*version, ".", role, ".json"));
    const std::string expires = bytes ? expires_of(*bytes) : "";
    const bool waits = repository->staged(role).has_value();
    rows.push_back(
        json::Object{{"role", role}, {"version", *version}, {"expires", expires}, {"staged", waits}});
    lines.push_back({role, cat(*version), expires, waits ? "waits for signatures" : ""});
  }
  if (work.options.json) {
    std::printf("%s\n", json::print(json::Object{{"roles", rows}}, 2).c_str());
  } else {
    print_table({"role", "version", "expires", ""}, lines);
  }
  return {};
}

const std::map<std::string, Status (*)(Work&), std::less<>> kVerbs{
    {"new", make},    {"add", add},       {"remove", remove},     {"delegate", delegate},   {"sign", sign},
    {"renew", renew}, {"rotate", rotate}, {"snapshot", snapshot}, {"timestamp", timestamp}, {"fresh", fresh},
    {"show", show},
};

}  // namespace

int run_tuf_repo(const TufOptions& options) {
  std::vector<std::string> names;
  for (const auto& [name, act] : kVerbs) names.push_back(name);
  if (options.words.size() < 3)
    return print_error({ErrorKind::invalid, "tuf repo needs a verb and the repository's folder"},
                       cat("oree tuf repo VERB FOLDER; verbs are ", join(names, ", ")));
  const auto found = kVerbs.find(options.words[1]);
  if (found == kVerbs.end())
    return print_error({ErrorKind::invalid, cat("tuf repo does not know '", options.words[1], "'",
                                                did_you_mean(options.words[1], names))},
                       cat("use one of ", join(names, ", ")));
  Work work{options, options.words[2], {options.words.begin() + 3, options.words.end()}, {}, {}};
  const auto passphrase = read_passphrase(options.passphrase_file);
  if (!passphrase) return print_error(passphrase.error());
  work.passphrase = *passphrase;
  const auto done = found->second(work);
  return done ? 0 : print_error(done.error());
}

}  // namespace oree::app
