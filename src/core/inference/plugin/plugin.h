// A backend in a shared library of its own, liboree_<name>.so, which is opened when it is first asked for.
//
// In the plug-in, once:  OREE_BACKEND_PLUGIN(open_litert)
// It is built with the program and goes with it: one of another build is refused, not tried.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/inference/model.h"

namespace oree::inference {

struct Plugin {
  const char* build;  // of which program it is a part
  Result<std::unique_ptr<Backend>> (*open)();
};
inline constexpr const char* kPluginSymbol = "oree_backend_plugin";
inline constexpr const char* kPluginBuild = OREE_BACKEND_BUILD " " __VERSION__;

// Looks in OREE_PLUGINS (a folder), ../lib/oree, ../lib and the folder of the program, and the build tree.
// `unavailable` when there is none; else what the plug-in says.
Result<std::unique_ptr<Backend>> open_plugin(std::string_view name);

}  // namespace oree::inference

#define OREE_BACKEND_PLUGIN(open_function)                                                                 \
  extern "C" __attribute__((visibility("default"))) const oree::inference::Plugin* oree_backend_plugin() { \
    static const oree::inference::Plugin plugin{oree::inference::kPluginBuild, open_function};             \
    return &plugin;                                                                                        \
  }
