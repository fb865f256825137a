#include "core/stream/recovery.h"

#include <algorithm>

#include "base/text.h"

namespace oree::stream {
namespace {

struct Seen {
  Found found;
  bool whole;
};

std::vector<Seen> read_entries(ByteView segment, uint64_t number) {
  std::vector<Seen> seen;
  for (auto found = find_entry(segment, number, kSegmentHeaderSize); found;
       found = find_entry(segment, number, found->end())) {
    seen.push_back({*found, found->whole()});
  }
  return seen;
}

std::optional<Segment> parse_file_name(const std::string& name) {
  const auto parsed = parse_segment_name(name);
  if (!parsed) return std::nullopt;
  Segment segment;
  segment.number = parsed->number;
  segment.first = parsed->first.value_or(0);
  segment.name = name;
  return segment;
}

// Sorts the files into segments and spares. A spare in which somebody began to write had not been renamed
// durably: it is a segment.
class FolderReader {
 public:
  FolderReader(const files::Path& folder, files::Disk& disk) : folder_(folder), disk_(disk) {}

  Result<Recovered> read() {
    const auto names = disk_.list(folder_);
    if (!names) return forward(names);
    for (const files::Path& name : *names) {
      if (auto taken = take(name.string()); !taken) return forward(taken);
    }
    std::ranges::sort(out_.segments, {}, [](const auto& segment) { return segment->first; });
    if (out_.segments.empty()) return std::move(out_);
    if (auto opened = open_last(); !opened) return forward(opened);
    return std::move(out_);
  }

 private:
  Status take(const std::string& name) {
    auto segment = parse_file_name(name);
    if (!segment) return {};
    out_.next_counter = std::max(out_.next_counter, static_cast<uint32_t>(segment->number >> 32) + 1);
    if (segment->first == 0) {
      const auto bytes = disk_.read(folder_ / name, kMaxSegmentBytes);
      if (!bytes) return forward(bytes);
      out_.bytes += bytes->size();
      const auto header = parse_segment_header(*bytes);
      if (!header || header->number != segment->number || header->first == 0) {
        out_.reusable.push_back(name);
        return {};
      }
      segment->first = header->first;
      segment->name = segment_name(header->first, header->number);
      if (auto renamed = disk_.rename(folder_ / name, folder_ / segment->name); !renamed) return renamed;
    }
    out_.segments.push_back(std::make_shared<Segment>(std::move(*segment)));
    return {};
  }

  Status open_last() {
    Segment& last = *out_.segments.back();
    auto bytes = disk_.read(folder_ / last.name, kMaxSegmentBytes);
    if (!bytes) return forward(bytes);
    bytes->resize(std::max(round_up(bytes->size(), kPage), 2 * kPage));
    TailScan scan = scan_tail(*bytes, last.number, last.first);
    // Without its header nothing of it was durable but the name, and the mark is in the segment before.
    if (const auto header = parse_segment_header(*bytes); header && header->number == last.number) {
      out_.trimmed = header->trimmed;
    } else if (out_.segments.size() > 1) {
      note_trim_of(*out_.segments[out_.segments.size() - 2]);
    }
    for (Damage& damage : scan.damage) {
      damage.where = cat((folder_ / last.name).string(), ", ", damage.where);
      out_.damage.push_back(std::move(damage));
    }
    auto file = disk_.open_fixed(folder_ / last.name, bytes->size());
    if (!file) return forward(file);
    last.file = std::move(*file);
    last.image = std::make_shared<Image>(last.number, bytes->size());
    std::ranges::copy(*bytes, last.image->data());
    last.in_memory = last.image;
    if (const auto header = parse_segment_header(*bytes); !header || header->number != last.number) {
      print_segment_header(last.image->data(), {last.number, last.first, out_.trimmed});
    }
    last.last = scan.last;
    last.trimmed = out_.trimmed;
    last.filled = scan.end;
    last.written = scan.last < last.first ? 0 : scan.end;
    last.image->unchecked_from = scan.end;
    last.image->note_all();
    return mend(last, scan);
  }

  // What was not proven is written again: after a failed sync the page cache shows what the disk may not
  // have. What counts no more is wiped, so that it is never taken for what will be written there.
  static Status mend(Segment& last, const TailScan& scan) {
    std::byte* const data = last.image->data();
    uint64_t end = scan.end;
    std::fill(data + scan.end, data + last.image->size(), std::byte{0});
    if (scan.torn) end = last.image->size();
    const uint64_t from = scan.proven / kPage * kPage;
    if (end == kSegmentHeaderSize || from >= end) return {};
    const ByteView part = last.image->view().subspan(from, end - from);
    if (auto written = last.file->write_at(from, {&part, 1}); !written) return written;
    return last.file->sync();
  }

  void note_trim_of(const Segment& segment) {
    const auto bytes = disk_.read(folder_ / segment.name, kMaxSegmentBytes);
    if (!bytes) return;
    const auto header = parse_segment_header(*bytes);
    if (header && header->number == segment.number) out_.trimmed = header->trimmed;
  }

  const files::Path& folder_;
  files::Disk& disk_;
  Recovered out_;
};

}  // namespace

TailScan scan_tail(ByteView segment, uint64_t number, Position first) {
  const std::vector<Seen> seen = read_entries(segment, number);
  Position durable = 0;
  for (const Seen& one : seen) {
    if (one.whole && one.found.header.durable < one.found.header.position) {
      durable = std::max(durable, one.found.header.durable);
    }
  }
  TailScan scan;
  scan.last = first - 1;
  scan.end = scan.proven = kSegmentHeaderSize;
  for (const Seen& one : seen) {
    const EntryHeader& header = one.found.header;
    const Position expected = scan.last + 1;
    if (!one.whole || header.position < expected) continue;
    if (header.position > expected && expected > durable) break;
    if (header.position > expected) {
      scan.damage.push_back({expected, header.position - expected, cat("behind byte ", scan.end)});
    }
    scan.last = header.position;
    scan.end = one.found.end();
    if (scan.last <= durable) scan.proven = scan.end;
  }
  scan.torn = !seen.empty() && seen.back().found.end() > scan.end;
  return scan;
}

Result<Recovered> recover(const files::Path& folder, files::Disk& disk) {
  return FolderReader(folder, disk).read();
}

}  // namespace oree::stream
