// What the words of `oree model pack|sign|verify|keygen|encrypt|decrypt|rewrap|push|pull|history` ask for,
// and who does it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace oree::app {

using Path = std::filesystem::path;

struct PackOptions {
  Path folder, out, network, certificate, golden, source;
  bool json = false;
};
int run_pack(const PackOptions& options);

struct SignOptions {
  Path folder, key, signature, chain;  // chain: the key's certificate first
  std::string method = "files", hash = "sha256";
  uint64_t shard_size = 1'000'000'000;
  std::vector<std::string> ignore;  // paths below the folder
  bool allow_symlinks = false;
};
int run_sign(const SignOptions& options);

struct VerifyOptions {
  Path folder, signature;
  std::vector<Path> trust;  // PEM: keys, certificates
  std::vector<std::string> ignore;
  bool allow_unsigned = false;
  bool json = false;
};
int run_verify_model(const VerifyOptions& options);

struct KeyOptions {
  std::string kind;  // signing, sealing
  Path file;
  std::string curve = "P-256";
};
int run_keygen(const KeyOptions& options);

struct EncryptOptions {
  Path folder, out;
  std::vector<Path> keys;
  uint32_t segment_kib = 1024;
};
int run_encrypt(const EncryptOptions& options);
int run_decrypt(const EncryptOptions& options);

struct RewrapOptions {
  Path file, key, for_key;
  bool instead = false;
};
int run_rewrap(const RewrapOptions& options);

struct TpmOptions {
  Path file;       // of the key that the TPM keeps
  Path key;        // seal: the key file; approve: the authority's private key
  Path authority;  // seal: its public key; "" = for this state only
  std::string pcrs = "7", tcti, policy, index;
};
int run_tpm_seal(const TpmOptions& options);
int run_tpm_policy(const TpmOptions& options);
int run_tpm_approve(const TpmOptions& options);
int run_tpm_counter(const TpmOptions& options);

struct RegistryWords {
  Path folder;
  std::string reference;    // registry/name:tag
  Path credentials;         // user:password; "" = nobody in particular
  Path ca;                  // whom to trust over TLS
  std::string from;         // push: a repository of the registry that may hold the layers
  std::vector<Path> trust;  // pull: whose signature it must bear
  bool json = false;
};
int run_push(const RegistryWords& options);
int run_pull(const RegistryWords& options);

struct HistoryOptions {
  Path folder;           // or registry/name:tag
  Path credentials, ca;  // of the registry
  std::vector<Path> trust;
  bool json = false;
};
int run_history(const HistoryOptions& options);
int run_remote_history(const HistoryOptions& options);  // of what lies in a registry

}  // namespace oree::app
