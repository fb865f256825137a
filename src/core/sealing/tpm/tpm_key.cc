#include "core/sealing/tpm/tpm_key.h"

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::sealing {
namespace {

constexpr size_t kMaxText = 256u << 10, kMostApprovals = 1'000;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the TPM key's file: ", what));
}

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

Status take_approvals(const json::Value& tree, TpmSealed& out) {
  const json::Value* list = tree.find("approvals");
  if (list == nullptr || list->array() == nullptr) return {};
  if (list->array()->size() > kMostApprovals) return wrong("more than 1,000 approvals");
  for (const json::Value& one : *list->array()) {
    const auto policy = crypto::parse_digest(text_at(one, "policy"));
    auto signature = crypto::from_base64(text_at(one, "signature"));
    if (!policy || !signature) return wrong("an approval lacks its policy or signature");
    out.approvals.push_back({*policy, std::move(*signature)});
  }
  return {};
}

Status take_pcrs(const json::Value& tree, TpmSealed& out) {
  const json::Value* list = tree.find("pcrs");
  if (list == nullptr || list->array() == nullptr || list->array()->empty()) return wrong("it names no PCRs");
  for (const json::Value& one : *list->array()) {
    const auto pcr = one.integer();
    if (!pcr || *pcr < 0 || *pcr > 23) return wrong("a PCR is none from 0 to 23");
    out.pcrs.push_back(static_cast<int>(*pcr));
  }
  return {};
}

}  // namespace

std::string print(const TpmKeyFile& file) {
  json::Array pcrs, approvals;
  for (const int pcr : file.sealed.pcrs) pcrs.push_back(pcr);
  for (const Approval& one : file.sealed.approvals)
    approvals.push_back(
        json::Object{{"policy", one.policy.hex()}, {"signature", crypto::base64(one.signature)}});
  const json::Value out = json::Object{{"oree_tpm_key", 1},
                                       {"id", file.id},
                                       {"tcti", file.tcti},
                                       {"pcrs", std::move(pcrs)},
                                       {"public", crypto::base64(file.sealed.public_part)},
                                       {"private", crypto::base64(file.sealed.private_part)},
                                       {"authority", file.sealed.authority},
                                       {"approvals", std::move(approvals)}};
  return json::print(out, 2) + "\n";
}

Result<TpmKeyFile> parse_tpm_key(std::string_view text) {
  if (text.size() > kMaxText) return wrong("it is larger than 256 KiB");
  const auto tree = json::parse(text);
  if (!tree) return forward(tree, "the TPM key's file");
  const json::Value* version = tree->find("oree_tpm_key");
  if (version == nullptr || version->integer() != 1) return wrong("it is none that this version reads");
  TpmKeyFile out;
  out.id = text_at(*tree, "id");
  out.tcti = text_at(*tree, "tcti");
  out.sealed.authority = text_at(*tree, "authority");
  auto public_part = crypto::from_base64(text_at(*tree, "public"));
  auto private_part = crypto::from_base64(text_at(*tree, "private"));
  if (out.id.empty() || out.id.size() > 64) return wrong("'id' is missing");
  if (!public_part || public_part->empty() || !private_part || private_part->empty())
    return wrong("'public' or 'private' is missing or no base64");
  out.sealed.public_part = std::move(*public_part);
  out.sealed.private_part = std::move(*private_part);
  if (auto taken = take_pcrs(*tree, out.sealed); !taken) return forward(taken);
  if (auto taken = take_approvals(*tree, out.sealed); !taken) return forward(taken);
  return out;
}

Result<crypto::SecretKey> TpmKey::key() {
  auto tpm = Tpm::open(file_.tcti);
  if (!tpm) return forward(tpm);
  auto key = (*tpm)->unseal(file_.sealed);
  if (!key) return key;
  if (key_id(*key) != file_.id)
    return fail(ErrorKind::corrupt, "the TPM gave another key than its file names");
  return key;
}

}  // namespace oree::sealing
