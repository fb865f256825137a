// The files of a folder as a statement lists them: found, put in order, digested. Reads in pieces, so that a
// model of any size takes 1 MiB of memory. Private to this room.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature/statement.h"

namespace oree::signature {

struct FoundFile {
  std::string path;  // below the folder
  uint64_t size = 0;
};

// What a model that is one file is called in its own list.
inline constexpr std::string_view kTheModelItself = ".";
std::filesystem::path file_at(const std::filesystem::path& folder, std::string_view path);

// All files below `folder`, or the file that it is, but those ignored, in path_before's order. `invalid` for
// a link that is not allowed, for a link to a folder (its files would not be signed), for what is neither
// file nor folder, and for a name that is not UTF-8.
Result<std::vector<FoundFile>> list_files(const std::filesystem::path& folder, const Serialization& how);

// Whether `path` is one of `paths`, or lies in a folder that is.
bool is_among(std::string_view path, const std::vector<std::string>& paths);

// The digests of one file: one of the whole, or one for each shard. `corrupt` when it is not `file.size`
// long.
Result<std::vector<Resource>> digest_file(const std::filesystem::path& folder, const FoundFile& file,
                                          const Serialization& how);

}  // namespace oree::signature
