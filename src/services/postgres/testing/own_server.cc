#include "services/postgres/testing/own_server.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"

namespace oree::postgres::testing {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUser = "nobody";

// The newest /usr/lib/postgresql/<version>/bin that holds a server.
fs::path find_programs() {
  fs::path newest;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const fs::path bin = version.path() / "bin";
    if (fs::exists(bin / "initdb", ignored) && bin > newest) newest = bin;
  }
  return newest;
}

}  // namespace

std::unique_ptr<OwnServer> OwnServer::start(std::string& why) {
  const fs::path programs = find_programs();
  if (programs.empty()) {
    why = "PostgreSQL's server is not on this box (package postgresql)";
    return nullptr;
  }
  std::string folder = (fs::temp_directory_path() / "oree-pg-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return nullptr;
  if (::geteuid() == 0 && std::system(cat("chown ", kUser, " ", folder).c_str()) != 0) return nullptr;
  std::unique_ptr<OwnServer> server(new OwnServer(folder, programs));
  const bool made = server->as_user(cat("initdb -D ", folder, "/data -U oree --auth=trust --no-sync"));
  if (made && server->up()) return server;
  why = cat("PostgreSQL did not start: see ", folder, "/log");
  return nullptr;
}

bool OwnServer::up() const {
  const std::string folder = folder_.string();
  return as_user(cat("pg_ctl -D ", folder, "/data -w -l ", folder, "/log -o \"-c listen_addresses='' -k ",
                     folder, "\" start"));
}

bool OwnServer::as_user(const std::string& words) const {
  const std::string before = ::geteuid() == 0 ? cat("setpriv --reuid=", kUser, " --clear-groups ") : "";
  return std::system(cat("cd / && ", before, programs_.string(), "/", words, " >/dev/null 2>&1 </dev/null")
                         .c_str()) == 0;
}

void OwnServer::restart() {
  (void)as_user(cat("pg_ctl -D ", folder_.string(), "/data -w -m immediate stop"));
  (void)up();
}

OwnServer::~OwnServer() {
  (void)as_user(cat("pg_ctl -D ", folder_.string(), "/data -w -m immediate stop"));
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string OwnServer::where() const {
  return cat("host=", folder_.string(), " user=oree dbname=postgres connect_timeout=10");
}

}  // namespace oree::postgres::testing
