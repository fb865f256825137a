#include "nodes/workshop/samples/sample_files.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

namespace oree::workshop {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

bool is_picture(const fs::path& file) {
  const std::string ending = lower(file.extension().string());
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

}  // namespace

std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(folder, failed)) {
    if (entry.is_regular_file() && is_picture(entry.path())) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

Result<std::string> digest_of_samples(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    return fail(ErrorKind::not_found, cat(folder.string(), ": no such folder with samples"));
  std::vector<fs::path> files;
  if (fs::exists(folder / "inputs.npy", ignored))
    files.push_back(folder / "inputs.npy");
  else
    files = pictures_in(folder);
  for (const char* name : {"labels.csv", "labels.npy", "annotations.json"}) {
    if (fs::exists(folder / name, ignored)) files.push_back(folder / name);
  }
  crypto::Sha256 all;
  files::RealDisk disk;
  for (const fs::path& file : files) {
    const Result<ByteBuffer> bytes = disk.read(file, kMaxFileBytes);
    if (!bytes) return forward(bytes);
    all.update(as_bytes(
        cat(file.lexically_relative(folder).generic_string(), "\n", crypto::sha256(*bytes).hex(), "\n")));
  }
  return all.finish().hex();
}

}  // namespace oree::workshop
