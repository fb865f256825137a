#include "services/oip/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/text.h"

namespace oree::oip {

namespace {

constexpr size_t kMaxRegions = 4096;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  uint64_t size() const {
    struct stat facts{};
    return ::fstat(number_, &facts) == 0 && facts.st_size > 0 ? static_cast<uint64_t>(facts.st_size) : 0;
  }

 private:
  int number_;
};

// A name of shm_open(), which must not lead to another folder.
bool is_key(std::string_view key) {
  if (key.starts_with('/')) key.remove_prefix(1);
  return !key.empty() && key.size() <= 255 && key != "." && key != ".." &&
         key.find('/') == std::string_view::npos && key.find('\0') == std::string_view::npos;
}

}  // namespace

class SharedMemory::Region {
 public:
  Region(RegionInfo info, Descriptor object, std::byte* mapped, size_t before)
      : info_(std::move(info)), object_(std::move(object)), mapped_(mapped), before_(before) {}
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() { ::munmap(mapped_, before_ + info_.byte_size); }

  const RegionInfo& info() const { return info_; }
  std::span<std::byte> bytes() const { return {mapped_ + before_, info_.byte_size}; }
  bool whole() const { return object_.size() >= info_.offset + info_.byte_size; }

 private:
  RegionInfo info_;
  Descriptor object_;
  std::byte* mapped_;
  size_t before_;  // the offset's way into its page
};

SharedMemory::SharedMemory() = default;
SharedMemory::~SharedMemory() = default;

Status SharedMemory::add(std::string_view name, std::string_view key, uint64_t offset, uint64_t byte_size) {
  const std::lock_guard lock(mutex_);
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::invalid, cat("failed to register shared memory region '", name, "': ", why));
  };
  if (regions_.contains(name))
    return fail(ErrorKind::conflict, cat("shared memory region '", name, "' already in manager"));
  if (regions_.size() == kMaxRegions) return refuse(cat("there are ", kMaxRegions, " regions already"));
  if (key.empty()) return fail(ErrorKind::invalid, "Unable to open shared memory region: ''");
  if (!is_key(key)) return refuse(cat("'", key, "' is no key of shared memory"));
  Descriptor object(::shm_open(std::string(key).c_str(), O_RDWR | O_CLOEXEC, 0));
  if (object.number() < 0)
    return fail(ErrorKind::invalid, cat("Unable to open shared memory region: '", key, "'"));
  const uint64_t size = object.size();
  if (byte_size == 0 || offset > size || byte_size > size - offset) return refuse("invalid args");
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const size_t before = offset % page;
  void* const mapped = ::mmap(nullptr, before + byte_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                              object.number(), static_cast<off_t>(offset - before));
  if (mapped == MAP_FAILED) return refuse("it cannot be mapped");
  regions_.emplace(
      name, std::make_shared<const Region>(RegionInfo{std::string(name), std::string(key), offset, byte_size},
                                           std::move(object), static_cast<std::byte*>(mapped), before));
  return {};
}

void SharedMemory::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto at = regions_.find(name);
  if (at != regions_.end()) regions_.erase(at);
}

void SharedMemory::remove_all() {
  const std::lock_guard lock(mutex_);
  regions_.clear();
}

Result<std::vector<RegionInfo>> SharedMemory::status(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  std::vector<RegionInfo> rows;
  for (const auto& [each, region] : regions_) {
    if (name.empty() || name == each) rows.push_back(region->info());
  }
  if (rows.empty() && !name.empty())
    return fail(ErrorKind::not_found, cat("Unable to find system shared memory region: '", name, "'"));
  return rows;
}

Result<RegionPart> SharedMemory::part(std::string_view name, uint64_t offset, uint64_t byte_size) const {
  std::shared_ptr<const Region> region;
  {
    const std::lock_guard lock(mutex_);
    const auto at = regions_.find(name);
    if (at == regions_.end())
      return fail(ErrorKind::not_found, cat("Unable to find shared memory region: '", name, "'"));
    region = at->second;
  }
  const uint64_t size = region->info().byte_size;
  if (offset >= size)
    return fail(ErrorKind::invalid, cat("Invalid offset for shared memory region: '", name, "'"));
  if (byte_size > size - offset)
    return fail(ErrorKind::invalid, cat("Invalid offset + byte size for shared memory region: '", name, "'"));
  if (!region->whole()) {
    return fail(ErrorKind::invalid,
                cat("shared memory region '", name, "' has become shorter since it was registered"));
  }
  return RegionPart{region->bytes().subspan(offset, byte_size), region};
}

}  // namespace oree::oip
