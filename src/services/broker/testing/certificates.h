// A certificate authority and what it signs, made for one test run.
#pragma once

#include <filesystem>
#include <string>

namespace oree::broker::testing {

struct Certificates {
  std::filesystem::path ca;
  std::filesystem::path server;
  std::filesystem::path server_key;
  std::filesystem::path client;
  std::filesystem::path client_key;
};

// Written into the folder; the server is "localhost" and 127.0.0.1, the client's CN is given.
Certificates make_certificates(const std::filesystem::path& folder, const std::string& client_name);

}  // namespace oree::broker::testing
