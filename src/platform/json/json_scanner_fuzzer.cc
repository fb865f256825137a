// Whatever text comes: no byte outside of it is read, what the tree takes the scanner takes too, and arrays
// of numbers come out as the reader has them.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "platform/json/reader.h"
#include "platform/json/scanner.h"

namespace {

using oree::json::Scanner;

void walk(Scanner& scanner, std::vector<char>& memory) {
  oree::json::RawText text;
  double number;
  bool flag;
  if (scanner.enter_object()) {
    std::string_view key;
    while (scanner.member(key)) key.size() % 3 == 1 ? scanner.skip() : walk(scanner, memory);
  } else if (scanner.enter_array()) {
    while (scanner.element()) walk(scanner, memory);
  } else if (scanner.take(text)) {
    if (text.raw.size() > memory.size()) std::abort();
    if (oree::json::unescape(text.raw, memory.data()) > text.raw.size()) std::abort();
  } else if (!scanner.take(number) && !scanner.take(flag)) {
    scanner.skip();
  }
}

template <class T>
void numbers(std::string_view text) {
  std::vector<T> ours(64), theirs;
  Scanner scanner(text);
  const auto fill = scanner.numbers(ours.data(), ours.size());
  oree::json::Reader reader;
  const auto read =
      reader.parse(text, [&](oree::json::Cursor& root) { return root.numbers(theirs, ours.size()); });
  if (!read || theirs.size() != ours.size()) {
    if (read && fill == Scanner::Fill::exact) std::abort();
    return;
  }
  // What mixes numbers and arrays only the scanner takes.
  if (fill != Scanner::Fill::exact || !scanner.finish()) std::abort();
  if (std::memcmp(ours.data(), theirs.data(), ours.size() * sizeof(T)) != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // Memory of its own, so that the sanitizer sees its end.
  const std::vector<char> copy(data + 1, data + size);
  const std::string_view text(copy.data(), copy.size());
  std::vector<char> memory(size);
  Scanner scanner(text);
  switch (data[0] % 4) {
    case 0:
      numbers<float>(text);
      break;
    case 1:
      numbers<int16_t>(text);
      break;
    case 2:
      walk(scanner, memory);
      (void)scanner.finish();
      break;
    default:
      scanner.skip();
      const bool ours = scanner.finish();
      const auto tree = oree::json::parse(text);
      if (tree && (tree->array() || tree->object()) && !ours) std::abort();
      break;
  }
  return 0;
}
