#include "core/inference/plugin/plugin.h"

#include "base/text.h"
#include "core/inference/plugin/library.h"

namespace oree::inference {

Result<std::unique_ptr<Backend>> open_plugin(std::string_view name) {
  const LibrarySearch search{.what = cat("The backend ", name),
                             .variable = "OREE_PLUGINS",
                             .names = {cat("liboree_", name, ".so")},
                             .folders = {OREE_PLUGIN_FOLDER},
                             .way_out = cat("It is a part of Orée: put liboree_", name,
                                            ".so into ../lib/oree beside the program's "
                                            "folder, or name its folder in OREE_PLUGINS.")};
  Result<Library> library = Library::open_first(search, library_candidates(search));
  if (!library) return forward(library);
  const Plugin* (*entry)() = nullptr;
  if (!library->find(kPluginSymbol, entry))
    return fail(ErrorKind::unsupported, cat(library->file().string(), " is no backend of Orée"));
  const Plugin& plugin = *entry();
  if (std::string_view(plugin.build) != kPluginBuild) {
    return fail(ErrorKind::unsupported, cat(library->file().string(), " belongs to Orée ", plugin.build,
                                            "; this is ", kPluginBuild, ": install both together"));
  }
  return plugin.open();
}

}  // namespace oree::inference
