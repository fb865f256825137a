#include "services/inspection/cameras/http_camera.h"

#include "base/text.h"
#include "platform/json/value.h"
#include "services/inspection/cameras/folder_camera.h"

namespace oree::inspection {
namespace {

constexpr uint64_t kMaxAnswerBytes = 64 << 10;

Frame frame_of(std::string_view body, std::string source) {
  const ByteView bytes = as_bytes(body);
  return {std::make_shared<ByteBuffer>(bytes.begin(), bytes.end()), std::move(source), ""};
}

}  // namespace

Result<std::string> HttpCamera::call(std::string_view method, const http::Url& url, std::string_view address,
                                     uint64_t max_bytes, MonoTime deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.mono());
  if (left.count() <= 0) return fail(ErrorKind::timeout, cat(address, ": the deadline has passed"));
  auto answer = client_.call(method, url, {}, "", {.deadline = left, .max_body_bytes = max_bytes});
  if (!answer) return forward(answer, address);
  if (answer->status != 200) {
    return fail(ErrorKind::unavailable,
                cat(address, " answered ", answer->status, ", expected 200 and a picture"));
  }
  return std::move(answer->body);
}

Result<Frame> HttpCamera::capture(MonoTime deadline) {
  const bool snapshot = kind_ == Kind::snapshot;
  auto body =
      call(snapshot ? "GET" : "POST", url_, address_, snapshot ? max_bytes_ : kMaxAnswerBytes, deadline);
  if (!body) return forward(body);
  if (snapshot) return frame_of(*body, address_);
  const auto answer = json::parse(*body);
  const auto* uri = answer && answer->find("uri") != nullptr ? answer->find("uri")->text() : nullptr;
  if (uri == nullptr) {
    return fail(ErrorKind::unavailable,
                cat(address_, " answered without 'uri'; is it VIO's camera service?"));
  }
  return follow(*uri, deadline);
}

Result<Frame> HttpCamera::follow(const std::string& uri, MonoTime deadline) {
  if (uri.starts_with("file://")) {
    // The answer comes from outside: it may name a picture, not any file of this machine.
    if (!is_picture_name(uri.substr(7))) return fail(ErrorKind::denied, cat(uri, " is no .jpg or .png"));
    auto bytes = read_picture(uri.substr(7), max_bytes_);
    if (!bytes) return forward(bytes);
    return Frame{std::move(*bytes), uri, ""};
  }
  const auto url = http::parse_url(uri);
  if (!url) return forward(url);
  auto picture = call("GET", *url, uri, max_bytes_, deadline);
  if (!picture) return forward(picture);
  return frame_of(*picture, uri);
}

}  // namespace oree::inspection
