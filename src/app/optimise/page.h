// The Optimise page, served on loopback while a command works.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "nodes/workshop/show.h"
#include "platform/http/server.h"

namespace oree::app {

class OptimisePage {
 public:
  // `show` and `log` outlive the page. Without a port: 8000, or the next free one. block_signals() first.
  static Result<std::unique_ptr<OptimisePage>> open(workshop::Show& show, std::optional<uint16_t> port,
                                                    Log& log);
  std::string address() const;
  void stay();  // until a signal comes

 private:
  OptimisePage() = default;

  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

// "AMD EPYC (vnni)": what a certificate and a search are valid for.
std::string this_machine_text();

}  // namespace oree::app
