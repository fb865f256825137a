#include "services/deployment/agent/hub_source.h"

#include <algorithm>

#include "base/text.h"
#include "core/tuf/client.h"

namespace oree::deployment {
namespace {

std::string_view header_of(const http::Response& response, std::string_view name) {
  const auto found =
      std::ranges::find_if(response.headers, [&](const auto& h) { return iequals(h.first, name); });
  return found == response.headers.end() ? std::string_view() : std::string_view(found->second);
}

// "bytes 100-199/200" → whether that is what was asked for.
bool goes_on_at(const http::Response& head, uint64_t from, uint64_t bytes) {
  return header_of(head, "Content-Range").starts_with(cat("bytes ", from, "-")) &&
         header_of(head, "Content-Range").ends_with(cat("/", bytes));
}

}  // namespace

Status trust_root(files::Disk& disk, const files::Path& folder, ByteView root, std::string_view expected) {
  if (!expected.empty() && crypto::sha256(root).hex() != expected) {
    return fail(ErrorKind::denied, "the hub's root of trust is not the one that the token names");
  }
  tuf::FolderStore store(disk, folder);
  const auto pinned = tuf::pin_root(store, root);
  if (pinned || pinned.error().kind != ErrorKind::conflict) return pinned;
  return {};  // trusted already, and newer ones with it
}

Result<ByteBuffer> HubSource::index(const Unit& unit) {
  tuf::FolderStore store(world_.disk, world_.trust);
  const auto fetch = [this](std::string_view name, uint64_t max_bytes) {
    return world_.hub.get(cat("/tuf/metadata/", name), max_bytes, &world_.interrupt);
  };
  const auto refuse = [this](const Error& error) {
    world_.refused(error);
    return std::unexpected(error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout
                               ? error
                               : Error{ErrorKind::denied, error.what});
  };
  auto client = tuf::Client::open(store, fetch, world_.clock.wall());
  if (!client) return refuse(client.error());
  const auto target = client->find_target(unit.wish->target);
  if (!target) return refuse(target.error());
  if (!*target) return fail(ErrorKind::denied, cat("nobody who is trusted vouches for ", unit.wish->target));
  auto bytes = world_.hub.get(cat("/tuf/targets/", (*target)->fetch_path), kMaxIndexBytes, &world_.interrupt);
  if (!bytes) return bytes;
  if (const auto same = tuf::verify_target((*target)->file, *bytes); !same) return refuse(same.error());
  return bytes;
}

Status HubSource::fetch(PartFile& part, const std::function<void(uint64_t)>& arrived) {
  const uint64_t from = part.size();
  uint64_t skip = 0;
  bool first = true;
  http::CallOptions options;
  options.deadline = std::chrono::hours(24);  // a slow line is no fault; a silent one is
  options.silence = world_.silence;
  options.interrupt = &world_.interrupt;
  options.max_body_bytes = 64 << 10;  // of an error's page
  options.on_body = [&](const http::Response& head, ByteView piece) -> Status {
    if (std::exchange(first, false) && from > 0) {
      if (head.status == 200) skip = from;  // the whole once more
      if (head.status == 206 && !goes_on_at(head, from, part.bytes())) {
        return fail(ErrorKind::unavailable, cat("the hub goes on with ", header_of(head, "Content-Range"),
                                                " instead of byte ", from));
      }
    }
    const auto passed = std::min<uint64_t>(skip, piece.size());
    skip -= passed;
    if (auto written = part.append(piece.subspan(passed)); !written) return written;
    arrived(part.size());
    return {};
  };
  const auto answer = world_.hub.get_blob(part.digest().hex(), from, std::move(options));
  if (!answer) return forward(answer);
  if (answer->status == 401) world_.denied();
  if (answer->status != 200 && answer->status != 206) {
    return fail(ErrorKind::unavailable,
                cat("the hub answers ", answer->status, " to blob ", part.digest().hex()));
  }
  if (part.whole()) return {};
  return fail(ErrorKind::invalid, cat("the hub's ", part.digest().hex(), " ends after ", part.size(), " of ",
                                      part.bytes(), " bytes"));
}

}  // namespace oree::deployment
