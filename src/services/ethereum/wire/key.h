// A secp256k1 key that signs transactions, its address, and the file it lies in.
//
// Signatures are deterministic (RFC 6979) and have the low s that EIP-2 asks for: the same transaction signed
// twice is the same bytes, which is what lets a sender that was killed send again without harm. The file is
// one line of hex, readable by its owner alone. Keys are values; thread-safe. Over libsecp256k1.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "services/ethereum/wire/word.h"

namespace oree::ethereum {

struct Signature {
  Word r{}, s{};
  unsigned recovery = 0;  // 0 or 1: which of the two points
};

class Key {
 public:
  static Key generate();
  // `invalid` for zero and for what is not below the group's order.
  static Result<Key> from_secret(const Word& secret);
  // `not_found`; `denied` when others may read the file; `invalid` when it holds no key.
  static Result<Key> load(const std::filesystem::path& path);
  // A new file with mode 0600, durable. `conflict` when there is one: a key is never overwritten.
  Status save(const std::filesystem::path& path) const;

  const Address& address() const { return address_; }
  Signature sign(const Word& hash) const;

 private:
  Key(const Word& secret, const Address& address) : secret_(secret), address_(address) {}
  Word secret_;
  Address address_;
};

// Who signed. `invalid` for a signature that is none.
Result<Address> recover(const Word& hash, const Signature& signature);

}  // namespace oree::ethereum
