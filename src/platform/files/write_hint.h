// A word to the kernel ahead of a sync.
#pragma once

#include <filesystem>

namespace oree::files {

// Starts writing a file's bytes to the disk and waits for nothing. Only a hint: whatever goes wrong shows in
// the sync that follows.
void start_writing(const std::filesystem::path& path);

}  // namespace oree::files
