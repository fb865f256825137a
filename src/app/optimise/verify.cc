// oree optimise verify: a certificate's signature, and what it is about.
#include "nodes/workshop/verify.h"

#include <cstdio>

#include "app/optimise/certificates.h"
#include "app/terminal.h"
#include "base/text.h"

namespace oree::app {

int verify_certificate(const OptimiseOptions& given) {
  files::RealDisk disk;
  const auto verified =
      workshop::verify_certificate({given.model, given.network, given.data, given.targets, given.trust,
                                    given.key.empty() ? usual_certificate_key() : given.key},
                                   disk);
  if (!verified) return print_error(verified.error());
  if (given.json)
    std::printf("%s\n", json::print(verified->certificate, 2).c_str());
  else
    std::printf("%s: the signature fits\n%s\n", given.model.c_str(), join(verified->findings, "\n").c_str());
  return 0;
}

}  // namespace oree::app
