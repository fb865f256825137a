// oree certificate: what it is told, and the function that does it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oree::app {

struct CertificateOptions {
  std::string role;                // authority, server, client
  std::vector<std::string> names;  // the first names the files
  std::filesystem::path authority = ".";
  std::filesystem::path out = ".";
  std::optional<unsigned> days;
};
int run_certificate(const CertificateOptions& options);

}  // namespace oree::app
