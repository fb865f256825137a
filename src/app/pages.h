// The pages of one node, out of those that are built into the program.
#pragma once

#include <functional>
#include <string>

#include "platform/http/router.h"

namespace oree::app {

// Serves the embedded folder at /{folder}/ with the assets that all pages share. "/" leads to it, but for
// programs that ask for no HTML when `greeting` has something to tell them.
void mount_pages(http::Router& router, const std::string& folder,
                 std::function<http::Response()> greeting = {});

}  // namespace oree::app
