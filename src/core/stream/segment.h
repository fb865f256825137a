// A segment while the program runs: its file, and its bytes in memory while somebody writes or reads them.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "core/stream/segment_format.h"

namespace oree::stream {

// The bytes of a segment. Those of durable entries never change, so readers need no lock for them.
class Image {
 public:
  Image(uint64_t number, uint64_t size)
      : number_(number), size_(size), bytes_(std::make_unique_for_overwrite<std::byte[]>(size)) {}

  uint64_t number() const { return number_; }
  uint64_t size() const { return size_; }
  std::byte* data() { return bytes_.get(); }
  ByteView view() const { return {bytes_.get(), size_}; }

  // Where to start looking for `position`: at or before it.
  uint64_t start_for(Position position) const;
  void note(Position position, uint64_t offset);  // in rising order
  void note_all();                                // of bytes that came from the disk

  // Below this offset the bytes came from the disk and are checked when read; above, this process put them.
  uint64_t unchecked_from = 0;
  std::atomic<Position> end{0};  // the first position of the next segment; 0 while there is none

 private:
  struct Mark {
    Position position;
    uint64_t offset;
  };
  const uint64_t number_;
  const uint64_t size_;
  const std::unique_ptr<std::byte[]> bytes_;
  std::vector<Mark> marks_;  // guarded by the stream's mutex while the segment is being filled
};

struct Segment {
  uint64_t number = 0;
  Position first = 0;
  std::string name;                        // of its file
  std::string spare_name;                  // that its file still has; "" once it is renamed
  std::unique_ptr<files::FixedFile> file;  // until everything is written
  std::shared_ptr<Image> image;            // as long as `file`
  std::weak_ptr<Image> in_memory;          // and as long as a reader holds it
  Position last = 0;                       // the newest entry in `image`
  uint64_t filled = 0;                     // bytes in `image`
  uint64_t written = 0;                    // of them in the file
  Position trimmed = 0;                    // as the header in `image` says
};

// "00000000000000000001-00000000005872911273.log": first position and number.
std::string segment_name(Position first, uint64_t number);
std::string spare_name(uint64_t number);  // "spare-00000000005872911273.log"
struct ParsedName {
  std::optional<Position> first;  // none for a spare
  uint64_t number = 0;
};
std::optional<ParsedName> parse_segment_name(std::string_view name);

}  // namespace oree::stream
