#include "app/examples.h"

#include <unistd.h>

#include <vector>

#include "base/text.h"

namespace oree::app {
namespace fs = std::filesystem;

Result<fs::path> find_example(const fs::path& wanted, const std::string& name) {
  std::vector<fs::path> places{wanted};
  if (wanted.empty()) {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    places = {program / "../../../examples", program / "../share/oree/examples", "examples"};
  }
  for (const auto& place : places) {
    std::error_code failed;
    if (!fs::exists(place / name / "station.yaml", failed)) continue;
    if (auto found = fs::canonical(place / name, failed); !failed) return found;
  }
  return fail(ErrorKind::not_found, cat("the example '", name, "' is not in ", places.front().string(),
                                        "; name the folder of the examples with --examples"));
}

DemoData::DemoData(const fs::path& wanted) : path_(wanted), own_(wanted.empty()) {
  if (!own_) return;
  std::error_code failed;
  fs::path place = fs::temp_directory_path(failed);
  if (failed) place = "/tmp";  // TMPDIR names no folder
  path_ = place / cat("oree-demo-", ::getpid());
}

DemoData::~DemoData() {
  std::error_code ignored;
  if (own_) fs::remove_all(path_, ignored);
}

}  // namespace oree::app
