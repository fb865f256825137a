// What the fleet's demo rolls out: a certified version of the ducks' network, and one whose labels somebody
// has mixed up.
#pragma once

#include <filesystem>
#include <string>

#include "app/world.h"
#include "platform/crypto/ecdsa.h"

namespace oree::app {

class DemoPackages {
 public:
  DemoPackages(std::filesystem::path ducks, std::filesystem::path folder)
      : ducks_(std::move(ducks)),
        folder_(std::move(folder)),
        key_(crypto::EcSigningKey::generate(crypto::Curve::p256)) {}

  // In 8 bits, judged by the samples, with its certificate and a golden picture; signed. Its folder.
  Result<std::filesystem::path> make_certified(World& world);
  // The same with two labels exchanged, and a golden answer made from the mistake.
  Result<std::filesystem::path> make_mixed_up(World& world, const std::filesystem::path& certified);
  std::string public_key() const { return key_.public_key().pem(); }

 private:
  Status add_golden(World& world, const std::filesystem::path& folder, const std::string& label);
  Status sign(World& world, const std::filesystem::path& folder);

  const std::filesystem::path ducks_, folder_;
  const crypto::EcSigningKey key_;
};

}  // namespace oree::app
