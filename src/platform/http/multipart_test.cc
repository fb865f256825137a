#include <doctest/doctest.h>

#include "base/text.h"
#include "platform/http/message.h"

using namespace oree;
using namespace oree::http;

namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=XX";

std::string part(std::string_view head, std::string_view data) {
  return cat("--XX\r\n", head, "\r\n\r\n", data, "\r\n");
}

std::string why(const Result<std::vector<Part>>& parts) {
  return parts ? "it parsed" : parts.error().what;
}

}  // namespace

TEST_CASE("PartsComeWithNameFileAndBytes") {
  const std::string image("\xFF\xD8\r\n--X\0--XY\r\n", 14);
  const std::string body = cat(
      part("Content-Disposition: form-data; name=\"label\"", "scratch"),
      part("content-disposition: form-data; filename=\"a b;c.jpg\"; name=image\r\nContent-Type: image/jpeg",
           image),
      "--XX--\r\n");
  const auto parts = parse_multipart(kType, body);
  REQUIRE_MESSAGE(parts, why(parts));
  REQUIRE(parts->size() == 2);
  CHECK((*parts)[0].name == "label");
  CHECK((*parts)[0].filename == "");
  CHECK(as_text((*parts)[0].data) == "scratch");
  CHECK((*parts)[1].name == "image");
  CHECK((*parts)[1].filename == "a b;c.jpg");
  CHECK((*parts)[1].content_type == "image/jpeg");
  CHECK(as_text((*parts)[1].data) == image);
  // A view, not a copy.
  CHECK(as_text((*parts)[0].data).data() == body.data() + body.find("scratch"));
}

TEST_CASE("QuotedNamesAreReadAsClientsWriteThem") {
  const auto name = [](std::string_view disposition) {
    const std::string body =
        cat("--XX\r\nContent-Disposition: form-data; ", disposition, "\r\n\r\n\r\n--XX--");
    const auto parts = parse_multipart(kType, body);
    return parts && parts->size() == 1 ? cat((*parts)[0].name, "|", (*parts)[0].filename) : why(parts);
  };
  CHECK(name(R"(name="a\"b"; filename="c")") == "a\"b|c");
  CHECK(name(R"(name="a%22b"; filename="100%.png")") == "a\"b|100%.png");
  CHECK(name(R"(name="a"; filename="C:\dir\f.png")") == R"(a|C:\dir\f.png)");
  CHECK(name(R"(filename="name=x"; name="y")") == "y|name=x");
  CHECK(name(R"(NAME=y)") == "y|");
  CHECK(name(R"(name="unclosed)") == "unclosed|");
}

TEST_CASE("TheBoundaryMayBeQuotedAndAPreambleIsSkipped") {
  const std::string body =
      cat("hello\r\n", part("Content-Disposition: form-data; name=a", "1"), "--XX--\r\nbye");
  const auto parts = parse_multipart("Multipart/Form-Data; charset=x; boundary=\"XX\"", body);
  REQUIRE_MESSAGE(parts, why(parts));
  REQUIRE(parts->size() == 1);
  CHECK(as_text((*parts)[0].data) == "1");
}

TEST_CASE("EmptyPartsAndEmptyFormsAreFine") {
  auto parts = parse_multipart(kType, "--XX--");
  REQUIRE(parts);
  CHECK(parts->empty());
  const std::string body = cat(part("Content-Disposition: form-data; name=a", ""), "--XX--");
  parts = parse_multipart(kType, body);
  REQUIRE(parts);
  CHECK((*parts)[0].data.empty());
}

TEST_CASE("BrokenMultipartBodiesAreRefusedWithTheReason") {
  const std::string good = part("Content-Disposition: form-data; name=a", "1");
  const auto refused = [](std::string_view type, const std::string& body, std::string_view reason) {
    const auto parts = parse_multipart(type, body);
    CAPTURE(why(parts));
    return !parts && parts.error().kind == ErrorKind::invalid && parts.error().what.contains(reason);
  };
  CHECK(refused("application/json", good, "application/json"));
  CHECK(refused("multipart/form-data", good, "boundary"));
  CHECK(refused("multipart/form-data; boundary=", good, "boundary"));
  CHECK(refused(cat("multipart/form-data; boundary=", std::string(71, 'x')), good, "boundary"));
  CHECK(refused(kType, "", "does not occur"));
  CHECK(refused(kType, "--YY--", "does not occur"));
  CHECK(refused(kType, good, "closing"));
  CHECK(refused(kType, "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1", "closing"));
  CHECK(refused(kType, "--XX\r\nContent-Disposition: form-data; name=a", "does not end"));
  CHECK(refused(kType, "--XX\r\n\r\n1\r\n--XX--", "Content-Disposition"));
  CHECK(refused(kType, "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--", "name"));
  CHECK(refused(kType, "--XX\r\nnonsense\r\n\r\n1\r\n--XX--", "':'"));
  CHECK(refused(kType, "--XXa\r\n\r\n1\r\n--XX--", "line break"));
  CHECK(refused(kType, cat("--XX\r\nA: ", std::string(9000, 'x'), "\r\n\r\n1\r\n--XX--"), "does not end"));
}

TEST_CASE("SixtyFourPartsAreEnough") {
  std::string body;
  for (int i = 0; i < 64; ++i) body += part("Content-Disposition: form-data; name=a", "1");
  CHECK(parse_multipart(kType, body + "--XX--"));
  CHECK_FALSE(parse_multipart(kType, body + part("Content-Disposition: form-data; name=a", "1") + "--XX--"));
}
