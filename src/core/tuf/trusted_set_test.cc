#include "core/tuf/trusted_set.h"

#include "core/tuf/testing/small_world.h"

namespace oree::tuf {
namespace {

using crypto::SigningKey;
using testing::forged;
using testing::SmallWorld;

TEST_CASE("OneKeyUnderTwoIdsCountsOnce") {
  const SigningKey key = SigningKey::generate();
  const std::string text = to_hex(key.public_key().bytes);
  const Keys keys{{"one", {"ed25519", "ed25519", text}}, {"two", {"ed25519", "ed25519", text}}};
  const std::string sig = to_hex(key.sign(as_bytes("message")));
  const std::vector<Signature> signatures{{"one", sig}, {"two", sig}};
  CHECK(count_signers({{"one", "two"}, 2}, keys, signatures, as_bytes("message")) == 1);
  CHECK(check_signatures({{"one", "two"}, 2}, keys, signatures, as_bytes("message"), "root").error().kind ==
        ErrorKind::denied);
}

TEST_CASE("OnlyListedKeysWithSoundSignaturesCount") {
  const SigningKey a = SigningKey::generate();
  const SigningKey b = SigningKey::generate();
  const Keys keys{{"a", {"ed25519", "ed25519", to_hex(a.public_key().bytes)}},
                  {"b", {"ed25519", "ed25519", to_hex(b.public_key().bytes)}},
                  {"odd", {"sphincs", "sphincs-shake-128s", "00"}},
                  {"torn", {"ed25519", "ed25519", "zz"}}};
  const std::vector<Signature> signatures{{"a", to_hex(a.sign(as_bytes("m")))},
                                          {"b", "not hex"},
                                          {"odd", "00"},
                                          {"torn", "00"},
                                          {"unknown", "00"}};
  CHECK(count_signers({{"a", "b", "odd", "torn", "unknown"}, 1}, keys, signatures, as_bytes("m")) == 1);
  CHECK(count_signers({{"b"}, 1}, keys, signatures, as_bytes("m")) == 0);
  CHECK(count_signers({{"a"}, 1}, keys, signatures, as_bytes("n")) == 0);
}

TEST_CASE("ARootNeedsTheOldKeysAndItsOwn") {
  SmallWorld world;
  const auto first = *world.repository.metadata("1.root.json");
  const SigningKey next = SigningKey::generate();
  const auto change = [&](json::Value& body) {
    json::Value keys = *body.find("keys");
    json::Value roles = *body.find("roles");
    roles.set("root", role_json({{next.public_key()}, 1}, keys));
    body.set("keys", std::move(keys));
    body.set("roles", std::move(roles));
    body.set("version", 2);
  };
  auto set = TrustedSet::start(first, world.now).value();
  CHECK(set.update_root(forged(first, change, {&next})).error().kind == ErrorKind::denied);
  CHECK(set.update_root(forged(first, change, {&world.root_key})).error().kind == ErrorKind::denied);
  CHECK(set.update_root(forged(first, change, {&world.root_key, &next})).has_value());
  CHECK(set.root().common.version == 2);
}

TEST_CASE("RootsFollowOneAnotherWithoutAGap") {
  SmallWorld world;
  const auto first = *world.repository.metadata("1.root.json");
  auto set = TrustedSet::start(first, world.now).value();
  for (const int64_t version : {1, 3}) {
    const auto other =
        forged(first, [&](json::Value& body) { body.set("version", version); }, {&world.root_key});
    CHECK(set.update_root(other).error().kind == ErrorKind::conflict);
  }
  CHECK(set.root().common.version == 1);
}

TEST_CASE("AnExpiredRootMayLeadOnButNotBeTheLast") {
  SmallWorld world;
  const auto first = *world.repository.metadata("1.root.json");
  auto set = TrustedSet::start(first, world.now + testing::hours(366 * 24)).value();
  CHECK(set.check_root().error().what.starts_with("freeze: root.json"));
  CHECK(set.update_timestamp(*world.repository.metadata("timestamp.json"))
            .error()
            .what.starts_with("freeze: root"));
}

// Both reference clients fail this one: they remember a role by its name alone.
TEST_CASE("ARoleReachedOnTwoPathsIsCheckedAgainstEachOfItsDelegators") {
  SmallWorld world;
  const SigningKey a = SigningKey::generate();
  const SigningKey b = SigningKey::generate();
  const SigningKey c = SigningKey::generate();
  const auto delegating = [](const std::string& name, const SigningKey& key, std::string path) {
    json::Value keys = json::Object{};
    json::Value role = role_json({{key.public_key()}, 1}, keys);
    role.set("name", name);
    role.set("terminating", false);
    role.set("paths", json::Array{std::move(path)});
    return std::pair{keys, role};
  };
  const auto signed_targets = [&](const std::vector<std::pair<json::Value, json::Value>>& below,
                                  const char* path, const SigningKey& key) {
    json::Value body = targets_body();
    body.set("version", 1);
    body.set("expires", "2027-01-01T00:00:00Z");
    if (path != nullptr) body.set("targets", json::Object{{path, target_json(SmallWorld::file_of("x"))}});
    json::Value keys = json::Object{};
    json::Array roles;
    for (const auto& [k, role] : below) {
      for (const auto& [id, value] : *k.object()) keys.set(id, value);
      roles.push_back(role);
    }
    body.set("delegations", json::Object{{"keys", keys}, {"roles", roles}});
    json::Value envelope = json::Object{{"signatures", json::Array{}}, {"signed", body}};
    REQUIRE(add_signature(envelope, key).has_value());
    return document_bytes(envelope);
  };
  // targets → A (a/*) → C by key c;  targets → B (b/*) → C by another key. C is signed by c only.
  std::map<std::string, ByteBuffer> files;
  files["targets"] =
      signed_targets({delegating("A", a, "a/*"), delegating("B", b, "b/*")}, nullptr, world.targets_key);
  files["A"] = signed_targets({delegating("C", c, "a/*")}, nullptr, a);
  files["B"] = signed_targets({delegating("C", SigningKey::generate(), "b/*")}, nullptr, b);
  files["C"] = signed_targets({}, "a/x", c);
  json::Object meta;
  for (const auto& [role, bytes] : files) meta.emplace_back(role + ".json", json::Object{{"version", 1}});
  const auto snapshot = forged(*world.repository.metadata("1.snapshot.json"),
                               [&](json::Value& body) { body.set("meta", meta); }, {&world.online.snapshot});
  const auto timestamp =
      forged(*world.repository.metadata("timestamp.json"),
             [&](json::Value& body) {
               body.set("meta", json::Object{{"snapshot.json", metafile_json(1, snapshot)}});
             },
             {&world.online.timestamp});
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) -> Result<ByteBuffer> {
    if (name == "timestamp.json") return timestamp;
    if (name == "1.snapshot.json") return snapshot;
    for (const auto& [role, bytes] : files) {
      if (name == "1." + role + ".json") return bytes;
    }
    return truth;
  };
  auto client = world.client().value();
  CHECK(client.find_target("a/x").value().has_value());
  CHECK(client.find_target("b/y").error().kind == ErrorKind::denied);
  CHECK(client.find_target("a/x").value().has_value());
  // The other way round, and from what is stored.
  auto second = world.client().value();
  CHECK(second.find_target("b/y").error().kind == ErrorKind::denied);
  CHECK(second.find_target("a/x").value().has_value());
}

TEST_CASE("FormIsCheckedBeforeAnythingIsBelieved") {
  SmallWorld world;
  const auto first = *world.repository.metadata("1.root.json");
  const auto refused = [&](const std::function<void(json::Value&)>& edit) {
    const auto set = TrustedSet::start(forged(first, edit, {&world.root_key}), world.now);
    return set ? "accepted" : set.error().what;
  };
  CHECK(refused([](json::Value&) {}) == "accepted");
  CHECK(refused([](json::Value& body) { body.set("unknown", json::Object{{"kept", true}}); }) == "accepted");
  CHECK(refused([](json::Value& body) { body.set("_type", "targets"); }).contains("_type"));
  CHECK(refused([](json::Value& body) { body.set("spec_version", "2.0.0"); }).contains("spec_version"));
  CHECK(refused([](json::Value& body) { body.set("spec_version", "1"); }).contains("spec_version"));
  CHECK(refused([](json::Value& body) { body.set("version", 0); }).contains("version"));
  CHECK(refused([](json::Value& body) { body.set("version", "1"); }).contains("version"));
  CHECK(refused([](json::Value& body) { body.set("expires", "2030-01-01"); }).contains("expires"));
  CHECK(refused([](json::Value& body) { body.set("expires", "2030-13-01T00:00:00Z"); }).contains("expires"));
  CHECK(
      refused([](json::Value& body) { body.set("expires", "2030-01-01T00:00:00+01"); }).contains("expires"));
  CHECK(refused([](json::Value& body) { body.set("roles", json::Object{}); }).contains("roles"));
}

TEST_CASE("ASignatureThatStandsTwiceSpoilsTheFile") {
  SmallWorld world;
  auto envelope = json::parse(as_text(*world.repository.metadata("1.root.json"))).value();
  json::Array signatures = *envelope.find("signatures")->array();
  signatures.push_back(signatures.front());
  envelope.set("signatures", signatures);
  CHECK(TrustedSet::start(document_bytes(envelope), world.now).error().what.contains("stands twice"));
}

}  // namespace
}  // namespace oree::tuf
