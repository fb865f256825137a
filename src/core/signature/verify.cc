#include "core/signature/verify.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "core/signature/bundle.h"
#include "core/signature/folder.h"

namespace oree::signature {
namespace {

constexpr size_t kMostFaultsTold = 5;

// Between the markers of one PEM block, markers included; empties `rest` when there is none.
std::string_view next_block(std::string_view& rest) {
  const size_t begin = rest.find("-----BEGIN ");
  const size_t end = begin == std::string_view::npos ? begin : rest.find("-----END ", begin);
  const size_t line = end == std::string_view::npos ? end : rest.find("-----", end + 9);
  if (line == std::string_view::npos) {
    rest = {};
    return {};
  }
  const std::string_view block = rest.substr(begin, line + 5 - begin);
  rest.remove_prefix(line + 5);
  return block;
}

bool fits(const Bundle& bundle, const crypto::EcPublicKey& key) {
  return key.verify(as_bytes(pre_authentication(kPayloadType, bundle.payload)), bundle.signature);
}

Result<std::string> signed_by_key(const Bundle& bundle, const Trust& trust) {
  for (const auto& key : trust.keys) {
    const std::string fingerprint = key.fingerprint().hex();
    if (!bundle.hint.empty() && bundle.hint != fingerprint) continue;
    if (fits(bundle, key)) return cat("key ", fingerprint);
    if (!bundle.hint.empty())
      return fail(ErrorKind::denied, "the signature does not fit what it is said to sign; it was changed");
  }
  if (bundle.hint.empty()) return fail(ErrorKind::denied, "no trusted key made this signature");
  return fail(ErrorKind::denied,
              cat("signed by key ", bundle.hint.substr(0, 64), ", which is not trusted here"));
}

Result<std::string> signed_by_chain(const Bundle& bundle, const Trust& trust) {
  const crypto::Certificate& leaf = bundle.chain.front();
  const std::vector<crypto::Certificate> between(bundle.chain.begin() + 1, bundle.chain.end());
  if (auto led = crypto::verify_chain(leaf, between, trust.roots, leaf.not_before()); !led)
    return forward(led);
  if (!leaf.may_sign())
    return fail(ErrorKind::denied, cat("the certificate of ", leaf.subject(), " may not sign"));
  const auto key = leaf.public_key();
  if (!key) return forward(key);
  if (!fits(bundle, *key))
    return fail(ErrorKind::denied, "the signature does not fit what it is said to sign; it was changed");
  return leaf.subject();
}

// What a folder does that its statement does not say.
class Faults {
 public:
  void add(std::string_view path, std::string_view what) {
    if (told_.size() < kMostFaultsTold) told_.push_back(cat("'", path, "' ", what));
    ++count_;
  }
  Status status(const std::filesystem::path& folder) const {
    if (count_ == 0) return {};
    const std::string more = count_ > told_.size() ? cat(" and ", count_ - told_.size(), " more") : "";
    return fail(ErrorKind::corrupt,
                cat(folder.string(), " is not what was signed: ", join(told_, ", "), more));
  }

 private:
  std::vector<std::string> told_;
  size_t count_ = 0;
};

using ByPath = std::map<std::string_view, std::vector<const Resource*>>;

ByPath by_path(const Statement& statement) {
  ByPath out;
  for (const Resource& one : statement.resources) out[one.path].push_back(&one);
  for (auto& [path, resources] : out) {
    std::ranges::sort(resources, {}, &Resource::start);
  }
  return out;
}

bool same(const std::vector<Resource>& is, const std::vector<const Resource*>& should) {
  return std::ranges::equal(is, should, [](const Resource& a, const Resource* b) {
    return a.start == b->start && a.end == b->end && a.digest == b->digest;
  });
}

}  // namespace

Result<Trust> parse_trust(std::string_view pem) {
  Trust out;
  for (std::string_view block = next_block(pem); !block.empty(); block = next_block(pem)) {
    if (block.starts_with("-----BEGIN CERTIFICATE-----")) {
      auto certificates = crypto::Certificate::from_pem(block);
      if (!certificates) return forward(certificates);
      out.roots.push_back(std::move(certificates->front()));
    } else {
      auto key = crypto::EcPublicKey::from_pem(block);
      if (!key) return forward(key);
      out.keys.push_back(*std::move(key));
    }
  }
  if (out.keys.empty() && out.roots.empty())
    return fail(ErrorKind::invalid, "the text holds neither a public key nor a certificate in PEM");
  return out;
}

Result<Signed> read_signed(std::string_view text, const Trust& trust) {
  const auto bundle = parse_bundle(text);
  if (!bundle) return forward(bundle);
  auto signer = bundle->chain.empty() ? signed_by_key(*bundle, trust) : signed_by_chain(*bundle, trust);
  if (!signer) return forward(signer);
  auto statement = parse_statement(bundle->payload);  // only now: nobody else's text is looked into
  if (!statement) return forward(statement);
  return Signed{std::move(*signer), std::move(*statement)};
}

Status check_folder(const std::filesystem::path& folder, const Statement& statement,
                    const VerifyOptions& options) {
  const Serialization& how = statement.serialization;
  const auto files = list_files(folder, how);
  if (!files) return forward(files);
  ByPath should = by_path(statement);
  Faults faults;
  for (const FoundFile& file : *files) {
    const auto found = should.find(file.path);
    if (found == should.end()) {
      // Shards cannot name a file without bytes.
      const bool nothing = how.method == Method::shards && file.size == 0;
      const bool allowed = options.allow_unsigned || is_among(file.path, options.unsigned_paths);
      if (!allowed && !nothing) faults.add(file.path, "was never signed");
      continue;
    }
    const auto is = digest_file(folder, file, how);
    if (!is) return forward(is);
    if (!same(*is, found->second)) faults.add(file.path, "was changed");
    should.erase(found);
  }
  for (const auto& [path, resources] : should) faults.add(path, "is missing");
  return faults.status(folder);
}

Status check_file(const std::filesystem::path& folder, const Statement& statement, std::string_view path) {
  std::vector<const Resource*> should;
  for (const Resource& one : statement.resources) {
    if (one.path == path) should.push_back(&one);
  }
  if (should.empty()) return fail(ErrorKind::not_found, cat("nobody signed '", path, "'"));
  std::ranges::sort(should, {}, &Resource::start);
  std::error_code failed;
  const uint64_t size = std::filesystem::file_size(file_at(folder, path), failed);
  Faults faults;
  if (failed) {
    faults.add(path, "is missing");
    return faults.status(folder);
  }
  const auto is = digest_file(folder, {std::string(path), size}, statement.serialization);
  if (!is) return forward(is);
  if (!same(*is, should)) faults.add(path, "was changed");
  return faults.status(folder);
}

Result<Signed> verify(const std::filesystem::path& folder, std::string_view bundle, const Trust& trust,
                      const VerifyOptions& options) {
  auto found = read_signed(bundle, trust);
  if (!found) return found;
  if (auto checked = check_folder(folder, found->statement, options); !checked) return forward(checked);
  return found;
}

}  // namespace oree::signature
