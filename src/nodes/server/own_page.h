// Pages of other sites, open in a browser on this machine, may not load and unload models here.
#pragma once

#include "platform/http/router.h"

namespace oree::server {

// The same routes; those that may change something (POST, but for inference in its fast form, which changes
// nothing) answer 403 when a browser names another page as the origin. Programs name none.
http::Router for_own_pages(const http::Router& router);

}  // namespace oree::server
