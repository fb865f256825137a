#include "platform/onnx/survey.h"

#include <array>
#include <optional>

namespace oree::onnx {
namespace {

enum class Message { model, graph, node, attribute, tensor, sparse, value, type, element, function, leaf };

struct Nested {
  Message outer;
  uint32_t field;
  Message inner;
};

// Which fields hold messages that may hold further records; the field numbers are the schema's.
constexpr std::array kNested{
    Nested{Message::model, 7, Message::graph},         Nested{Message::model, 25, Message::function},
    Nested{Message::graph, 1, Message::node},          Nested{Message::graph, 5, Message::tensor},
    Nested{Message::graph, 11, Message::value},        Nested{Message::graph, 12, Message::value},
    Nested{Message::graph, 13, Message::value},        Nested{Message::graph, 15, Message::sparse},
    Nested{Message::node, 5, Message::attribute},      Nested{Message::attribute, 5, Message::tensor},
    Nested{Message::attribute, 6, Message::graph},     Nested{Message::attribute, 10, Message::tensor},
    Nested{Message::attribute, 11, Message::graph},    Nested{Message::attribute, 14, Message::type},
    Nested{Message::attribute, 15, Message::type},     Nested{Message::attribute, 22, Message::sparse},
    Nested{Message::attribute, 23, Message::sparse},   Nested{Message::sparse, 1, Message::tensor},
    Nested{Message::sparse, 2, Message::tensor},       Nested{Message::value, 2, Message::type},
    Nested{Message::type, 1, Message::element},        Nested{Message::type, 4, Message::element},
    Nested{Message::type, 5, Message::element},        Nested{Message::type, 8, Message::element},
    Nested{Message::type, 9, Message::element},        Nested{Message::function, 7, Message::node},
    Nested{Message::function, 11, Message::attribute}, Nested{Message::function, 12, Message::value},
};

Message inner_of(Message outer, uint32_t field) {
  for (const Nested& row : kNested) {
    if (row.outer == outer && row.field == field) return row.inner;
  }
  return Message::leaf;
}

class Walk {
 public:
  Walk(ByteView bytes, uint64_t limit) : bytes_(bytes), limit_(limit) {}

  Status over(Message message, size_t begin, size_t end, int depth) {
    if (depth > 100) return fail(ErrorKind::invalid, "the graph's parts are nested more than 100 deep");
    at_ = begin;
    while (at_ < end) {
      if (++records_ > limit_) {
        return fail(ErrorKind::invalid,
                    "more than " + std::to_string(limit_) +
                        " nodes, names and attributes; that is no network for this program");
      }
      if (auto done = field(message, end, depth); !done) return done;
    }
    return {};
  }

 private:
  Status field(Message message, size_t end, int depth) {
    const auto tag = varint(end);
    if (!tag) return cut();
    switch (*tag & 7) {
      case 0:
        return varint(end) ? Status{} : cut();
      case 1:
        return skip(8, end);
      case 5:
        return skip(4, end);
      case 2:
        break;
      default:
        return fail(ErrorKind::corrupt,
                    "byte " + std::to_string(at_) + " begins no field; this is no ONNX file");
    }
    const auto length = varint(end);
    if (!length || *length > end - at_) return cut();
    const size_t stop = at_ + static_cast<size_t>(*length);
    const Message inner = inner_of(message, static_cast<uint32_t>(*tag >> 3));
    if (inner != Message::leaf) {
      if (auto done = over(inner, at_, stop, depth + 1); !done) return done;
    }
    at_ = stop;
    return {};
  }

  std::optional<uint64_t> varint(size_t end) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < end; shift += 7) {
      const auto byte = std::to_integer<uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  Status skip(size_t count, size_t end) {
    if (end - at_ < count) return cut();
    at_ += count;
    return {};
  }

  std::unexpected<Error> cut() const {
    return fail(ErrorKind::corrupt, "a field is cut off at byte " + std::to_string(at_) + " of " +
                                        std::to_string(bytes_.size()) +
                                        "; the file is truncated or no ONNX file, fetch it again");
  }

  ByteView bytes_;
  uint64_t limit_;
  uint64_t records_ = 0;
  size_t at_ = 0;
};

}  // namespace

Status survey(ByteView bytes, uint64_t limit) {
  return Walk(bytes, limit).over(Message::model, 0, bytes.size(), 0);
}

}  // namespace oree::onnx
