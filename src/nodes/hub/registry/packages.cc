#include "nodes/hub/registry/packages.h"

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "core/manifest/manifest.h"
#include "nodes/hub/door/names.h"
#include "platform/config/node.h"

namespace oree::hub {
namespace {

namespace fs = std::filesystem;
using deployment::PackageIndex;

// The names under which a package carries its signature, of which nobody signed the bytes.
constexpr std::string_view kSignatures[] = {"model.sig", "signature.json"};

constexpr std::string_view kSelect = "SELECT document,signer,created,created_by FROM packages ";

int64_t unix_ms(const Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.wall().time_since_epoch()).count();
}

Result<Package> package_of(const sql::Statement& row) {
  Package package;
  package.document = row.text(0);
  auto index = deployment::parse_index(package.document);
  if (!index) return fail(ErrorKind::corrupt, cat("hub.db: a package: ", index.error().what));
  package.index = *std::move(index);
  package.digest = deployment::digest_name(crypto::sha256(as_bytes(package.document)));
  package.signer = row.text(1);
  package.created = row.integer(2);
  package.created_by = row.text(3);
  return package;
}

// The package's files under their own names, as links to the blobs; gone with this.
class Tree {
 public:
  explicit Tree(fs::path folder) : folder_(std::move(folder)) {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Status add(const fs::path& path, const fs::path& blob) {
    std::error_code error;
    fs::create_directories((folder_ / path).parent_path(), error);
    if (!error) fs::create_hard_link(blob, folder_ / path, error);
    if (error)
      return fail(ErrorKind::unavailable, cat("cannot lay out ", path.string(), ": ", error.message()));
    return {};
  }
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

}  // namespace

std::string Package::target() const {
  return cat(index.name, "/", index.version, "/package.json");
}

std::string Package::unit() const {
  return std::string(index.kind == deployment::UnitKind::configuration ? kConfigurationUnit
                     : index.kind == deployment::UnitKind::deployment  ? kDeploymentUnit
                                                                       : std::string_view(index.name));
}

bool Package::fits(std::string_view hardware) const {
  return index.hardware.empty() || std::ranges::find(index.hardware, hardware) != index.hardware.end();
}

Result<std::unique_ptr<Packages>> Packages::open(Shelf& shelf, const fs::path& folder,
                                                 const PackageSettings& settings, Vouching& vouching,
                                                 const Clock& clock) {
  std::unique_ptr<Packages> packages(new Packages(shelf, folder, settings, vouching, clock));
  if (auto made = packages->blobs_.prepare(); !made) return forward(made);
  std::error_code ignored;
  fs::remove_all(folder / "laid-out", ignored);  // of a hub that was killed
  for (const auto& file : settings.signers) {
    const auto text = config::load_text(file.string());
    if (!text) return forward(text);
    auto trust = signature::parse_trust(*text);
    if (!trust) return forward(trust, file.string());
    std::ranges::move(trust->keys, std::back_inserter(packages->trust_.keys));
    std::ranges::move(trust->roots, std::back_inserter(packages->trust_.roots));
  }
  return packages;
}

Status Packages::check_files(const PackageIndex& index) {
  if (index.bytes() > settings_.most_bytes) {
    return fail(ErrorKind::invalid, cat("the package has ", index.bytes(),
                                        " bytes; 'packages.most_bytes' allows ", settings_.most_bytes));
  }
  std::string missing;
  size_t count = 0;
  for (const auto& file : index.files) {
    const auto size = blobs_.size(file.digest);
    if (size && *size == file.bytes) continue;
    if (++count <= 5) missing += cat("\n  ", file.path, " sha256:", file.digest.hex());
  }
  if (count == 0) return {};
  return fail(ErrorKind::invalid,
              cat(count, " of the package's files are not here; PUT them to /blobs first:", missing));
}

Status Packages::check_release(const PackageIndex& index) {
  auto statement = shelf_.database.prepare(cat(kSelect, "ORDER BY release"));
  if (!statement) return forward(statement);
  const auto all = rows<Package>(*statement, package_of);
  if (!all) return forward(all);
  const bool is_model = index.kind == deployment::UnitKind::model;
  uint64_t newest = 0;
  for (const auto& other : *all) {
    const bool same_name = other.index.name == index.name;
    if (same_name && other.index.kind != index.kind) {
      return fail(ErrorKind::conflict, cat("'", index.name, "' is the name of a ",
                                           deployment::kind_name(other.index.kind), "; choose another"));
    }
    if (same_name || (!is_model && other.index.kind == index.kind)) newest = other.index.release;
  }
  if (newest == 0 || index.release > newest) return {};
  return fail(ErrorKind::conflict, cat("release ", index.release, " of '", index.name, "' must be above ",
                                       newest, ", the newest one: stations refuse what goes back"));
}

// What it says is the stations' affair, each with its own cameras; that it is one is ours.
Status Packages::check_document(const PackageIndex& index) {
  if (index.kind == deployment::UnitKind::model) return {};
  const std::string_view name = deployment::document_of(index.kind);
  const auto at = std::ranges::find(index.files, name, &deployment::PackageFile::path);
  if (at == index.files.end()) {
    return fail(ErrorKind::invalid, cat("a ", deployment::kind_name(index.kind), " consists of ", name,
                                        "; the package has none"));
  }
  const auto mapped = blobs_.load(at->digest);
  if (!mapped) return forward(mapped);
  if (index.kind == deployment::UnitKind::deployment) {
    const auto manifest = manifest::parse_manifest(as_text(mapped->bytes), name);
    return manifest ? Status() : forward(manifest);
  }
  const auto read = config::parse(as_text(mapped->bytes), name);
  return read ? Status() : forward(read);
}

Result<std::string> Packages::check_signature(const PackageIndex& index) {
  const auto signed_by = std::ranges::find_if(index.files, [](const auto& file) {
    return std::ranges::find(kSignatures, file.path) != std::end(kSignatures);
  });
  if (signed_by == index.files.end()) {
    if (settings_.allow_unsigned) return std::string();
    return fail(ErrorKind::denied, cat("the package is not signed; 'oree model sign' makes ", kSignatures[0],
                                       ", and 'packages.signers' of the hub names whose signature counts"));
  }
  if (trust_.keys.empty() && trust_.roots.empty()) {
    if (settings_.allow_unsigned) return std::string();
    return fail(ErrorKind::denied, "the hub trusts nobody's signature: name keys in 'packages.signers'");
  }
  std::array<std::byte, 8> random;
  crypto::random_bytes(random);
  Tree tree(folder_ / "laid-out" / to_hex(random));
  for (const auto& file : index.files) {
    if (auto added = tree.add(file.path, blobs_.path(file.digest)); !added) return forward(added);
  }
  const auto bundle = config::load_text((tree.folder() / signed_by->path).string());
  if (!bundle) return forward(bundle);
  const auto found = signature::verify(tree.folder(), *bundle, trust_, {.unsigned_paths = {signed_by->path}});
  if (!found) return fail(ErrorKind::denied, cat("the package's signature: ", found.error().what));
  return found->signer;
}

Result<Package> Packages::publish(std::string_view document, const std::string& by) {
  const std::lock_guard one_at_a_time(publishing_);
  auto index = deployment::parse_index(document);
  if (!index) return forward(index);
  Package package{.index = *index, .document = std::string(document), .created_by = by};
  package.digest = deployment::digest_name(crypto::sha256(as_bytes(document)));
  if (auto known = find(package.digest)) return known;
  if (auto other = find(index->name, index->version)) {
    return fail(ErrorKind::conflict, cat(index->name, " ", index->version, " is known with other files, as ",
                                         other->digest, "; a version never changes: choose another"));
  }
  if (auto there = check_files(*index); !there) return forward(there);
  if (auto right = check_document(*index); !right) return forward(right);
  {
    const std::lock_guard lock(shelf_.mutex);
    if (auto rising = check_release(*index); !rising) return forward(rising);
  }
  auto signer = check_signature(*index);
  if (!signer) return forward(signer);
  package.signer = *std::move(signer);
  package.created = unix_ms(clock_);
  auto vouched = vouching_.add(package.target(), document,
                               json::Object{{"name", index->name},
                                            {"version", index->version},
                                            {"release", static_cast<int64_t>(index->release)},
                                            {"hardware", [&] {
                                               json::Array list;
                                               for (const auto& h : index->hardware) list.emplace_back(h);
                                               return list;
                                             }()}});
  if (!vouched) return forward(vouched);
  const std::lock_guard lock(shelf_.mutex);
  auto done = run(shelf_.database,
                  "INSERT INTO packages(digest,name,version,release,hardware,bytes,document,signer,created,"
                  "created_by) VALUES(?,?,?,?,?,?,?,?,?,?)",
                  package.digest, index->name, index->version, static_cast<int64_t>(index->release),
                  print_list(index->hardware), static_cast<int64_t>(index->bytes()), document, package.signer,
                  package.created, by);
  if (!done) return forward(done);
  return package;
}

Result<Package> Packages::find(std::string_view digest) {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(cat(kSelect, "WHERE digest=?"));
  if (!statement) return forward(statement);
  statement->bind(1, digest);
  auto found = rows<Package>(*statement, package_of);
  if (!found) return forward(found);
  if (found->empty()) return fail(ErrorKind::not_found, cat("there is no package ", digest.substr(0, 80)));
  return std::move(found->front());
}

Result<Package> Packages::find(std::string_view name, std::string_view version) {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(cat(kSelect, "WHERE name=? AND version=?"));
  if (!statement) return forward(statement);
  statement->bind(1, name).bind(2, version);
  auto found = rows<Package>(*statement, package_of);
  if (!found) return forward(found);
  if (found->empty())
    return fail(ErrorKind::not_found, cat("there is no version '", version.substr(0, 40), "' of '",
                                          name.substr(0, 80), "'; GET /api/v1/packages lists what is there"));
  return std::move(found->front());
}

Result<std::vector<Package>> Packages::list() {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(cat(kSelect, "ORDER BY created DESC, release DESC LIMIT 1000"));
  if (!statement) return forward(statement);
  return rows<Package>(*statement, package_of);
}

Result<Package> Packages::latest(std::string_view name, std::string_view hardware,
                                 const std::vector<std::string>& bad) {
  const std::lock_guard lock(shelf_.mutex);
  auto statement = shelf_.database.prepare(cat(kSelect, "WHERE name=? ORDER BY release DESC"));
  if (!statement) return forward(statement);
  statement->bind(1, name);
  auto found = rows<Package>(*statement, package_of);
  if (!found) return forward(found);
  for (auto& package : *found) {
    const bool is_bad = std::ranges::find(bad, package.digest) != bad.end();
    if (!is_bad && package.is_model() && package.fits(hardware)) return std::move(package);
  }
  return fail(ErrorKind::not_found, "Model not found or incompatible");
}

}  // namespace oree::hub
