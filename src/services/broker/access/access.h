// Who may come in and what they may say and hear. The engine asks; the answers come from settings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "platform/mqtt/reason.h"

namespace oree::broker {

struct Peer {
  std::string address;
  bool loopback = false;
  std::string certificate_name;  // CN of a verified client certificate, or ""
};

struct Login {
  uint64_t connection = 0;  // to answer later
  std::string client_id;
  std::optional<std::string> user;
  ByteBuffer password;
  Peer peer;
};

enum class LoginAnswer { allowed, denied, later };

// Who is asking; borrowed for the call.
struct Who {
  std::string_view client_id;
  std::string_view user;
};

class Access {
 public:
  virtual ~Access() = default;
  // `later`: whoever owns the engine tells it by login_done(). The user's name is the certificate's when
  // there is no other.
  virtual LoginAnswer login(const Login& login) = 0;
  virtual bool may_publish(const Who& who, std::string_view topic) const = 0;
  virtual bool may_subscribe(const Who& who, std::string_view filter) const = 0;
  // Whether a topic may be delivered although the subscription was granted; asked only if filters_reads().
  virtual bool may_read(const Who& who, std::string_view topic) const = 0;
  virtual bool filters_reads() const = 0;
};

}  // namespace oree::broker
