// oree model encrypt, decrypt, rewrap.
#include <cstdio>

#include "app/model/package_folder.h"
#include "app/model/package_options.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/graph/file.h"
#include "core/package/manifest.h"
#include "core/sealing/sealed_file.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::unique_ptr<sealing::KeySource>>> open_keys(const std::vector<fs::path>& files) {
  std::vector<std::unique_ptr<sealing::KeySource>> out;
  for (const fs::path& file : files) {
    auto key = sealing::open_key_source(file);
    if (!key) return forward(key);
    out.push_back(std::move(*key));
  }
  return out;
}

void tell_weakness(const sealing::KeySource& key) {
  const std::string weakness = key.weakness();
  if (!weakness.empty()) std::fprintf(stderr, "%s\n", paint(weakness, Tone::unsure).c_str());
}

// A sealed network is loaded from memory, where it cannot look for files beside it.
Status stands_alone(const fs::path& folder, const fs::path& network) {
  const auto files = package::list_package(folder);
  if (!files) return forward(files);
  for (const auto& file : *files) {
    if (file.role != package::Role::weights || folder / file.path == network) continue;
    return fail(ErrorKind::unsupported,
                cat(folder.string(), ": the network keeps weights in '", file.path,
                    "', and a sealed one must be a single file; 'oree model convert' writes it as one"));
  }
  return {};
}

int report(const fs::path& folder, const char* what) {
  std::printf("%s: %s; sign it now, for its files are others than before\n", folder.c_str(), what);
  return 0;
}

}  // namespace

int run_encrypt(const EncryptOptions& options) {
  const auto manifest = package::load_manifest(options.folder);
  if (!manifest) return print_error(manifest.error());
  if (manifest->sealed)
    return print_error(
        {ErrorKind::conflict,
         cat(options.folder.string(), " is sealed already; 'oree model rewrap' lets another key open it")});
  if (auto alone = stands_alone(options.folder, manifest->model_file); !alone)
    return print_error(alone.error());
  const auto name = name_of(options.out);
  if (!name) return print_error(name.error());
  auto keys = open_keys(options.keys);
  if (!keys) return print_error(keys.error());
  std::vector<sealing::KeySource*> all;
  for (const auto& key : *keys) {
    tell_weakness(*key);
    all.push_back(key.get());
  }
  const fs::path network = manifest->model_file.lexically_relative(options.folder);
  auto out = NewFolder::begin(options.out);
  if (!out) return print_error(out.error());
  if (auto copied = copy_files(options.folder, out->beside(), network); !copied)
    return print_error(copied.error());
  const fs::path sealed = (out->beside() / network) += sealing::kSealedSuffix;
  if (auto done =
          sealing::seal_file(manifest->model_file, sealed, all, {.segment_bytes = options.segment_kib << 10});
      !done)
    return print_error(done.error());
  if (auto done = write_package(out->beside(), name->first, name->second, "sealed"); !done)
    return print_error(done.error());
  if (auto kept = out->keep(); !kept) return print_error(kept.error());
  return report(options.out, "sealed");
}

int run_decrypt(const EncryptOptions& options) {
  const auto manifest = package::load_manifest(options.folder);
  if (!manifest) return print_error(manifest.error());
  if (!manifest->sealed)
    return print_error({ErrorKind::conflict, cat(options.folder.string(), " is not sealed")});
  const auto name = name_of(options.out);
  if (!name) return print_error(name.error());
  auto keys = open_keys(options.keys);
  if (!keys) return print_error(keys.error());
  const fs::path network = manifest->model_file.lexically_relative(options.folder);
  auto out = NewFolder::begin(options.out);
  if (!out) return print_error(out.error());
  if (auto copied = copy_files(options.folder, out->beside(), network); !copied)
    return print_error(copied.error());
  const fs::path plain = (out->beside() / network).replace_extension();
  if (auto done = sealing::unseal_file(manifest->model_file, *keys->front(), plain); !done)
    return print_error(done.error());
  if (auto done = write_package(out->beside(), name->first, name->second, "unsealed"); !done)
    return print_error(done.error());
  if (auto kept = out->keep(); !kept) return print_error(kept.error());
  return report(options.out, "plain again");
}

int run_rewrap(const RewrapOptions& options) {
  auto key = sealing::open_key_source(options.key);
  if (!key) return print_error(key.error());
  auto more = sealing::open_key_source(options.for_key);
  if (!more) return print_error(more.error());
  if (auto done = sealing::rewrap_file(options.file, **key, **more, options.instead); !done)
    return print_error(done.error());
  std::printf("%s: key %s opens it; pack and sign it again\n", options.file.c_str(), (*more)->id().c_str());
  return 0;
}

}  // namespace oree::app
