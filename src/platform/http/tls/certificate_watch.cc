#include "platform/http/tls/certificate_watch.h"

#include "base/text.h"

namespace oree::http {

Result<CertificateWatch> CertificateWatch::start(const TlsFiles& files) {
  CertificateWatch watch;
  if (files.certificate.empty() && files.key.empty()) return watch;
  watch.files_ = files;
  watch.seen_ = watch.look();
  auto context = TlsContext::server(files);
  if (!context) return forward(context);
  watch.context_ = *std::move(context);
  watch.looked_ = std::chrono::steady_clock::now();
  return watch;
}

CertificateWatch::Stamps CertificateWatch::look() const {
  std::error_code ignored;
  return {std::filesystem::last_write_time(files_.certificate, ignored),
          std::filesystem::last_write_time(files_.key, ignored),
          std::filesystem::last_write_time(files_.ca, ignored)};
}

std::shared_ptr<const TlsContext> CertificateWatch::current(MonoTime now, Log& log) {
  if (!context_ || now - looked_ < kEvery) return context_;
  looked_ = now;
  const Stamps stamps = look();
  if (stamps == seen_) return context_;
  seen_ = stamps;
  auto fresh = TlsContext::server(files_);
  if (fresh) {
    context_ = *std::move(fresh);
    log.info(cat("the new certificate in ", files_.certificate.string(), " is shown from now on"));
  } else {
    log.warning(cat("the old certificate is shown as before: ", fresh.error().what));
  }
  return context_;
}

}  // namespace oree::http
