#include "core/signature/sign.h"

#include <iterator>

#include "base/text.h"
#include "core/signature/bundle.h"
#include "core/signature/folder.h"

namespace oree::signature {

const std::vector<std::string> kVersionControl{".git", ".gitattributes", ".github", ".gitignore"};

Result<Statement> describe(const std::filesystem::path& folder, const Serialization& how) {
  for (const std::string& path : how.ignore_paths) {
    if (const std::string fault = path_fault(path); !fault.empty())
      return fail(ErrorKind::invalid, cat("the ignored path '", path, "' ", fault));
  }
  if (how.shard_size == 0) return fail(ErrorKind::invalid, "shards of 0 bytes");
  const auto files = list_files(folder, how);
  if (!files) return forward(files);
  Statement out;
  out.serialization = how;
  std::error_code failed;
  out.name = std::filesystem::weakly_canonical(folder, failed).filename().string();
  for (const FoundFile& file : *files) {
    auto resources = digest_file(folder, file, how);
    if (!resources) return forward(resources);
    std::ranges::move(*resources, std::back_inserter(out.resources));
  }
  out.root = root_of(out.resources);
  return out;
}

Result<std::string> sign(const std::filesystem::path& folder, const crypto::EcSigningKey& key,
                         const std::vector<crypto::Certificate>& chain, const Serialization& how) {
  if (!chain.empty()) {
    const auto certified = chain.front().public_key();
    if (!certified) return forward(certified);
    if (!(*certified == key.public_key()))
      return fail(ErrorKind::invalid,
                  cat("the certificate of ", chain.front().subject(), " belongs to another key"));
    if (!chain.front().may_sign())
      return fail(ErrorKind::invalid, cat("the certificate of ", chain.front().subject(),
                                          " may not sign; it needs keyUsage digitalSignature"));
  }
  const auto statement = describe(folder, how);
  if (!statement) return forward(statement);
  Bundle bundle{.hint = key.public_key().fingerprint().hex(), .chain = chain, .payload = print(*statement)};
  bundle.signature = key.sign(as_bytes(pre_authentication(kPayloadType, bundle.payload)));
  return print(bundle);
}

}  // namespace oree::signature
