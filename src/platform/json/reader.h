// The hot way through a JSON body: one forward pass, no tree, arrays of numbers straight into typed memory.
//
// Wraps simdjson on-demand. A Reader is reused by one thread; parse() copies the text once into padded memory
// that is kept. Errors are `invalid` and name the key. Depth is limited to 100.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/json/value.h"

namespace oree::json {

class Cursor;  // one value at the reader's place; valid only inside the callback that received it

using MemberHandler = std::function<Status(std::string_view key, Cursor& value)>;
using ElementHandler = std::function<Status(Cursor& value)>;

class Cursor {
 public:
  Status object(const MemberHandler& each);  // every member, in order; unread values are skipped
  Status array(const ElementHandler& each);
  Result<std::string_view> text();  // valid until the reader's next parse()
  Result<int64_t> integer();
  Result<double> number();
  Result<bool> boolean();
  Result<Value> value();  // whatever it is, as a tree
  // Nested or flat array of numbers, flattened row-major and appended as T (f32, f64, any integer, bool for
  // BOOL). `invalid` when an element is no number of T's range, or when more than `limit` elements come.
  template <class T>
  Status numbers(std::vector<T>& out, size_t limit);
  // The same for strings.
  Status texts(std::vector<std::string>& out, size_t limit);

 private:
  friend class Reader;
  friend struct CursorAccess;
  explicit Cursor(void* native) : native_(native) {}
  void* native_;
};

class Reader {
 public:
  Reader();
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Calls `root` with the document's value; then checks that nothing follows it.
  Status parse(std::string_view text, const ElementHandler& root);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace oree::json
