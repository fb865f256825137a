// oree tuf: the client of a TUF repository, and the repository's side.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oree::app {

struct TufOptions {
  std::vector<std::string> words;  // init ROOT | refresh | download | repo VERB FOLDER …
  // Of the client.
  std::filesystem::path metadata_dir;
  std::string metadata_url;
  std::vector<std::string> target_names;  // in this order, by one client
  std::string target_base_url;
  std::filesystem::path target_dir;
  bool keep_time = false;
  // Of the repository.
  std::filesystem::path offline_keys;  // a folder; with new
  std::filesystem::path online_keys;   // a folder; "" = the repository's own
  std::vector<std::filesystem::path> keys;
  std::filesystem::path passphrase_file;  // its first line
  int64_t threshold = 1;
  std::string role = "targets";
  std::string path;  // of the one file that is added
  std::vector<std::string> patterns;
  std::string custom;       // JSON
  std::optional<int> days;  // until what is staged or signed expires
  bool terminating = false;
  bool json = false;
};
int run_tuf(const TufOptions& options);
int run_tuf_client(const TufOptions& options);
int run_tuf_repo(const TufOptions& options);

}  // namespace oree::app
