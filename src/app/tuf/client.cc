// oree tuf init, refresh, download: a TUF client by the words that the public conformance suite uses.
#include <algorithm>

#include "app/terminal.h"
#include "app/tuf/tuf.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/tuf/http_fetch.h"
#include "core/tuf/metadata/paths.h"
#include "platform/files/files.h"

namespace oree::app {
namespace {

using namespace oree::tuf;

// Repositories on other people's servers move their files; what arrives is held against the metadata.
constexpr unsigned kMostRedirects = 5;
constexpr uint64_t kMaxTarget = uint64_t{2}
                                << 30;  // one file in memory; larger ones are the station's business

std::string with_slash(std::string address) {
  if (!address.ends_with('/')) address += '/';
  return address;
}

Status download(tuf::Client& client, http::Client& network, files::Disk& disk, const TufOptions& options,
                const std::string& name) {
  const auto found = client.find_target(name);
  if (!found) return forward(found);
  if (!*found) return fail(ErrorKind::not_found, cat("no role that is trusted speaks of '", name, "'"));
  const TargetFile& file = (*found)->file;
  const auto path = options.target_dir / quote_name(name);
  if (const auto known = disk.read(path, file.length); known && verify_target(file, *known)) return {};
  if (file.length > kMaxTarget) return fail(ErrorKind::unsupported, cat("'", name, "' is larger than 2 GiB"));
  const auto bytes =
      fetch_file(network, with_slash(options.target_base_url) + (*found)->fetch_path, file.length,
                 {.deadline = milliseconds(600'000), .max_redirects = kMostRedirects});
  if (!bytes) return forward(bytes);
  if (auto same = verify_target(file, *bytes); !same) return forward(same, name);
  if (auto made = disk.make_folder(options.target_dir); !made) return made;
  return disk.write(path, *bytes);
}

int init(Store& store, files::Disk& disk, const TufOptions& options) {
  if (options.words.size() != 2)
    return print_error({ErrorKind::invalid, "init needs the root.json to trust"},
                       "oree tuf --metadata-dir DIR init ROOT");
  const auto root = disk.read(options.words[1], Limits{}.root_bytes);
  if (!root) return print_error(root.error());
  const auto pinned = pin_root(store, *root);
  return pinned ? 0 : print_error(pinned.error());
}

}  // namespace

int run_tuf_client(const TufOptions& options) {
  const std::string& verb = options.words.front();
  if (options.metadata_dir.empty())
    return print_error({ErrorKind::invalid, cat(verb, " needs a folder for what it trusts")},
                       "give --metadata-dir");
  files::RealDisk disk;
  FolderStore store(disk, options.metadata_dir);
  if (verb == "init") return init(store, disk, options);
  if (options.metadata_url.empty())
    return print_error({ErrorKind::invalid, cat(verb, " needs the repository's address")},
                       "give --metadata-url");
  const bool downloads = verb == "download";
  if (downloads &&
      (options.target_names.empty() || options.target_base_url.empty() || options.target_dir.empty()))
    return print_error({ErrorKind::invalid, "download needs to know what, from where and to where"},
                       "give --target-name, --target-base-url and --target-dir");
  http::Client network;
  auto client =
      tuf::Client::open(store,
                        fetch_from(network, options.metadata_url,
                                   {.deadline = milliseconds(30'000), .max_redirects = kMostRedirects}),
                        SystemClock().wall(), {.keep_time = options.keep_time});
  if (!client) return print_error(client.error());
  if (const auto fresh = client->refresh(); !fresh) return print_error(fresh.error());
  if (!downloads) return 0;
  for (const auto& name : options.target_names) {
    if (const auto done = download(*client, network, disk, options, name); !done)
      return print_error(done.error());
  }
  return 0;
}

int run_tuf(const TufOptions& options) {
  const std::vector<std::string> verbs{"init", "refresh", "download", "repo"};
  const std::string& verb = options.words.front();
  if (verb == "repo") return run_tuf_repo(options);
  if (std::ranges::find(verbs, verb) != verbs.end()) return run_tuf_client(options);
  return print_error({ErrorKind::invalid, cat("tuf does not know '", verb, "'", did_you_mean(verb, verbs))},
                     cat("use one of ", join(verbs, ", ")));
}

}  // namespace oree::app
