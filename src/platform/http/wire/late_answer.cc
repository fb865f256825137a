#include "platform/http/wire/late_answer.h"

#include "platform/http/wire/writer.h"

namespace oree::http {

LateAnswer::LateAnswer(std::function<void(Response)> deliver) : deliver_(std::move(deliver)) {}

LateAnswer::~LateAnswer() {
  if (deliver_) deliver_(error_response(503, "nobody answered; try again"));
}

void LateAnswer::answer(Response response) {
  const std::lock_guard lock(mutex_);
  if (!deliver_) return;
  deliver_(std::move(response));
  deliver_ = nullptr;
}

bool LateAnswer::open() const {
  const std::lock_guard lock(mutex_);
  return static_cast<bool>(deliver_);
}

void LateAnswer::close() {
  const std::lock_guard lock(mutex_);
  deliver_ = nullptr;
}

void LateAnswer::keep(std::shared_ptr<const void> request) {
  const std::lock_guard lock(mutex_);
  kept_ = std::move(request);
}

}  // namespace oree::http
