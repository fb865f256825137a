// The hub's pages, which are embedded beside the station's.
#pragma once

#include "platform/http/router.h"

namespace oree::app {

void mount_hub_pages(http::Router& router);

}  // namespace oree::app
