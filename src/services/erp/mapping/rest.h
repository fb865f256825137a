// Orders of any ERP that speaks JSON over HTTP, by its mapping file (mapping.h).
//
// place() looks first whether the order is there, then makes it, and looks once more when the ERP says that
// it exists. An answer that says "done" and cannot be read is `unavailable`: the next try finds what was
// made. Exactly once therefore rests on the mapping's `lookup` (the ERP shows an order as soon as it has made
// it) or on the ERP's own idempotency header.
#pragma once

#include <atomic>

#include "platform/http/client.h"
#include "services/erp/erp.h"
#include "services/erp/mapping/mapping.h"

namespace oree::erp {

struct RestSettings {
  Mapping mapping;
  std::filesystem::path ca_file;  // "" = whom the system trusts
  milliseconds deadline{20'000};  // of one request
};

class Rest final : public Adapter {
 public:
  // The clock must outlive this.
  Rest(RestSettings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {}

  std::string_view system() const override { return settings_.mapping.system; }
  Result<Placed> place(const WorkOrder& order) override;
  // `unsupported` when the mapping does not say how.
  Result<State> state(std::string_view number) override;
  Status close(std::string_view number) override;
  Status cancel(std::string_view number) override;
  milliseconds pause() const override { return pause_.load(); }

 private:
  struct Answer {
    Verdict verdict = Verdict::done;
    json::Value body;
  };
  Result<json::Value> values(const WorkOrder* order, std::string_view number) const;
  Result<Answer> call(const RequestTemplate& request, const json::Value& values);
  Result<Answer> judge(const RequestTemplate& request, const http::Response& answer);
  Result<http::Response> send(const RequestTemplate& request, const json::Value& values);
  Result<std::optional<std::string>> look_up(const json::Value& values);
  Result<Placed> found(std::string number, bool created, const json::Value& values) const;
  Status end(const std::optional<RequestTemplate>& request, std::string_view number, std::string_view what);

  const RestSettings settings_;
  const Clock& clock_;
  http::Client client_;
  std::atomic<milliseconds> pause_{milliseconds(0)};
};

// What an answer holds at the pointer, as text: a number that is not empty, not false and no tree. Pure.
std::optional<std::string> number_at(const json::Value& body, std::string_view pointer);

}  // namespace oree::erp
