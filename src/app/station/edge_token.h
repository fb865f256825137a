// oree edge token: who may ask a station that has 'access'.
#pragma once

#include <filesystem>
#include <string>

namespace oree::app {

struct EdgeTokenOptions {
  std::filesystem::path data;
  std::string name;
  std::string role = "operator";
};
int run_edge_token_add(const EdgeTokenOptions& options);
int run_edge_token_remove(const EdgeTokenOptions& options);
int run_edge_token_list(const EdgeTokenOptions& options);

}  // namespace oree::app
