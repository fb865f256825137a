#include "services/deployment/agent/identity.h"

#include <array>
#include <filesystem>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace oree::deployment {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMaxFile = 64 << 10;
constexpr uint64_t kAhead = 1000;

Result<crypto::SigningKey> load_key(files::Disk& disk, const files::Path& file) {
  const auto bytes = disk.read(file, kMaxFile);
  if (bytes) {
    auto key = crypto::SigningKey::from_pem(as_text(*bytes));
    return key ? key : forward(key, file.string());
  }
  if (bytes.error().kind != ErrorKind::not_found) return forward(bytes);
  const auto key = crypto::SigningKey::generate();
  if (auto kept = disk.write(file, as_bytes(key.pem())); !kept) return forward(kept);
  std::error_code failed;  // a disk of a test has no such file
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, failed);
  return key;
}

std::string text_in(const json::Value& root, std::string_view key) {
  const json::Value* value = root.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

}  // namespace

Result<std::unique_ptr<Identity>> Identity::open(files::Path folder, files::Disk& disk) {
  if (auto made = disk.make_folder(folder); !made) return forward(made);
  auto key = load_key(disk, folder / "key.pem");
  if (!key) return forward(key);
  std::unique_ptr<Identity> identity(new Identity(std::move(folder), disk, std::move(*key)));
  if (auto loaded = identity->load(); !loaded) return forward(loaded);
  return identity;
}

// What is missing or damaged is asked for again.
Status Identity::load() {
  std::array<std::byte, 16> random;
  crypto::random_bytes(random);
  instance_ = to_hex(random);
  if (const auto bytes = disk_.read(folder_ / "hub.json", kMaxFile)) {
    const auto root = json::parse(as_text(*bytes));
    Enrolment found;
    if (root) found = {text_in(*root, "device"), text_in(*root, "hub"), text_in(*root, "hub_key")};
    if (!found.device.empty()) enrolment_ = std::move(found);
  }
  if (const auto bytes = disk_.read(folder_ / "counter", kMaxFile)) {
    reserved_ = counter_ = parse_number<uint64_t>(trim(as_text(*bytes))).value_or(0);
  }
  return {};
}

std::string Identity::sign(std::string_view text) const {
  return crypto::base64(key_.sign(as_bytes(text)));
}

std::optional<Enrolment> Identity::enrolment() const {
  const std::lock_guard lock(mutex_);
  return enrolment_;
}

Status Identity::enrol(const Enrolment& enrolment) {
  const json::Object root{
      {"device", enrolment.device}, {"hub", enrolment.hub}, {"hub_key", enrolment.hub_key}};
  if (auto kept = disk_.write(folder_ / "hub.json", as_bytes(json::print(root, 1))); !kept) return kept;
  const std::lock_guard lock(mutex_);
  enrolment_ = enrolment;
  return {};
}

Status Identity::forget() {
  const std::lock_guard lock(mutex_);
  enrolment_.reset();
  auto gone = disk_.remove(folder_ / "hub.json");
  return gone || gone.error().kind == ErrorKind::not_found ? Status() : gone;
}

Status Identity::reserve(uint64_t up_to) {
  if (auto kept = disk_.write(folder_ / "counter", as_bytes(cat(up_to))); !kept) return kept;
  reserved_ = up_to;
  return {};
}

Result<uint64_t> Identity::next_counter() {
  const std::lock_guard lock(mutex_);
  if (counter_ == reserved_) {
    if (auto kept = reserve(reserved_ + kAhead); !kept) return forward(kept, "counter of calls to the hub");
  }
  return ++counter_;
}

Status Identity::skip_counter(uint64_t used) {
  const std::lock_guard lock(mutex_);
  if (used < counter_) return {};
  if (used >= reserved_) {
    if (auto kept = reserve(used + kAhead); !kept) return kept;
  }
  counter_ = used;
  return {};
}

}  // namespace oree::deployment
