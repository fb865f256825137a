#include "platform/mqtt/quiet_socket.h"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <cerrno>

namespace oree::mqtt {
namespace {

int socket_of(BIO* bio) {
  int socket = -1;
  BIO_get_fd(bio, &socket);
  return socket;
}

int write(BIO* bio, const char* bytes, size_t size, size_t* written) {
  errno = 0;
  const ssize_t done = ::send(socket_of(bio), bytes, size, MSG_NOSIGNAL);
  BIO_clear_retry_flags(bio);
  if (done < 0 && BIO_sock_should_retry(-1) != 0) BIO_set_retry_write(bio);
  *written = done > 0 ? static_cast<size_t>(done) : 0;
  return done > 0 ? 1 : static_cast<int>(done);
}

// OpenSSL's own, but for the writing. Made once and kept for the program's life.
BIO_METHOD* make_method() {
  const BIO_METHOD* const own = BIO_s_socket();
  BIO_METHOD* const method =
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write_ex(method, write);
  BIO_meth_set_read(method, BIO_meth_get_read(own));
  BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(own));
  BIO_meth_set_create(method, BIO_meth_get_create(own));
  BIO_meth_set_destroy(method, BIO_meth_get_destroy(own));
  return method;
}

}  // namespace

void* quiet_socket(int socket) {
  static BIO_METHOD* const method = make_method();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio != nullptr) BIO_set_fd(bio, socket, BIO_NOCLOSE);
  return bio;
}

}  // namespace oree::mqtt
