// Arrays straight into typed memory. simdjson finds where the array ends; inside it one tight loop per
// innermost array goes over the text, and nothing is allocated per element.
#include "platform/json/native.h"

namespace oree::json {
namespace {

template <class T>
std::string wanted() {
  if constexpr (std::same_as<T, bool>) {
    return "true or false";
  } else if constexpr (std::floating_point<T>) {
    return sizeof(T) == 4 ? "a number of 32 bits" : "a number of 64 bits";
  } else {
    return cat("an integer from ", std::numeric_limits<T>::min(), " to ", std::numeric_limits<T>::max());
  }
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// The text of one array, from its '[' on; its brackets balance as simdjson counts them ('[' and '{' alike),
// and padding follows.
template <class T>
class Flattener {
 public:
  Flattener(Walk& walk, std::string_view text, std::vector<T>& out, size_t limit)
      : walk_(walk), at_(text.data()), end_(at_ + text.size()), out_(out), limit_(limit) {}

  // Precondition: at a '['.
  Status take_array() {
    const Level level(walk_);
    if (level.too_deep()) return walk_.stop_too_deep();
    skip_space(1);
    if (*at_ == ']') {
      ++at_;
      return {};
    }
    // The first element decides whether this is a row of arrays or of numbers.
    return *at_ == '[' ? take_arrays() : take_row();
  }

  Status finish() {
    skip_space(0);
    return at_ == end_ ? Status() : Status(walk_.stop(simdjson::TAPE_ERROR));
  }

 private:
  void skip_space(ptrdiff_t past) {
    at_ += past;
    while (is_space(*at_)) ++at_;
  }

  Status take_arrays() {
    while (true) {
      if (*at_ != '[') return refuse("an array like the elements before it");
      if (auto status = take_array(); !status) return status;
      skip_space(0);
      if (*at_ == ']') break;
      if (*at_ != ',') return walk_.stop(simdjson::TAPE_ERROR);
      skip_space(1);
    }
    ++at_;
    return {};
  }

  Status take_row() {
    while (true) {
      if (out_.size() >= limit_) return fail(ErrorKind::invalid, cat("has more than ", limit_, " elements"));
      T number;
      const char* past = take_number(at_, end_ + kReadable, number);
      if (!past || !ends_element(*past)) return refuse(wanted<T>());
      at_ = past;
      skip_space(0);
      if (*at_ != ',' && *at_ != ']') return walk_.stop(simdjson::TAPE_ERROR);
      out_.push_back(number);
      if (*at_ == ']') break;
      skip_space(1);
    }
    ++at_;
    return {};
  }

  static bool ends_element(char c) { return c == ',' || c == ']' || is_space(c); }

  std::unexpected<Error> refuse(std::string_view what) {
    const char* past = at_;
    while (past != end_ && (past == at_ || !ends_element(*past))) ++past;
    if (*at_ == ',' || *at_ == ']') return walk_.stop(simdjson::TAPE_ERROR);
    return wrong(what, std::string_view(at_, past));
  }

  Walk& walk_;
  const char* at_;
  const char* end_;
  std::vector<T>& out_;
  size_t limit_;
};

// "element 5: …"; what the text did wrong has its own sentence.
Status with_index(const Walk& walk, Status status, size_t index) {
  return status || !walk.broken ? status : forward(status, cat("element ", index));
}

Status take_texts(Walk& walk, ondemand::array array, std::vector<std::string>& out, size_t limit) {
  const Level level(walk);
  if (level.too_deep()) return walk.stop_too_deep();
  for (auto result : array) {
    ondemand::value element;
    if (const auto code = std::move(result).get(element)) return walk.stop(code);
    ondemand::array inner;
    if (!element.get_array().get(inner)) {
      if (auto status = take_texts(walk, inner, out, limit); !status) return status;
      continue;
    }
    if (out.size() >= limit) return fail(ErrorKind::invalid, cat("has more than ", limit, " elements"));
    std::string_view text;
    if (element.get_string().get(text)) return wrong("a string", element);
    out.emplace_back(text);
  }
  return {};
}

}  // namespace

template <class T>
Status Cursor::numbers(std::vector<T>& out, size_t limit) {
  auto array = spot_.open_array();
  if (!array) return forward(array);
  std::string_view text;
  if (const auto code = array->raw_json().get(text)) return spot_.walk.stop(code);
  const size_t before = out.size();
  Flattener<T> flattener(spot_.walk, text, out, limit);
  auto status = flattener.take_array();
  if (status) return flattener.finish();
  return with_index(spot_.walk, std::move(status), out.size() - before);
}

Status Cursor::texts(std::vector<std::string>& out, size_t limit) {
  auto array = spot_.open_array();
  if (!array) return forward(array);
  const size_t before = out.size();
  auto status = take_texts(spot_.walk, *array, out, limit);
  return with_index(spot_.walk, std::move(status), out.size() - before);
}

template Status Cursor::numbers(std::vector<float>&, size_t);
template Status Cursor::numbers(std::vector<double>&, size_t);
template Status Cursor::numbers(std::vector<int8_t>&, size_t);
template Status Cursor::numbers(std::vector<int16_t>&, size_t);
template Status Cursor::numbers(std::vector<int32_t>&, size_t);
template Status Cursor::numbers(std::vector<int64_t>&, size_t);
template Status Cursor::numbers(std::vector<uint8_t>&, size_t);
template Status Cursor::numbers(std::vector<uint16_t>&, size_t);
template Status Cursor::numbers(std::vector<uint32_t>&, size_t);
template Status Cursor::numbers(std::vector<uint64_t>&, size_t);
template Status Cursor::numbers(std::vector<bool>&, size_t);

}  // namespace oree::json
