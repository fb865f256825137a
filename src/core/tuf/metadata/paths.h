// Names: which paths a delegation covers, and what files and addresses are called. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/tuf/metadata/metadata.h"

namespace oree::tuf {

// A shell pattern of one path: '*', '?' and '[…]' never match '/'; '?' is one code point.
bool matches_pattern(std::string_view path, std::string_view pattern);
bool covers(const Delegation& delegation, std::string_view path);
// The one of these roles that may speak of a path ("bin-0a"), and whether a name is one of theirs.
std::string bin_of(const SuccinctRoles& bins, std::string_view path);
bool is_bin(const SuccinctRoles& bins, std::string_view role);

// Everything but letters, digits and "_.-~" as %XX, so that no role's name can leave a folder or an address.
std::string quote_name(std::string_view name);
// The same with '/' left alone: a target's path in an address.
std::string quote_path(std::string_view path);
// Relative, without empty, "." or ".." parts: what a repository may keep below one folder.
bool is_clean_path(std::string_view path);
// "a/b.onnx" with its first hash in front of the file's name: "a/<hash>.b.onnx" (consistent snapshots).
std::string prefixed_path(std::string_view path, const TargetFile& target);

}  // namespace oree::tuf
