// A TPM in software that lives as long as the object, on sockets in a folder of its own. For tests.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "platform/files/testing/temp_folder.h"

namespace oree::sealing::testing {

class Swtpm {
 public:
  static bool is_installed() { return ::access("/usr/bin/swtpm", X_OK) == 0; }

  // `state`: where it keeps what a TPM keeps; the same folder is the same TPM.
  explicit Swtpm(const std::filesystem::path& state) {
    std::filesystem::create_directories(state);
    const std::string dir = "dir=" + state.string();
    const std::string server = "type=unixio,path=" + socket().string();
    const std::string control = "type=unixio,path=" + socket().string() + ".ctrl";
    std::vector<std::string> words{"swtpm",
                                   "socket",
                                   "--tpm2",
                                   "--tpmstate",
                                   dir,
                                   "--server",
                                   server,
                                   "--ctrl",
                                   control,
                                   "--flags",
                                   "startup-clear,not-need-init"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&process_, "swtpm", &quiet, nullptr, argv.data(), environ) != 0) process_ = -1;
    posix_spawn_file_actions_destroy(&quiet);
    for (const std::string& path : {socket().string(), socket().string() + ".ctrl"}) {
      while (process_ > 0 && !answers(path) && waitpid(process_, nullptr, WNOHANG) == 0)
        std::this_thread::yield();
    }
  }
  ~Swtpm() {
    if (process_ <= 0) return;
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  Swtpm(const Swtpm&) = delete;
  Swtpm& operator=(const Swtpm&) = delete;

  std::string tcti() const { return "swtpm:path=" + socket().string(); }

 private:
  static bool answers(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool answered = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return answered;
  }
  std::filesystem::path socket() const { return folder_.path() / "tpm"; }
  files::testing::TempFolder folder_;
  pid_t process_ = -1;
};

}  // namespace oree::sealing::testing
