#include "services/deployment/slots/bad_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "platform/crypto/crc32c.h"
#include "platform/crypto/crypto.h"

namespace oree::deployment {
namespace {

constexpr size_t kRecords = 64, kRecordBytes = 512;
constexpr std::string_view kMark = "OREEBAD1";
constexpr size_t kDigestBytes = 32, kCodeBytes = 16;
constexpr size_t kNumberAt = kMark.size(), kDigestAt = kNumberAt + 8, kCodeAt = kDigestAt + kDigestBytes,
                 kSumAt = kCodeAt + kCodeBytes, kEnd = kSumAt + 4;

void put(ByteBuffer& bytes, size_t at, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

uint64_t take(ByteView bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint64_t>(bytes[at + i]);
  return value;
}

}  // namespace

std::optional<BadFile::Record> BadFile::parse(ByteView bytes) {
  if (bytes.size() < kEnd || as_text(bytes.first(kMark.size())) != kMark) return std::nullopt;
  if (take(bytes, kSumAt, 4) != crypto::crc32c(bytes.first(kSumAt))) return std::nullopt;
  Record record{.number = take(bytes, kNumberAt, 8)};
  record.bad.digest = to_hex(bytes.subspan(kDigestAt, kDigestBytes));
  const std::string_view code = as_text(bytes.subspan(kCodeAt, kCodeBytes));
  record.bad.why = {std::string(code.substr(0, code.find('\0'))), "as this station noted before"};
  return record;
}

ByteBuffer BadFile::print(const Record& record) {
  ByteBuffer bytes(kRecordBytes);
  std::ranges::copy(as_bytes(kMark), bytes.begin());
  put(bytes, kNumberAt, record.number, 8);
  const auto digest = crypto::parse_digest(record.bad.digest);
  if (digest) std::ranges::copy(digest->bytes, bytes.begin() + kDigestAt);
  const std::string_view code = std::string_view(record.bad.why.code).substr(0, kCodeBytes);
  std::ranges::copy(as_bytes(code), bytes.begin() + kCodeAt);
  put(bytes, kSumAt, crypto::crc32c(ByteView(bytes).first(kSumAt)), 4);
  return bytes;
}

BadFile::BadFile(files::Path path, files::Disk& disk)
    : path_(std::move(path)), disk_(&disk), records_(kRecords) {
  const auto bytes = disk_->read(path_, kRecords * kRecordBytes);
  for (size_t i = 0; bytes && (i + 1) * kRecordBytes <= bytes->size(); ++i)
    records_[i] = parse(ByteView(*bytes).subspan(i * kRecordBytes, kRecordBytes));
  (void)make();
}

Status BadFile::make() {
  auto file = disk_->open_fixed(path_, kRecords * kRecordBytes);
  if (!file) return forward(file);
  file_ = std::move(*file);
  return {};
}

const BadPackage* BadFile::find(std::string_view digest) const {
  for (const auto& record : records_) {
    if (record && record->bad.digest == digest) return &record->bad;
  }
  return nullptr;
}

std::vector<BadPackage> BadFile::noted() const {
  std::vector<const Record*> found;
  for (const auto& record : records_) {
    if (record) found.push_back(&*record);
  }
  std::ranges::sort(found, {}, &Record::number);
  std::vector<BadPackage> all;
  for (const Record* record : found) all.push_back(record->bad);
  return all;
}

Status BadFile::note(const BadPackage& bad) {
  if (find(bad.digest) != nullptr) return {};
  if (file_ == nullptr) {
    if (auto made = make(); !made) return made;
  }
  // The oldest gives way; one that is not there is the oldest of all.
  const auto number = [](const std::optional<Record>& record) { return record ? record->number : 0; };
  const auto oldest = std::ranges::min_element(records_, {}, number);
  const Record record{.number = number(*std::ranges::max_element(records_, {}, number)) + 1, .bad = bad};
  const ByteBuffer bytes = print(record);
  const std::array parts = {ByteView(bytes)};
  const auto at = static_cast<uint64_t>(oldest - records_.begin()) * kRecordBytes;
  auto written = file_->write_at(at, parts);
  if (written) written = file_->sync();
  if (!written) return file_.reset(), written;  // after a failed sync: opened anew, never trusted as it is
  *oldest = record;
  return {};
}

}  // namespace oree::deployment
