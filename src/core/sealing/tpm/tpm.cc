#include "core/sealing/tpm/tpm.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "core/sealing/tpm/esys.h"

namespace oree::sealing {
namespace {

// Whatever the TPM holds for us is let go of at the end of a call.
class Held {
 public:
  Held(const Esys& esys, ESYS_CONTEXT* context) : esys_(esys), context_(context) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (handle_ != ESYS_TR_NONE) esys_.flush(context_, handle_);
  }
  ESYS_TR* out() { return &handle_; }
  ESYS_TR get() const { return handle_; }

 private:
  const Esys& esys_;
  ESYS_CONTEXT* context_;
  ESYS_TR handle_ = ESYS_TR_NONE;
};

// What ESYS allocated.
template <class T>
class Given {
 public:
  explicit Given(const Esys& esys) : esys_(esys) {}
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  ~Given() { esys_.free(value_); }
  T** out() { return &value_; }
  T* get() const { return value_; }
  T* operator->() const { return value_; }

 private:
  const Esys& esys_;
  T* value_ = nullptr;
};

template <class Sized>
void fill(Sized& out, ByteView bytes) {
  out.size = static_cast<UINT16>(bytes.size());
  std::memcpy(out.buffer, bytes.data(), bytes.size());
}

TPML_PCR_SELECTION selection_of(const std::vector<int>& pcrs) {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  out.pcrSelections[0].hash = TPM2_ALG_SHA256;
  out.pcrSelections[0].sizeofSelect = 3;
  for (const int pcr : pcrs)
    out.pcrSelections[0].pcrSelect[pcr / 8] =
        static_cast<BYTE>(out.pcrSelections[0].pcrSelect[pcr / 8] | 1 << pcr % 8);
  return out;
}

// The owner's storage key: the same for the same TPM each time it is made.
TPM2B_PUBLIC storage_template() {
  TPM2B_PUBLIC out{};
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
                          TPMA_OBJECT_NODA;
  area.parameters.eccDetail.symmetric = {
      .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

TPM2B_PUBLIC sealed_template(const crypto::Digest& policy) {
  TPM2B_PUBLIC out{};
  out.publicArea.type = TPM2_ALG_KEYEDHASH;
  out.publicArea.nameAlg = TPM2_ALG_SHA256;
  out.publicArea.objectAttributes =
      TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_NODA;
  out.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  fill(out.publicArea.authPolicy, policy.bytes);
  return out;
}

// The authority's key as the TPM wants it; its name is part of the policy.
Result<TPM2B_PUBLIC> authority_template(const std::string& pem) {
  const auto key = crypto::EcPublicKey::from_pem(pem);
  if (!key) return forward(key, "the authority's key");
  if (key->curve() != crypto::Curve::p256)
    return fail(ErrorKind::invalid, "the authority's key must be on P-256: TPMs know no other for sure");
  const ByteBuffer point = key->point();
  TPM2B_PUBLIC out{};
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH;
  area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  area.parameters.eccDetail.scheme = {.scheme = TPM2_ALG_ECDSA,
                                      .details = {.ecdsa = {.hashAlg = TPM2_ALG_SHA256}}};
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  fill(area.unique.ecc.x, ByteView(point).subspan(1, 32));
  fill(area.unique.ecc.y, ByteView(point).subspan(33, 32));
  return out;
}

crypto::Digest digest_of(const TPM2B_DIGEST& digest) {
  crypto::Digest out;
  std::memcpy(out.bytes.data(), digest.buffer, std::min<size_t>(digest.size, out.bytes.size()));
  return out;
}

class OpenTpm final : public Tpm {
 public:
  explicit OpenTpm(std::unique_ptr<OpenedEsys> opened)
      : opened_(std::move(opened)), esys_(opened_->esys), context_(opened_->context) {}

  Result<TpmSealed> seal(const crypto::SecretKey& key, const std::vector<int>& pcrs,
                         const std::string& authority) override;
  Result<crypto::SecretKey> unseal(const TpmSealed& sealed) override;
  Result<crypto::Digest> policy_of(const std::vector<int>& pcrs) override;

 private:
  Status make_storage_key(Held& out);
  Status start(Held& out, TPM2_SE type, ESYS_TR salted_with, TPMA_SESSION attributes);
  Status bind_to_pcrs(ESYS_TR session, const std::vector<int>& pcrs);
  Result<crypto::Digest> digest_in(ESYS_TR session);
  Status bind_to_authority(ESYS_TR session, const std::string& authority, const Approval* approval);
  Result<crypto::Digest> policy_for(const std::vector<int>& pcrs, const std::string& authority);
  Status satisfy(ESYS_TR session, const TpmSealed& sealed);
  Result<TpmSealed> create(ESYS_TR parent, ESYS_TR session, const crypto::SecretKey& key,
                           const crypto::Digest& policy);
  Status load(ESYS_TR parent, const TpmSealed& sealed, Held& out);
  static Status done(TSS2_RC code, std::string_view doing) {
    return code == TSS2_RC_SUCCESS ? Status{} : std::unexpected(tpm_error(code, doing));
  }

  const std::unique_ptr<OpenedEsys> opened_;
  const Esys& esys_;
  ESYS_CONTEXT* const context_;
};

Status OpenTpm::make_storage_key(Held& out) {
  const TPM2B_SENSITIVE_CREATE nothing{};
  const TPM2B_PUBLIC wanted = storage_template();
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_pcrs{};
  Given<TPM2B_PUBLIC> made(esys_);
  Given<TPM2B_CREATION_DATA> data(esys_);
  Given<TPM2B_DIGEST> hash(esys_);
  Given<TPMT_TK_CREATION> ticket(esys_);
  return done(esys_.create_primary(context_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                   &nothing, &wanted, &outside, &no_pcrs, out.out(), made.out(), data.out(),
                                   hash.out(), ticket.out()),
              "making its storage key");
}

Status OpenTpm::start(Held& out, TPM2_SE type, ESYS_TR salted_with, TPMA_SESSION attributes) {
  const TPMT_SYM_DEF aes{.algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
  auto started = done(esys_.start_session(context_, salted_with, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                          ESYS_TR_NONE, nullptr, type, &aes, TPM2_ALG_SHA256, out.out()),
                      "starting a session");
  if (!started || attributes == 0) return started;
  return done(esys_.set_attributes(context_, out.get(), attributes | TPMA_SESSION_CONTINUESESSION, 0xFF),
              "encrypting a session");
}

Status OpenTpm::bind_to_pcrs(ESYS_TR session, const std::vector<int>& pcrs) {
  const TPML_PCR_SELECTION selection = selection_of(pcrs);
  const TPM2B_DIGEST as_they_are{};
  return done(
      esys_.policy_pcr(context_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &as_they_are, &selection),
      "reading its PCRs");
}

Result<crypto::Digest> OpenTpm::digest_in(ESYS_TR session) {
  Given<TPM2B_DIGEST> digest(esys_);
  auto got =
      done(esys_.policy_digest(context_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, digest.out()),
           "telling a policy");
  if (!got) return forward(got);
  return digest_of(*digest.get());
}

// Without an approval only the policy's digest is worked out, in a trial session.
Status OpenTpm::bind_to_authority(ESYS_TR session, const std::string& authority, const Approval* approval) {
  const auto key = authority_template(authority);
  if (!key) return forward(key);
  Held loaded(esys_, context_);
  auto load = done(esys_.load_external(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr, &*key,
                                       ESYS_TR_RH_OWNER, loaded.out()),
                   "loading the authority's key");
  if (!load) return load;
  Given<TPM2B_NAME> name(esys_);
  if (auto named = done(esys_.name(context_, loaded.get(), name.out()), "naming the authority's key"); !named)
    return named;
  TPMT_TK_VERIFIED none{.tag = TPM2_ST_VERIFIED, .hierarchy = TPM2_RH_NULL, .digest = {}};
  Given<TPMT_TK_VERIFIED> ticket(esys_);
  TPM2B_DIGEST approved{};
  if (approval != nullptr) {
    const auto halves = crypto::raw_signature(approval->signature, crypto::Curve::p256);
    if (!halves) return forward(halves, "an approval");
    fill(approved, approval->policy.bytes);
    TPM2B_DIGEST hashed{};
    fill(hashed, crypto::sha256(approval->policy.bytes).bytes);
    TPMT_SIGNATURE signature{};
    signature.sigAlg = TPM2_ALG_ECDSA;
    signature.signature.ecdsa.hash = TPM2_ALG_SHA256;
    fill(signature.signature.ecdsa.signatureR, ByteView(*halves).first(32));
    fill(signature.signature.ecdsa.signatureS, ByteView(*halves).last(32));
    auto verified = done(esys_.verify_signature(context_, loaded.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                                ESYS_TR_NONE, &hashed, &signature, ticket.out()),
                         "checking an approval");
    if (!verified) return verified;
  }
  const TPM2B_NONCE no_reference{};
  return done(esys_.policy_authorize(context_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &approved,
                                     &no_reference, name.get(), approval == nullptr ? &none : ticket.get()),
              "taking an approval");
}

Result<crypto::Digest> OpenTpm::policy_for(const std::vector<int>& pcrs, const std::string& authority) {
  Held session(esys_, context_);
  if (auto started = start(session, TPM2_SE_TRIAL, ESYS_TR_NONE, 0); !started) return forward(started);
  auto bound = authority.empty() ? bind_to_pcrs(session.get(), pcrs)
                                 : bind_to_authority(session.get(), authority, nullptr);
  if (!bound) return forward(bound);
  return digest_in(session.get());
}

Result<crypto::Digest> OpenTpm::policy_of(const std::vector<int>& pcrs) {
  return policy_for(pcrs, "");
}

Result<TpmSealed> OpenTpm::create(ESYS_TR parent, ESYS_TR session, const crypto::SecretKey& key,
                                  const crypto::Digest& policy) {
  TPM2B_SENSITIVE_CREATE secret{};
  fill(secret.sensitive.data, key.bytes());
  const TPM2B_PUBLIC wanted = sealed_template(policy);
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_pcrs{};
  Given<TPM2B_PRIVATE> private_part(esys_);
  Given<TPM2B_PUBLIC> public_part(esys_);
  Given<TPM2B_CREATION_DATA> data(esys_);
  Given<TPM2B_DIGEST> hash(esys_);
  Given<TPMT_TK_CREATION> ticket(esys_);
  auto made = done(
      esys_.create(context_, parent, ESYS_TR_PASSWORD, session, ESYS_TR_NONE, &secret, &wanted, &outside,
                   &no_pcrs, private_part.out(), public_part.out(), data.out(), hash.out(), ticket.out()),
      "sealing a key");
  crypto::wipe({reinterpret_cast<std::byte*>(&secret), sizeof secret});
  if (!made) return forward(made);
  TpmSealed out;
  out.public_part.resize(sizeof(TPM2B_PUBLIC));
  out.private_part.resize(sizeof(TPM2B_PRIVATE));
  size_t public_size = 0, private_size = 0;
  made = done(esys_.marshal_public(public_part.get(), reinterpret_cast<uint8_t*>(out.public_part.data()),
                                   out.public_part.size(), &public_size),
              "writing a key");
  if (made)
    made = done(esys_.marshal_private(private_part.get(), reinterpret_cast<uint8_t*>(out.private_part.data()),
                                      out.private_part.size(), &private_size),
                "writing a key");
  if (!made) return forward(made);
  out.public_part.resize(public_size);
  out.private_part.resize(private_size);
  return out;
}

Result<TpmSealed> OpenTpm::seal(const crypto::SecretKey& key, const std::vector<int>& pcrs,
                                const std::string& authority) {
  const auto policy = policy_for(pcrs, authority);
  if (!policy) return forward(policy);
  Held storage(esys_, context_), session(esys_, context_);
  if (auto made = make_storage_key(storage); !made) return forward(made);
  // The key goes to the TPM encrypted.
  if (auto started = start(session, TPM2_SE_HMAC, storage.get(), TPMA_SESSION_DECRYPT); !started)
    return forward(started);
  auto out = create(storage.get(), session.get(), key, *policy);
  if (!out) return out;
  out->pcrs = pcrs;
  out->authority = authority;
  return out;
}

Status OpenTpm::load(ESYS_TR parent, const TpmSealed& sealed, Held& out) {
  TPM2B_PUBLIC public_part{};
  TPM2B_PRIVATE private_part{};
  size_t offset = 0;
  auto read = done(esys_.unmarshal_public(reinterpret_cast<const uint8_t*>(sealed.public_part.data()),
                                          sealed.public_part.size(), &offset, &public_part),
                   "reading a key");
  offset = 0;
  if (read)
    read = done(esys_.unmarshal_private(reinterpret_cast<const uint8_t*>(sealed.private_part.data()),
                                        sealed.private_part.size(), &offset, &private_part),
                "reading a key");
  if (!read) return fail(ErrorKind::invalid, "the key's public or private part is none that a TPM made");
  return done(esys_.load(context_, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &private_part,
                         &public_part, out.out()),
              "loading a key");
}

// Shows the TPM that this box is in a state the key may be used in.
Status OpenTpm::satisfy(ESYS_TR session, const TpmSealed& sealed) {
  if (auto bound = bind_to_pcrs(session, sealed.pcrs); !bound) return bound;
  if (sealed.authority.empty()) return {};
  const auto state = digest_in(session);
  if (!state) return forward(state);
  const auto approval = std::ranges::find(sealed.approvals, *state, &Approval::policy);
  if (approval == sealed.approvals.end()) {
    return fail(ErrorKind::denied, cat("nobody has approved the state this box is in (policy ", state->hex(),
                                       "); its authority can: 'oree model tpm-approve'"));
  }
  return bind_to_authority(session, sealed.authority, &*approval);
}

Result<crypto::SecretKey> OpenTpm::unseal(const TpmSealed& sealed) {
  Held storage(esys_, context_), object(esys_, context_), session(esys_, context_);
  if (auto made = make_storage_key(storage); !made) return forward(made);
  if (auto loaded = load(storage.get(), sealed, object); !loaded) return forward(loaded);
  // The key comes from the TPM encrypted.
  if (auto started = start(session, TPM2_SE_POLICY, storage.get(), TPMA_SESSION_ENCRYPT); !started)
    return forward(started);
  if (auto satisfied = satisfy(session.get(), sealed); !satisfied) return forward(satisfied);
  Given<TPM2B_SENSITIVE_DATA> secret(esys_);
  auto got =
      done(esys_.unseal(context_, object.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, secret.out()),
           "unsealing a key");
  if (!got) return forward(got);
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(secret->buffer), secret->size);
  auto key = crypto::SecretKey::from_bytes(bytes);
  crypto::wipe(bytes);
  return key;
}

}  // namespace

Result<std::unique_ptr<Tpm>> Tpm::open(const std::string& tcti) {
  auto opened = OpenedEsys::open(tcti);
  if (!opened) return forward(opened);
  return std::make_unique<OpenTpm>(std::move(*opened));
}

Approval approve(const crypto::EcSigningKey& authority, const crypto::Digest& policy) {
  return {policy, authority.sign(policy.bytes)};
}

Result<std::vector<int>> parse_pcrs(std::string_view text) {
  std::vector<int> out;
  for (const std::string_view part : split(text, ',')) {
    const auto number = parse_number<int>(trim(part));
    if (!number || *number < 0 || *number > 23)
      return fail(ErrorKind::invalid, cat("'", text.substr(0, 80),
                                          "' names no PCRs; write numbers from 0 to 23, such as 7 or 0,2,7"));
    out.push_back(*number);
  }
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

}  // namespace oree::sealing
