// What a server shows over TLS, read anew when somebody replaces the files: certificates end, servers do not.
// One thread at a time.
#pragma once

#include <array>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "platform/http/tls/tls_layer.h"

namespace oree::http {

class CertificateWatch {
 public:
  // Null without a certificate: the server speaks in the open.
  static Result<CertificateWatch> start(const TlsFiles& files);

  // Looks at the files at most once in `kEvery`. New ones that cannot be used are warned of, once, and the
  // old ones go on.
  std::shared_ptr<const TlsContext> current(MonoTime now, Log& log);

  static constexpr milliseconds kEvery{10'000};

 private:
  using Stamps = std::array<std::filesystem::file_time_type, 3>;
  CertificateWatch() = default;
  Stamps look() const;

  TlsFiles files_;
  std::shared_ptr<const TlsContext> context_;
  Stamps seen_{};
  MonoTime looked_{};
};

}  // namespace oree::http
