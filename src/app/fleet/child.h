// This very program as another process, for demos: started with words, read line by line, ended with its
// owner.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace oree::app {

class Child {
 public:
  // Its output goes to `log`; it is asked to stop when the owner ends, however that happens.
  static Result<std::unique_ptr<Child>> start(const std::vector<std::string>& words, const std::string& log);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // What follows `mark` on the first line that holds it; `unavailable` with the end of its output when it
  // ends, `timeout` when it does not say so in time.
  Result<std::string> wait_for(std::string_view mark, milliseconds longest);

 private:
  Child(pid_t process, std::string log) : process_(process), log_(std::move(log)) {}
  bool ended();
  pid_t process_;
  std::string log_;
};

}  // namespace oree::app
