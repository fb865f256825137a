#include "services/inspection/cameras/http_camera.h"

#include "base/text.h"
#include "platform/json/value.h"
#include "services/inspection/cameras/folder_camera.h"

namespace oree::inspection {
namespace {

Result<std::string> call(http::Client& client, std::string_view method, const http::Url& url,
                         std::string_view address, uint64_t max_bytes, milliseconds left) {
  if (left.count() <= 0) return fail(ErrorKind::timeout, cat(address, ": the deadline has passed"));
  auto answer = client.call(method, url, {}, "", {.deadline = left, .max_body_bytes = max_bytes});
  if (!answer) return forward(answer, address);
  if (answer->status != 200) {
    return fail(ErrorKind::unavailable,
                cat(address, " answered ", answer->status, ", expected 200 and a picture"));
  }
  return std::move(answer->body);
}

milliseconds left_until(MonoTime deadline, const Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(deadline - clock.mono());
}

Frame frame_of(std::string_view body, std::string source) {
  const ByteView bytes = as_bytes(body);
  return {std::make_shared<ByteBuffer>(bytes.begin(), bytes.end()), std::move(source), ""};
}

}  // namespace

Result<Frame> SnapshotCamera::capture(MonoTime deadline) {
  auto body = call(client_, "GET", url_, address_, max_bytes_, left_until(deadline, clock_));
  if (!body) return forward(body);
  return frame_of(*body, address_);
}

Result<Frame> VioCamera::capture(MonoTime deadline) {
  auto body = call(client_, "POST", url_, address_, 64 << 10, left_until(deadline, clock_));
  if (!body) return forward(body);
  const auto answer = json::parse(*body);
  const auto* uri = answer && answer->find("uri") != nullptr ? answer->find("uri")->text() : nullptr;
  if (uri == nullptr) {
    return fail(ErrorKind::unavailable,
                cat(address_, " answered without 'uri'; is it VIO's camera service?"));
  }
  if (uri->starts_with("file://")) {
    auto bytes = read_picture(uri->substr(7), max_bytes_);
    if (!bytes) return forward(bytes);
    return Frame{std::move(*bytes), *uri, ""};
  }
  const auto url = http::parse_url(*uri);
  if (!url) return forward(url);
  auto picture = call(client_, "GET", *url, *uri, max_bytes_, left_until(deadline, clock_));
  if (!picture) return forward(picture);
  return frame_of(*picture, *uri);
}

}  // namespace oree::inspection
