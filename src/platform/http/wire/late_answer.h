// The LaterAnswer a handler holds: hands the answer to the connection that waits for it. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "platform/http/message.h"

namespace oree::http {

class LateAnswer final : public LaterAnswer {
 public:
  // `deliver` is called at most once, under a lock of this object; never after close().
  explicit LateAnswer(std::function<void(Response)> deliver);
  ~LateAnswer() override;

  void answer(Response response) override;
  bool open() const override;
  void close();  // the client has gone
  // Goes when this goes: whoever answers may still read the request.
  void keep(std::shared_ptr<const void> request);

 private:
  mutable std::mutex mutex_;
  std::function<void(Response)> deliver_;
  std::shared_ptr<const void> kept_;
};

}  // namespace oree::http
