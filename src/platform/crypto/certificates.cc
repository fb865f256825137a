#include "platform/crypto/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <ctime>

#include "base/text.h"
#include "platform/crypto/ecdsa_handle.h"

namespace oree::crypto {

struct Certificate::Handle {
  std::unique_ptr<X509, decltype(&X509_free)> x509{nullptr, &X509_free};
};

namespace {

constexpr size_t kMostCertificates = 64, kMostBytes = 1 << 20;

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Store = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)>;

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

void free_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}

}  // namespace

Result<Certificate> Certificate::from_der(ByteView der) {
  auto handle = std::make_shared<Handle>();
  const unsigned char* at = raw(der);
  if (der.size() <= kMostBytes) handle->x509.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!handle->x509 || at != raw(der) + der.size()) {
    return fail(ErrorKind::invalid, "a certificate is no X.509 in DER");
  }
  return Certificate(std::move(handle));
}

Result<std::vector<Certificate>> Certificate::from_pem(std::string_view pem) {
  if (pem.size() > kMostBytes) return fail(ErrorKind::invalid, "certificates of more than 1 MiB");
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  std::vector<Certificate> out;
  while (true) {
    auto handle = std::make_shared<Handle>();
    handle->x509.reset(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
    if (!handle->x509) break;
    out.push_back(Certificate(std::move(handle)));
    if (out.size() > kMostCertificates) return fail(ErrorKind::invalid, "more than 64 certificates");
  }
  if (out.empty()) return fail(ErrorKind::invalid, "the text holds no certificate in PEM");
  return out;
}

ByteBuffer Certificate::der() const {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(handle_->x509.get(), &bytes);
  if (size <= 0) return {};
  const auto* first = reinterpret_cast<const std::byte*>(bytes);
  ByteBuffer out(first, first + size);
  OPENSSL_free(bytes);
  return out;
}

std::string Certificate::subject() const {
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(handle_->x509.get()), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

Result<EcPublicKey> Certificate::public_key() const {
  auto handle = std::make_shared<EcPublicKey::Handle>();
  handle->key.reset(X509_get_pubkey(handle_->x509.get()));
  return EcPublicKey::from_handle(std::move(handle), cat("the certificate of ", subject()));
}

WallTime Certificate::not_before() const {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notBefore(handle_->x509.get()), &parts) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

Result<std::string> Certificate::holder() const {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(handle_->x509.get(), NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::vector<std::string> addresses;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) addresses.push_back(text_of(name->d.uniformResourceIdentifier));
  }
  if (addresses.size() > 1) return fail(ErrorKind::denied, "the certificate has more than one URI");
  if (!addresses.empty()) return addresses[0].substr(addresses[0].rfind('/') + 1);
  const X509_NAME* subject_name = X509_get_subject_name(handle_->x509.get());
  const int at = X509_NAME_get_index_by_NID(subject_name, NID_commonName, -1);
  if (at < 0) return fail(ErrorKind::denied, "the certificate names nobody: it has neither URI nor CN");
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject_name, at)));
}

bool Certificate::may_sign() const {
  X509* x509 = handle_->x509.get();
  const uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_INVALID) != 0) return false;
  const bool signs = (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) != 0;
  const bool code = (flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(x509) & XKU_CODE_SIGN) != 0;
  return signs || code;
}

Status verify_chain(const Certificate& leaf, const std::vector<Certificate>& between,
                    const std::vector<Certificate>& roots, WallTime at) {
  const Store store(X509_STORE_new(), &X509_STORE_free);
  const StoreContext context(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
  const std::unique_ptr<STACK_OF(X509), decltype(&free_stack)> chain(sk_X509_new_null(), &free_stack);
  if (!store || !context || !chain) return fail(ErrorKind::busy, "no memory to check certificates with");
  for (const auto& root : roots) X509_STORE_add_cert(store.get(), root.handle_->x509.get());
  for (const auto& one : between) sk_X509_push(chain.get(), one.handle_->x509.get());
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.handle_->x509.get(), chain.get()) != 1) {
    return fail(ErrorKind::busy, "no memory to check certificates with");
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(seconds));
  // Whoever is named as trusted is: an intermediate authority may be the root of one plant.
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  if (X509_verify_cert(context.get()) == 1) return {};
  return fail(ErrorKind::denied,
              cat("the certificate of ", leaf.subject(), " does not lead to a trusted one: ",
                  X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))));
}

}  // namespace oree::crypto
