// The LaterAnswer a handler holds: hands the answer to the connection that waits for it. Thread-safe.
#pragma once

#include <functional>
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

 private:
  mutable std::mutex mutex_;
  std::function<void(Response)> deliver_;
};

}  // namespace oree::http
