// The Open Inference Protocol, version 2, over REST, with Triton's extensions: binary tensors, shared memory,
// classification, model repository, configuration, statistics, trace and logging settings, generate.
//
//   oip::Oip oip(service, {.name = "oree", .version = "0.8.0"});
//   oip.mount(router);
//
// Error bodies are {"error": sentence}. Which route does what: the table in oip.cc, and /openapi.json.
// Thread-safe. The service must outlive it, and it the server whose router it was mounted on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/inference/service/service.h"
#include "platform/http/router.h"
#include "services/oip/infer.h"
#include "services/oip/log_switch.h"
#include "services/oip/trace.h"

namespace oree::oip {

struct OipOptions {
  std::string name;
  std::string version;
  RegionsFor regions = RegionsFor::this_machine;
  TraceSink trace = {};      // none: nothing can be traced
  LogSwitch* log = nullptr;  // none: the log cannot be switched; must outlive the server
};

class Oip {
 public:
  Oip(inference::Service& service, OipOptions options);
  ~Oip();

  void mount(http::Router& router);
  // Shared with the protocol's other face.
  SharedMemory& shared_memory();
  Trace& trace();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// What this dialect answers where no route does, for http::ServerOptions::error_page; nullopt for paths that
// are not its own.
std::optional<http::Response> error_page(int status, std::string_view what, const http::Request& request);

}  // namespace oree::oip
