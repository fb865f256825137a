// The leanest way through a JSON text: pulled value by value from where it lies, without a copy, a tree, a
// callback or an allocation. For bodies that come thousands of times a second and mean what the caller knows.
//
//   Scanner scanner(body);
//   if (scanner.enter_object()) {
//     std::string_view key;
//     while (scanner.member(key)) {
//       if (key == "id") scanner.take(id); else scanner.skip();
//     }
//   }
//   if (!scanner.finish()) … scanner.fault() …
//
// Each value must be taken, entered (and then left by the loop's end) or skipped before the next one. After a
// fault everything answers false; a take() of the wrong type answers false too, and leaves the value. The
// root is an object or an array. Depth is limited to 100. Strings are checked for their escapes and control
// characters, not for UTF-8. Not thread-safe; the text is borrowed.
#pragma once

#include <cstdint>
#include <string_view>

namespace oree::json {

// A string's text, as it stands between its quotes.
struct RawText {
  std::string_view raw;
  bool escaped = false;  // with escapes: raw is not what it means
};

// Writes what it means, never longer than it is; how many bytes. Lone surrogates become U+FFFD.
size_t unescape(std::string_view raw, char* out);

class Scanner {
 public:
  enum class Kind : uint8_t { object, array, text, number, boolean, null, nothing };
  enum class Fill : uint8_t { exact, fewer, more, wrong_type };

  explicit Scanner(std::string_view text);

  Kind kind();
  bool enter_object();
  bool enter_array();
  bool member(std::string_view& key);  // false: that was the last; a key stays valid until the next one
  bool element();

  bool take(RawText& out);
  bool take(bool& out);
  template <class T>  // double, int64_t, uint64_t; false when it does not fit
  bool take(T& out);
  void skip();

  // A flat or nested array of numbers (bool: of true and false), flattened row-major into `out`, which holds
  // `count`. A fault inside it reads `wrong_type`.
  template <class T>
  Fill numbers(T* out, size_t count);
  // Whether the array at the scanner's place starts like one of numbers or booleans, or is empty.
  bool looks_numeric();
  // Passes over an array of numbers without looking at it. Whoever does so must read it with numbers() later:
  // nothing else checks it.
  void pass_numbers();

  // Where the scanner stands, to come back to a value.
  size_t place() const { return static_cast<size_t>(at_ - begin_); }
  void go(size_t place);

  // Whether the text was one value, taken, and nothing behind it.
  bool finish();
  bool broken() const { return fault_ != nullptr; }
  std::string_view fault() const { return fault_ == nullptr ? std::string_view{} : fault_; }  // a sentence
  size_t fault_place() const { return place(); }

 private:
  bool stop(const char* fault);
  void space();
  bool at_value();
  bool enter(char bracket);
  bool next(char close, const char* missing);
  bool take_string(RawText& out);
  bool skip_scalar();
  bool skip_word(std::string_view word);

  const char* begin_;
  const char* at_;
  const char* end_;       // behind the closing bracket of the root
  const char* readable_;  // behind the text
  const char* fault_ = nullptr;
  int depth_ = 0;
  bool fresh_ = false;  // just entered: no comma yet
  char key_[64];        // of an escaped key
};

}  // namespace oree::json
