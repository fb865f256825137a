#include "nodes/workshop/verify.h"

#include "base/text.h"
#include "nodes/workshop/samples/sample_files.h"
#include "platform/crypto/crypto.h"
#include "services/certification/certificate.h"

namespace oree::workshop {

namespace {

constexpr uint64_t kMaxKeyBytes = 64 << 10, kMaxCertificateBytes = 64 << 20,
                   kMaxModelBytes = uint64_t{2} << 30;

Error denied(const std::filesystem::path& file, const std::string& what) {
  return {ErrorKind::denied, cat(file.string(), ": ", what)};
}

// A public key in base64 or PEM, or the private key itself.
Result<crypto::PublicKey> read_key(const std::filesystem::path& file, files::Disk& disk) {
  const Result<ByteBuffer> bytes = disk.read(file, kMaxKeyBytes);
  if (!bytes) return forward(bytes);
  if (const auto own = crypto::SigningKey::from_pem(as_text(*bytes))) return own->public_key();
  Result<crypto::PublicKey> key = crypto::parse_public_key(trim(as_text(*bytes)));
  if (!key) return forward(key, file.string());
  return key;
}

// Who signed, as far as anybody here knows; an error when somebody else should have.
Result<std::string> check_signer(const VerifyRequest& request, const certification::Signed& verified,
                                 files::Disk& disk) {
  if (!request.trust.empty()) {
    const Result<crypto::PublicKey> trusted = read_key(request.trust, disk);
    if (!trusted) return forward(trusted);
    if (*trusted != verified.key)
      return std::unexpected(
          denied(request.certificate, cat("it was signed with the key ", verified.key.base64(),
                                          ", not with that of ", request.trust.string())));
    return cat("signed by ", request.trust.string());
  }
  const auto own = read_key(request.own_key, disk);
  if (own && *own == verified.key) return std::string("signed with this user's key");
  return cat("signed with the key ", verified.key.base64(), "; say with --trust whose word counts");
}

// The network that the certificate names, beside it or where the user says.
Result<std::string> check_network(const VerifyRequest& request, const certification::Subject& subject,
                                  files::Disk& disk) {
  const bool named = !request.network.empty();
  const std::filesystem::path file =
      named ? request.network : request.certificate.parent_path() / subject.model;
  const Result<ByteBuffer> bytes = disk.read(file, kMaxModelBytes);
  if (!bytes && !named && bytes.error().kind == ErrorKind::not_found)
    return cat(subject.model, " is not beside it: not compared");
  if (!bytes) return forward(bytes);
  const std::string digest = crypto::sha256(*bytes).hex();
  if (digest != subject.model_digest)
    return std::unexpected(
        denied(file, cat("its SHA-256 is ", digest, ", the certificate is for ", subject.model_digest)));
  return cat(file.filename().string(), " is the network that it is for");
}

Result<std::string> check_data(const VerifyRequest& request, const certification::Subject& subject) {
  if (request.data.empty()) return std::string();
  const auto digest = digest_of_samples(request.data);
  if (!digest) return forward(digest);
  if (*digest != subject.data_digest)
    return std::unexpected(denied(request.data, cat("the digest of its samples is ", *digest,
                                                    ", the certificate's is ", subject.data_digest)));
  return cat(request.data.string(), " holds the samples that it was judged by");
}

Result<std::string> check_target(const VerifyRequest& request, const certification::Subject& subject) {
  for (const std::string& target : request.targets) {
    if (target != subject.target)
      return std::unexpected(
          denied(request.certificate, cat("it is for ", subject.target, ", and says nothing of ", target)));
  }
  return cat("for ", subject.target);
}

}  // namespace

Result<VerifiedCertificate> verify_certificate(const VerifyRequest& request, files::Disk& disk) {
  const auto text = disk.read(request.certificate, kMaxCertificateBytes);
  if (!text) return forward(text);
  auto opened = certification::verify_signed(as_text(*text));
  if (!opened) return forward(opened, request.certificate.string());
  const auto subject = certification::subject_of(opened->certificate);
  if (!subject) return forward(subject, request.certificate.string());
  std::vector<std::string> findings;
  for (const auto& found : {check_signer(request, *opened, disk), check_target(request, *subject),
                            check_network(request, *subject, disk), check_data(request, *subject)}) {
    if (!found) return forward(found);
    if (!found->empty()) findings.push_back(*found);
  }
  return VerifiedCertificate{std::move(opened->certificate), std::move(findings)};
}

}  // namespace oree::workshop
