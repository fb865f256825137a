// A router's own table as an OpenAPI document, so that it cannot lie about what is served.
#pragma once

#include <string>
#include <string_view>

#include "platform/http/router.h"

namespace oree::dialects {

// Routes without a tag are left out. https://spec.openapis.org/oas/v3.1.0
std::string openapi_document(const http::Router& router, std::string_view title, std::string_view version);

// GET /openapi.json, of what is mounted by now and itself.
void mount_openapi(http::Router& router, std::string_view tag, std::string_view title,
                   std::string_view version);

}  // namespace oree::dialects
