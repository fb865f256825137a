// What the words about packages have in common: files read with a limit, packages written whole.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/package/history.h"
#include "core/package/package_file.h"
#include "core/signature/verify.h"

namespace oree::app {

std::string tool_name();  // "oree 0.6.0"

Result<std::string> read_text(const std::filesystem::path& file);
Result<signature::Trust> load_trust(const std::vector<std::filesystem::path>& files);

// package.json; `not_found` says how to make one.
Result<package::PackageFile> load_package(const std::filesystem::path& folder);
// Lists the folder and writes its package.json anew, then a line of history.
Status write_package(const std::filesystem::path& folder, const std::string& name, const std::string& version,
                     const std::string& what);
// A line of history about the folder as its package.json says it is.
Status note(const std::filesystem::path& folder, const std::string& what, const std::string& by);

// A folder that gets its name when everything is in it: until keep() all lies in FOLDER.new beside it, and
// without keep() nothing stays. Nothing of an earlier try does either.
class NewFolder {
 public:
  // `conflict` when something is in the folder already.
  static Result<NewFolder> begin(std::filesystem::path folder);
  NewFolder(NewFolder&& other) noexcept
      : folder_(std::move(other.folder_)), beside_(std::exchange(other.beside_, {})) {}
  ~NewFolder();
  const std::filesystem::path& beside() const { return beside_; }
  Status keep();  // durable when it returns

 private:
  explicit NewFolder(std::filesystem::path folder)
      : folder_(std::move(folder)), beside_(std::filesystem::path(folder_) += ".new") {}
  std::filesystem::path folder_, beside_;
};

// All files but package.json, signature, history, and `without`.
Status copy_files(const std::filesystem::path& from, const std::filesystem::path& to,
                  const std::filesystem::path& without);
Status put_file(const std::filesystem::path& from, const std::filesystem::path& to);

// <name>/<version> of a package's folder; `invalid` when it is named otherwise.
Result<std::pair<std::string, std::string>> name_of(const std::filesystem::path& folder);

}  // namespace oree::app
