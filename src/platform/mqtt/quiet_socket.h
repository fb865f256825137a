// OpenSSL's own socket BIO writes with write(2), so that a peer who has gone raises SIGPIPE and ends a
// program that does not ignore it. This one says MSG_NOSIGNAL: the error is enough.
#pragma once

namespace oree::mqtt {

// A BIO* over a non-blocking socket, which stays the caller's; owned by whoever it is given to (SSL_set_bio).
// nullptr without memory.
void* quiet_socket(int socket);

}  // namespace oree::mqtt
