#include "platform/json/reader.h"

#include <cstring>

#include "platform/json/native.h"

namespace oree::json {

struct Reader::State {
  static constexpr size_t kKeptBytes = 16u << 20;

  ondemand::parser parser;
  std::unique_ptr<char[]> text;
  size_t capacity = 0;

  // The text with the zeros behind it that simdjson may read.
  simdjson::padded_string_view pad(std::string_view source) {
    const size_t needed = source.size() + simdjson::SIMDJSON_PADDING;
    if (capacity > kKeptBytes && needed <= kKeptBytes) give_back();
    if (capacity < needed) {
      capacity = std::max(needed, std::min(capacity * 2, kKeptBytes));
      text = std::make_unique_for_overwrite<char[]>(capacity);
    }
    if (!source.empty()) std::memcpy(text.get(), source.data(), source.size());
    std::memset(text.get() + source.size(), 0, simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(text.get(), source.size(), capacity);
  }

  void give_back() {
    text.reset();
    capacity = 0;
    parser = ondemand::parser();
  }

  Status run(std::string_view source, Walk& walk, const ElementHandler& root);
  Status run_scalar(std::string_view source, Walk& walk, const ElementHandler& root);
};

Status Reader::State::run_scalar(std::string_view source, Walk& walk, const ElementHandler& root) {
  const auto value = json::parse(source);
  if (!value) return forward(value);
  Cursor::Spot spot{walk, &*value};
  Cursor cursor(spot);
  return root(cursor);
}

Status Reader::State::run(std::string_view source, Walk& walk, const ElementHandler& root) {
  ondemand::document document;
  if (const auto code = parser.iterate(pad(source)).get(document)) return walk.stop(code);
  bool is_scalar = false;
  if (const auto code = document.is_scalar().get(is_scalar)) return walk.stop(code);
  if (is_scalar) return run_scalar(source, walk, root);

  Cursor::Spot spot{walk, &document};
  Cursor cursor(spot);
  if (auto status = root(cursor); !status) return status;
  if (!walk.broken) return walk.broken;
  if (!spot.used) {
    if (auto rest = cursor.value(); !rest) return forward(rest);
  }
  // OUT_OF_BOUNDS is how simdjson says that nothing is left.
  if (document.current_location().error() == simdjson::OUT_OF_BOUNDS) return {};
  return walk.stop(simdjson::TRAILING_CONTENT);
}

Reader::Reader() : state_(std::make_unique<State>()) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Status Reader::parse(std::string_view text, const ElementHandler& root) {
  Walk walk;
  auto status = state_->run(text, walk, root);
  if (status || walk.path.empty()) return status;
  return forward(status, walk.path);
}

}  // namespace oree::json
