// Known faults of networks and of the tools that make them: signs, cause, repair. A table; pure.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace oree::diagnosis {

struct Fault {
  std::string_view id;                      // "saturation": stable, for scripts
  std::string_view title;                   // what people see
  std::array<std::string_view, 4> signs;    // parts of messages, lower case; "" none
  std::string_view cause, repair, command;  // command: what to type; may be ""
};
std::span<const Fault> faults();
// nullptr when there is none of that id.
const Fault* find_fault(std::string_view id);
// Whose signs stand in the text, in the order of the table, each once.
std::vector<const Fault*> faults_in(std::string_view text);

// What four families of tools advise for a problem in production, and what Orée does about it.
struct Remedy {
  std::string_view problem, llama_cpp, olive, openvino, mlx, oree;
};
std::span<const Remedy> remedies();

}  // namespace oree::diagnosis
