// The page, held in the program: one file, so that it shows wherever the authority runs.
#include "nodes/authority/api.h"

__asm__(
    ".section .rodata\n.global oree_authority_page\n.global oree_authority_page_end\noree_authority_page:\n"
    ".incbin \"" OREE_AUTHORITY_PAGE "\"\noree_authority_page_end:\n.byte 0\n.previous\n");
extern "C" const char oree_authority_page[];
extern "C" const char oree_authority_page_end[];

namespace oree::authority {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src "
    "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

void mount_page(http::Router& router) {
  router.add({"GET", "/", "page", "The page for people.",
              [](const http::Request&) {
                http::Response response;
                response.with("Content-Type", "text/html; charset=utf-8");
                response.with("Cache-Control", "no-cache");
                response.with("Content-Security-Policy", kPolicy);
                response.with("X-Content-Type-Options", "nosniff");
                response.with("Referrer-Policy", "no-referrer");
                response.borrowed = as_bytes({oree_authority_page, oree_authority_page_end});
                return response;
              },
              true});
}

}  // namespace oree::authority
