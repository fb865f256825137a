// A PostgreSQL server for one test: its own data, its own socket in a folder that goes, no port, as a user
// without rights when the test runs as root.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace oree::postgres::testing {

class OwnServer {
 public:
  // nullptr with the reason in `why` when there is no server on this box, or it does not start.
  static std::unique_ptr<OwnServer> start(std::string& why);
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;
  ~OwnServer();
  std::string where() const;  // for Connection::open()
  void restart();             // as a crash would: nothing is written out first

 private:
  explicit OwnServer(std::filesystem::path folder, std::filesystem::path programs)
      : folder_(std::move(folder)), programs_(std::move(programs)) {}
  bool as_user(const std::string& words) const;
  bool up() const;
  std::filesystem::path folder_, programs_;
};

}  // namespace oree::postgres::testing
