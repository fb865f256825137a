#include "platform/tensor/text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace oree::tensor {
namespace {

using namespace std::string_literals;

TEST_CASE("TextElementsComeBackAsTheyWentInIncludingEmptyOnesAndZeros") {
  const std::vector<std::string> elements{"", "one", "a\0b"s, std::string(70'000, 'x')};
  ByteBuffer bytes;
  for (const std::string& element : elements) append_text(element, bytes);
  CHECK(check_text(bytes, elements.size()));
  TextReader reader(bytes);
  for (const std::string& element : elements) {
    const auto read = reader.next();
    REQUIRE(read.has_value());
    CHECK(*read == element);
  }
  CHECK(reader.at_end());
}

TEST_CASE("TextThatEndsEarlyOrHasAnotherNumberOfElementsIsRefused") {
  ByteBuffer bytes;
  append_text("abc", bytes);
  for (size_t length = 1; length < bytes.size(); ++length)
    CHECK_FALSE(check_text(ByteView(bytes).first(length), 1));
  CHECK_FALSE(check_text(bytes, 2));
  CHECK_FALSE(check_text(bytes, 0));
  CHECK(check_text({}, 0));
  const Status far = check_text(as_bytes("\xff\xff\xff\xffx"), 1);
  REQUIRE_FALSE(far);
  CHECK(far.error().what.find("4294967295") != std::string::npos);
}

}  // namespace
}  // namespace oree::tensor
