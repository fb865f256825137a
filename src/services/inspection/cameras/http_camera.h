// Cameras that answer over HTTP: a snapshot address, or VIO's camera service.
#pragma once

#include "platform/http/client.h"
#include "services/inspection/cameras/camera.h"

namespace oree::inspection {

class HttpCamera final : public Camera {
 public:
  enum class Kind {
    snapshot,     // GET address → the picture
    vio_capture,  // POST address → {"uri": "file:///…" or "http://…"}, then the picture at that uri
  };
  HttpCamera(Kind kind, http::Url url, std::string address, uint64_t max_bytes, const Clock& clock)
      : kind_(kind),
        url_(std::move(url)),
        address_(std::move(address)),
        max_bytes_(max_bytes),
        clock_(clock) {}
  Result<Frame> capture(MonoTime deadline) override;

 private:
  Result<Frame> follow(const std::string& uri, MonoTime deadline);
  Result<std::string> call(std::string_view method, const http::Url& url, std::string_view address,
                           uint64_t max_bytes, MonoTime deadline);

  Kind kind_;
  http::Client client_;
  http::Url url_;
  std::string address_;
  uint64_t max_bytes_;
  const Clock& clock_;
};

}  // namespace oree::inspection
