// A repository and a client beside it, on fake disks, with every key at hand; for tests only.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

#include "base/text.h"
#include "core/tuf/client.h"
#include "core/tuf/documents.h"
#include "core/tuf/repository.h"
#include "platform/crypto/crypto.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::tuf::testing {

using std::chrono::hours;

struct SmallWorld {
  crypto::SigningKey root_key = crypto::SigningKey::generate();
  crypto::SigningKey targets_key = crypto::SigningKey::generate();
  OnlineKeys online{crypto::SigningKey::generate(), crypto::SigningKey::generate()};
  WallTime now = parse_iso("2026-11-29T12:00:00Z").value();
  files::testing::FakeDisk disk{1};
  FolderStore store{disk, "/client"};
  std::vector<std::string> asked;  // names that clients asked for
  // What the network makes of an answer; by default the truth.
  std::function<Result<ByteBuffer>(std::string_view name, Result<ByteBuffer> truth)> lie;
  Repository repository = made();

  Repository made() {
    auto out = Repository::create(disk, "/repo",
                                  {{{root_key.public_key()}, 1},
                                   {{targets_key.public_key()}, 1},
                                   {{online.snapshot.public_key()}, 1},
                                   {{online.timestamp.public_key()}, 1}},
                                  now);
    REQUIRE(out.has_value());
    REQUIRE(out->sign("root", root_key).value());
    REQUIRE(out->sign("targets", targets_key).value());
    REQUIRE(out->keep_fresh(online, now).value());
    return std::move(*out);
  }
  SmallWorld() { REQUIRE(pin_root(store, *repository.metadata("1.root.json")).has_value()); }

  static TargetFile file_of(std::string_view content) {
    return {content.size(), {{"sha256", crypto::sha256(as_bytes(content)).hex()}}, {}};
  }
  void release(const std::string& path, std::string_view content) {
    REQUIRE(repository.add_targets({{"targets", path, file_of(content)}}, now).has_value());
    REQUIRE(repository.sign("targets", targets_key).value());
    REQUIRE(repository.keep_fresh(online, now).has_value());
  }
  // Rotates one role to a new key of ours.
  void rotate(std::string_view role, crypto::SigningKey& key) {
    key = crypto::SigningKey::generate();
    REQUIRE(repository.set_signers(role, {{key.public_key()}, 1}, now).has_value());
    REQUIRE(repository.sign("root", root_key).value());
  }

  Fetch fetch() {
    return [this](std::string_view name, uint64_t max_bytes) -> Result<ByteBuffer> {
      asked.emplace_back(name);
      auto bytes = repository.metadata(name);
      if (lie) bytes = lie(name, std::move(bytes));
      if (bytes && bytes->size() > max_bytes) return fail(ErrorKind::invalid, cat(name, " is too large"));
      return bytes;
    };
  }
  Result<Client> client(Limits limits = {}) { return Client::open(store, fetch(), now, limits); }
  Status refresh(Limits limits = {}) {
    auto one = client(limits);
    if (!one) return forward(one);
    return one->refresh();
  }
};

// A document with `edit` applied to its signed part and signed again by `keys`.
inline ByteBuffer forged(const ByteBuffer& bytes, const std::function<void(json::Value& body)>& edit,
                         const std::vector<const crypto::SigningKey*>& keys) {
  auto envelope = json::parse(as_text(bytes)).value();
  json::Value body = *envelope.find("signed");
  edit(body);
  json::Value out = json::Object{{"signatures", json::Array{}}, {"signed", std::move(body)}};
  for (const auto* key : keys) REQUIRE(add_signature(out, *key).has_value());
  return document_bytes(out);
}

}  // namespace oree::tuf::testing
