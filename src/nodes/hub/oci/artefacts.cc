#include "nodes/hub/oci/artefacts.h"

#include <algorithm>

#include "base/text.h"
#include "core/oci/artefact.h"
#include "core/oci/registry_path.h"
#include "nodes/hub/door/names.h"

namespace oree::hub {
namespace {

using json::Value;

constexpr std::string_view kTables = R"sql(
CREATE TABLE IF NOT EXISTS manifests(name TEXT NOT NULL, digest TEXT NOT NULL, type TEXT NOT NULL,
  document TEXT NOT NULL, subject TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(name, digest)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS manifests_by_subject ON manifests(name, subject);
CREATE TABLE IF NOT EXISTS tags(name TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY(name, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS other_digests(digest TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID;
)sql";
constexpr size_t kMostParts = 4'096;
constexpr std::string_view kEmptyConfig = "{}";

std::string text_of(const Value* value, std::string_view key) {
  const auto* found = value == nullptr ? nullptr : value->find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

std::string digest_of(std::string_view document) {
  return deployment::digest_name(crypto::sha256(as_bytes(document)));
}

Referrer referrer_of(const Artefact& artefact) {
  Referrer out{.digest = artefact.digest,
               .media_type = artefact.media_type,
               .artifact_type = {},
               .bytes = static_cast<int64_t>(artefact.document.size())};
  const auto value = json::parse(artefact.document);
  if (!value) return out;
  out.artifact_type = text_of(&*value, "artifactType");
  if (out.artifact_type.empty()) out.artifact_type = text_of(value->find("config"), "mediaType");
  if (const auto* annotations = value->find("annotations")) out.annotations = *annotations;
  return out;
}

}  // namespace

Artefact artefact_of(const Package& package) {
  oci::Manifest manifest{
      .artifact_type = package.is_model()
                           ? std::string("application/vnd.oree.package.v1")
                           : cat("application/vnd.oree.", deployment::kind_name(package.index.kind), ".v1"),
      .config = {.media_type = std::string(oci::kEmptyType),
                 .digest = crypto::sha256(as_bytes(kEmptyConfig)),
                 .size = kEmptyConfig.size()},
      .annotations = {{"org.opencontainers.image.version", package.index.version},
                      {"vnd.oree.package", package.digest}}};
  for (const auto& file : package.index.files) {
    manifest.layers.push_back(
        {.media_type = "application/octet-stream",
         .digest = file.digest,
         .size = file.bytes,
         .annotations = {{std::string(oci::kFilePath), file.path}, {std::string(oci::kTitle), file.path}}});
  }
  Artefact artefact{.digest = {}, .media_type = std::string(oci::kManifestType), .document = print(manifest)};
  artefact.digest = digest_of(artefact.document);
  return artefact;
}

Result<std::unique_ptr<Artefacts>> Artefacts::open(Shelf& shelf, Packages& packages, const Clock& clock) {
  const std::lock_guard lock(shelf.mutex);
  if (auto made = shelf.database.execute(kTables); !made) return forward(made, "hub.db");
  // The config of every package's manifest.
  if (auto kept = packages.blobs().store(crypto::sha256(as_bytes(kEmptyConfig)), as_bytes(kEmptyConfig));
      !kept)
    return forward(kept);
  return std::unique_ptr<Artefacts>(new Artefacts(shelf, packages, clock));
}

Result<crypto::Digest> Artefacts::blob(const oci::ContentDigest& digest) {
  std::string hex = digest.text.substr(digest.text.find(':') + 1);
  if (digest.algorithm != crypto::HashAlgorithm::sha256) {
    auto found = column("SELECT sha256 FROM other_digests WHERE digest=?", digest.text);
    if (!found) return forward(found);
    hex = found->empty() ? "" : std::move(found->front());
  }
  const auto sha256 = crypto::parse_digest(hex);
  if (sha256 && packages_.blobs().size(*sha256)) return *sha256;
  return fail(ErrorKind::not_found, cat("there is no blob ", digest.text));
}

Status Artefacts::also_called(const oci::ContentDigest& digest, const crypto::Digest& sha256) {
  if (digest.algorithm == crypto::HashAlgorithm::sha256) return {};
  const std::lock_guard lock(shelf_.mutex);
  return run(shelf_.database, "INSERT OR REPLACE INTO other_digests(digest,sha256) VALUES(?,?)", digest.text,
             sha256.hex());
}

Status Artefacts::check_parts(const Value& manifest) {
  const auto check = [&](const Value* part) -> Status {
    const std::string text = text_of(part, "digest");
    const auto digest = oci::parse_content_digest(text);
    if (!digest)
      return fail(ErrorKind::invalid, cat("'", text.substr(0, 80), "' is no digest: ", oci::kDigestForms));
    const auto here = blob(*digest);
    if (here || here.error().kind != ErrorKind::not_found) return here ? Status() : forward(here);
    return fail(ErrorKind::not_found, cat("blob ", text, " is not here: push it before its manifest"));
  };
  if (const auto* config = manifest.find("config")) {
    if (auto here = check(config); !here) return here;
  }
  const auto* layers = manifest.find("layers");
  if (layers == nullptr) return {};
  if (layers->array() == nullptr || layers->array()->size() > kMostParts)
    return fail(ErrorKind::invalid, cat("'layers' must be a list of at most ", kMostParts));
  for (const auto& layer : *layers->array()) {
    if (layer.find("urls") != nullptr) continue;  // kept elsewhere by whoever made it
    if (auto here = check(&layer); !here) return here;
  }
  return {};
}

Result<Artefacts::Kept> Artefacts::put(const std::string& name, const std::string& reference,
                                       std::string media_type, std::string_view document,
                                       std::vector<std::string> tags) {
  if (document.size() > oci::kMaxManifest)
    return fail(ErrorKind::invalid, cat("a manifest has at most ", oci::kMaxManifest, " bytes"));
  const auto value = json::parse(document);
  if (!value) return fail(ErrorKind::invalid, cat("the manifest: ", value.error().what));
  if (value->object() == nullptr) return fail(ErrorKind::invalid, "the manifest must be a JSON object");
  if (const auto own = text_of(&*value, "mediaType");
      !own.empty() && !media_type.empty() && own != media_type)
    return fail(ErrorKind::invalid, cat("the manifest says ", own, ", its Content-Type ", media_type));
  const auto asked = oci::parse_content_digest(reference);
  Kept kept{oci::content_digest(asked ? asked->algorithm : crypto::HashAlgorithm::sha256, as_bytes(document)),
            text_of(value->find("subject"), "digest"), asked ? std::move(tags) : std::vector{reference}};
  if (asked && reference != kept.digest)
    return fail(ErrorKind::corrupt, cat("the manifest's digest is ", kept.digest, ", not ", reference));
  if (kept.tags.size() > kMostTags)
    return fail(ErrorKind::invalid, cat("a manifest is pushed with at most ", kMostTags, " tags"));
  for (const auto& tag : kept.tags) {
    if (!oci::is_tag_name(tag))
      return fail(ErrorKind::invalid,
                  cat("'", tag.substr(0, 140), "' is neither a tag nor a digest (", oci::kDigestForms, ")"));
  }
  if (auto here = check_parts(*value); !here) return forward(here);
  if (media_type.empty()) media_type = text_of(&*value, "mediaType");
  const std::lock_guard lock(shelf_.mutex);
  auto transaction = sql::Transaction::begin(shelf_.database);
  if (!transaction) return forward(transaction);
  const auto now = std::chrono::duration_cast<milliseconds>(clock_.wall().time_since_epoch()).count();
  auto done =
      run(shelf_.database,
          "INSERT OR REPLACE INTO manifests(name,digest,type,document,subject,created) VALUES(?,?,?,?,?,?)",
          name, kept.digest, media_type, document, kept.subject, static_cast<int64_t>(now));
  for (size_t n = 0; done && n < kept.tags.size(); ++n) {
    done = run(shelf_.database, "INSERT OR REPLACE INTO tags(name,tag,digest) VALUES(?,?,?)", name,
               kept.tags[n], kept.digest);
  }
  if (done) done = transaction->commit();
  if (!done) return forward(done);
  return kept;
}

Result<Artefact> Artefacts::find(const std::string& name, const std::string& reference) {
  const bool by_digest = reference.find(':') != std::string::npos;
  {
    const std::lock_guard lock(shelf_.mutex);
    auto statement = shelf_.database.prepare(
        by_digest ? "SELECT digest,type,document FROM manifests WHERE name=? AND digest=?"
                  : "SELECT m.digest,m.type,m.document FROM tags t JOIN manifests m ON m.name=t.name AND "
                    "m.digest=t.digest WHERE t.name=? AND t.tag=?");
    if (!statement) return forward(statement);
    statement->bind(1, name).bind(2, reference);
    const auto row = statement->step();
    if (!row) return forward(row);
    if (*row)
      return Artefact{std::string(statement->text(0)), std::string(statement->text(1)),
                      std::string(statement->text(2))};
  }
  if (!by_digest) {
    if (const auto package = packages_.find(name, reference)) return artefact_of(*package);
  } else if (const auto all = packages_.list()) {
    for (const auto& package : *all) {
      if (package.index.name != name) continue;
      if (auto artefact = artefact_of(package); artefact.digest == reference) return artefact;
    }
  }
  return fail(ErrorKind::not_found, cat("there is no ", name, ":", reference.substr(0, 100)));
}

Status Artefacts::remove(const std::string& name, const std::string& reference) {
  const std::lock_guard lock(shelf_.mutex);
  auto transaction = sql::Transaction::begin(shelf_.database);
  if (!transaction) return forward(transaction);
  const bool by_digest = reference.find(':') != std::string::npos;
  Status done = by_digest
                    ? run(shelf_.database, "DELETE FROM tags WHERE name=? AND digest=?", name, reference)
                    : Status();
  if (done)
    done = run(shelf_.database,
               by_digest ? "DELETE FROM manifests WHERE name=? AND digest=?"
                         : "DELETE FROM tags WHERE name=? AND tag=?",
               name, reference);
  const bool any = shelf_.database.changes() > 0;
  if (done) done = transaction->commit();
  if (!done || any) return done;
  return fail(ErrorKind::not_found,
              cat("nobody pushed ", name, ":", reference.substr(0, 100), "; a published package stays"));
}

Result<std::vector<std::string>> Artefacts::column(std::string_view sql, std::string_view value) {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(sql);
  if (!statement) return forward(statement);
  if (!value.empty()) statement->bind(1, value);
  return rows<std::string>(
      *statement, [](const sql::Statement& row) -> Result<std::string> { return std::string(row.text(0)); });
}

Result<std::vector<std::string>> Artefacts::tags(const std::string& name) {
  auto found = column(
      "SELECT tag FROM tags WHERE name=?1 UNION SELECT version FROM packages WHERE name=?1 ORDER BY 1", name);
  if (!found || !found->empty()) return found;
  const auto known = column("SELECT digest FROM manifests WHERE name=? LIMIT 1", name);
  if (known && known->empty()) return fail(ErrorKind::not_found, cat("there is no repository ", name));
  return found;
}

Result<std::vector<std::string>> Artefacts::names() {
  return column("SELECT name FROM manifests UNION SELECT name FROM packages ORDER BY 1", "");
}

Result<std::vector<Referrer>> Artefacts::referrers(const std::string& name, const std::string& subject) {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(
      "SELECT digest,type,document FROM manifests WHERE name=? AND subject=? ORDER BY created,digest");
  if (!statement) return forward(statement);
  statement->bind(1, name).bind(2, subject);
  return rows<Referrer>(*statement, [](const sql::Statement& row) -> Result<Referrer> {
    return referrer_of({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
  });
}

}  // namespace oree::hub
