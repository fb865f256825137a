#include "core/tuf/target_check.h"

#include "base/text.h"

namespace oree::tuf {

Result<TargetCheck> TargetCheck::start(const TargetFile& target) {
  TargetCheck check;
  check.length_ = target.length;
  for (const auto& [algorithm, wanted] : target.hashes) {
    const auto known = crypto::parse_hash_name(algorithm);
    if (!known)
      return fail(ErrorKind::unsupported, cat("hash '", algorithm.substr(0, 40),
                                              "' is not computed here; sha256, sha384 and sha512 are"));
    check.hashes_.push_back({algorithm, wanted, std::make_unique<crypto::Hash>(*known)});
  }
  return check;
}

Status TargetCheck::update(ByteView bytes) {
  if (bytes.size() > length_ - received_)
    return fail(ErrorKind::invalid, cat("more than the ", length_, " bytes that the metadata declares"));
  received_ += bytes.size();
  for (auto& one : hashes_) one.hash->update(bytes);
  return {};
}

Status TargetCheck::finish() {
  if (received_ != length_)
    return fail(ErrorKind::corrupt, cat(received_, " bytes where the metadata declares ", length_));
  for (auto& one : hashes_) {
    const std::string seen = to_hex(one.hash->finish());
    if (seen != one.wanted)
      return fail(ErrorKind::corrupt, cat(one.algorithm, " is ", seen, " where the metadata declares ",
                                          one.wanted.substr(0, 128)));
  }
  return {};
}

Status verify_target(const TargetFile& target, ByteView bytes) {
  auto check = TargetCheck::start(target);
  if (!check) return forward(check);
  if (auto fits = check->update(bytes); !fits) return fits;
  return check->finish();
}

Status verify_metafile(const MetaFile& file, ByteView bytes, std::string_view name) {
  const auto same = verify_target({file.length.value_or(bytes.size()), file.hashes, {}}, bytes);
  if (!same)
    return fail(ErrorKind::corrupt,
                cat("mix-and-match: ", name, " is not the file that was named: ", same.error().what));
  return {};
}

}  // namespace oree::tuf
