#include "core/storage/journal/segments.h"

#include <algorithm>

#include "base/text.h"

namespace oree::storage {
namespace {

constexpr size_t kDigits = 8;
constexpr std::string_view kSuffix = ".log";

}  // namespace

Segments::Segments(files::Disk& disk, files::Path folder, uint64_t segment_bytes, uint64_t next_number,
                   std::vector<files::Path> reusable)
    : disk_(disk),
      folder_(std::move(folder)),
      segment_bytes_(segment_bytes),
      next_number_(next_number),
      reusable_(std::move(reusable)) {
  // More than two are left when an older version, or another segment_bytes, wrote here.
  while (reusable_.size() > kFiles) {
    (void)disk_.remove(folder_ / reusable_.back());
    reusable_.pop_back();
  }
  made_ = reusable_.size();
}

files::Path Segments::name(uint64_t number) {
  std::string digits = cat(number);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return digits.append(kSuffix);
}

std::optional<uint64_t> Segments::number_of(const files::Path& name) {
  const std::string text = name.string();
  if (!text.ends_with(kSuffix)) return std::nullopt;
  return parse_number<uint64_t>(std::string_view(text).substr(0, text.size() - kSuffix.size()));
}

Status Segments::fill_with_zeros(files::FixedFile& file) {
  const ByteBuffer zeros(std::min<uint64_t>(segment_bytes_, 1 << 20));
  for (uint64_t at = 0; at < file.size(); at += zeros.size()) {
    const ByteView part = ByteView(zeros).first(std::min<uint64_t>(zeros.size(), file.size() - at));
    if (auto written = file.write_at(at, {&part, 1}); !written) return written;
    written_ += part.size();
  }
  return {};
}

Result<OpenSegment> Segments::prepare(bool fill) {
  const uint64_t number = next_number_;
  const files::Path path = folder_ / name(number);
  const bool used_before = !reusable_.empty();
  const bool raw = !used_before || raw_.erase(reusable_.back()) > 0;
  if (raw) raw_.insert(path.filename());
  if (used_before && reusable_.back() != name(number)) {
    if (auto renamed = disk_.rename(folder_ / reusable_.back(), path); !renamed) return forward(renamed);
  }
  if (used_before) reusable_.back() = name(number);  // still ours to use when a later step fails
  auto file = disk_.open_fixed(path, segment_bytes_);
  if (!file) return forward(file);
  if (!used_before) {
    ++made_;
    reusable_.push_back(name(number));
  }
  if (fill && raw) {
    if (auto filled = fill_with_zeros(**file); !filled) return forward(filled);
    raw_.erase(name(number));
  }
  const auto header = print_segment_header(number);
  const ByteView part = header;
  if (auto written = (*file)->write_at(0, {&part, 1}); !written) return forward(written);
  // Not for safety, since the first commit syncs the same file, but so that it finds its own bytes only.
  if (auto synced = (*file)->sync(); !synced) return forward(synced);
  written_ += header.size();
  reusable_.pop_back();
  ++next_number_;
  return OpenSegment{number, std::move(*file), fill || !raw};
}

void Segments::retire(uint64_t number) {
  reusable_.push_back(name(number));
}

}  // namespace oree::storage
