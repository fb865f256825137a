// The words of `oree model` that are about packages.
#include "app/model/package_words.h"

#include <memory>

#include "app/model/package_options.h"

namespace oree::app {
namespace {

using Run = std::function<int()>;

CLI::App* word(CLI::App& model, const std::string& name, const std::string& what,
               const std::string& example) {
  auto* sub = model.add_subcommand(name, what);
  sub->footer("Example:\n  oree model " + example);
  return sub;
}

template <class Options>
void runs(CLI::App* sub, const std::shared_ptr<Options>& options, int (*what)(const Options&), Run& run) {
  sub->callback([options, what, &run] { run = [options, what] { return what(*options); }; });
}

void add_pack(CLI::App& model, Run& run) {
  auto options = std::make_shared<PackOptions>();
  auto* sub = word(model, "pack",
                   "Makes a package of a model: its files listed, where it comes from, how it was certified.",
                   "pack models/ducks/2 --network out/ducks.vnni.onnx --certificate "
                   "out/ducks.vnni.certificate.json --out models/ducks/3");
  sub->add_option("folder", options->folder, "The model's folder, <name>/<version>")->required();
  sub->add_option("--out", options->out,
                  "The package's folder, <name>/<version>; the model's own when absent")
      ->check([](const std::string& text) { return text.empty() ? "must name a folder" : std::string(); });
  sub->add_option("--network", options->network, "A network to pack in place of the folder's");
  sub->add_option("--certificate", options->certificate, "What 'oree optimise' certified of the network");
  sub->add_option("--golden", options->golden, "A folder of inputs that a station tests itself with");
  sub->add_option("--source", options->source,
                  "The float network it was made from, when nothing certifies it");
  sub->add_flag("--json", options->json, "As JSON");
  runs(sub, options, run_pack, run);
}

void add_sign(CLI::App& model, Run& run) {
  auto options = std::make_shared<SignOptions>();
  auto* sub = word(model, "sign", "Signs a package (OpenSSF Model Signing v1.0).",
                   "sign models/ducks/3 --key release.key");
  sub->add_option("folder", options->folder,
                  "The package, any folder with a model, or a model that is one file")
      ->required();
  sub->add_option("--key", options->key, "The private key, PEM, on P-256, P-384 or P-521")->required();
  sub->add_option("--signature", options->signature,
                  "The file to write; signature.json in the folder, or FILE.sig, when absent");
  sub->add_option("--chain", options->chain, "The key's certificate, then who vouches for it, PEM");
  sub->add_option("--method", options->method, "A digest for each file, or for each shard of a file")
      ->check(CLI::IsMember({"files", "shards"}));
  sub->add_option("--hash", options->hash, "The digest")->check(CLI::IsMember({"sha256", "blake2b"}));
  sub->add_option("--shard-size", options->shard_size, "Bytes of a shard")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
  sub->add_option("--ignore", options->ignore, "A path in the folder to leave unsigned; may be repeated");
  sub->add_flag("--allow-symlinks", options->allow_symlinks, "Sign what links to files show");
  runs(sub, options, run_sign, run);
}

void add_verify(CLI::App& model, Run& run) {
  auto options = std::make_shared<VerifyOptions>();
  auto* sub =
      word(model, "verify", "Checks that a folder is what somebody trusted has signed. No network is asked.",
           "verify models/ducks/3 --trust release.pub");
  sub->add_option("folder", options->folder, "The package, folder or file")->required();
  sub->add_option("--trust", options->trust,
                  "Whom to believe: PEM of public keys or certificates; may be repeated")
      ->required();
  sub->add_option("--signature", options->signature,
                  "The signature; signature.json in the folder, or FILE.sig, when absent");
  sub->add_option("--ignore", options->ignore, "A path that may be there unsigned; may be repeated");
  sub->add_flag("--allow-unsigned", options->allow_unsigned, "Files that nobody signed may be there");
  sub->add_flag("--json", options->json, "As JSON");
  runs(sub, options, run_verify_model, run);
}

void add_keygen(CLI::App& model, Run& run) {
  auto options = std::make_shared<KeyOptions>();
  auto* sub = word(model, "keygen", "Makes a key that signs (and FILE.pub beside it), or one that seals.",
                   "keygen signing release.key");
  sub->add_option("kind", options->kind, "What it is for")
      ->required()
      ->check(CLI::IsMember({"signing", "sealing"}));
  sub->add_option("file", options->file, "The file to write; must not exist")->required();
  sub->add_option("--curve", options->curve, "Of a key that signs")
      ->check(CLI::IsMember({"P-256", "P-384", "P-521"}));
  runs(sub, options, run_keygen, run);
}

void add_sealing(CLI::App& model, Run& run) {
  auto options = std::make_shared<EncryptOptions>();
  auto* sub = word(model, "encrypt",
                   "Seals a package's network for the stations that hold a key. Sign it afterwards.",
                   "encrypt models/ducks/3 --key line1.key --out sealed/ducks/3");
  sub->add_option("folder", options->folder, "The package")->required();
  sub->add_option("--out", options->out, "The folder for the sealed package")->required();
  sub->add_option("--key", options->keys, "Who may open it: key files; may be repeated")->required();
  sub->add_option("--segment", options->segment_kib, "KiB of a segment: 64, 128, 256, 512 or 1024")
      ->check(CLI::IsMember({64, 128, 256, 512, 1024}));
  runs(sub, options, run_encrypt, run);

  auto back = std::make_shared<EncryptOptions>();
  auto* open = word(model, "decrypt", "Makes a plain package of a sealed one.",
                    "decrypt sealed/ducks/3 --key line1.key --out models/ducks/3");
  open->add_option("folder", back->folder, "The sealed package")->required();
  open->add_option("--out", back->out, "The folder for the plain package")->required();
  open->add_option("--key", back->keys, "A key that opens it")->required();
  runs(open, back, run_decrypt, run);

  auto wrap = std::make_shared<RewrapOptions>();
  auto* more =
      word(model, "rewrap", "Lets another key open a sealed network; the network itself is not touched.",
           "rewrap sealed/ducks/3/model.onnx.sealed --key line1.key --for line2.key");
  more->add_option("file", wrap->file, "The sealed network")->required();
  more->add_option("--key", wrap->key, "A key that opens it now")->required();
  more->add_option("--for", wrap->for_key, "The key that shall open it")->required();
  more->add_flag("--instead", wrap->instead, "And no other any more");
  runs(more, wrap, run_rewrap, run);
}

void add_tpm(CLI::App& model, Run& run) {
  constexpr const char* kTcti = "The TPM to ask, as tpm2-tss writes it; this box's own when absent";
  constexpr const char* kPcrs = "What it depends on: numbers of PCRs, 0,2,7";
  auto seal = std::make_shared<TpmOptions>();
  auto* sub = word(model, "tpm-seal", "Gives a sealing key to this box's TPM to keep.",
                   "tpm-seal line1.key /etc/oree/models.key --pcr 7 --authority release.key.pub");
  sub->add_option("key", seal->key, "The key file, from the vault")->required();
  sub->add_option("file", seal->file, "The file that a station names as its model_key")->required();
  sub->add_option("--pcr", seal->pcrs, kPcrs);
  sub->add_option("--authority", seal->authority,
                  "Whose approval keeps it open after an update, public key, PEM");
  sub->add_option("--tcti", seal->tcti, kTcti);
  runs(sub, seal, run_tpm_seal, run);

  auto policy = std::make_shared<TpmOptions>();
  auto* state = word(model, "tpm-policy", "Names the state of firmware that this box is in, for an approval.",
                     "tpm-policy --pcr 7");
  state->add_option("--pcr", policy->pcrs, kPcrs);
  state->add_option("--tcti", policy->tcti, kTcti);
  runs(state, policy, run_tpm_policy, run);

  auto approve = std::make_shared<TpmOptions>();
  auto* say =
      word(model, "tpm-approve", "Approves a state of firmware, so that a key opens in it. Needs no TPM.",
           "tpm-approve models.key --key release.key --policy 3fd1…");
  say->add_option("file", approve->file, "The file of the key that a TPM keeps")->required();
  say->add_option("--key", approve->key, "The authority's private key, PEM")->required();
  say->add_option("--policy", approve->policy, "What 'oree model tpm-policy' says")->required();
  runs(say, approve, run_tpm_approve, run);

  auto counter = std::make_shared<TpmOptions>();
  auto* floor = word(model, "tpm-counter",
                     "Prepares a counter in this box's TPM, below which a station believes no disk.",
                     "tpm-counter 0x01800010");
  floor->add_option("index", counter->index, "Of NV memory, from 0x01800000 to 0x01BFFFFF")->required();
  floor->add_option("--tcti", counter->tcti, kTcti);
  runs(floor, counter, run_tpm_counter, run);
}

void add_push(CLI::App& model, Run& run) {
  auto push = std::make_shared<RegistryWords>();
  auto* sub =
      word(model, "push", "Puts a package into a registry (OCI), its signature and certificate beside it.",
           "push models/ducks/3 registry.example/plant/ducks:3");
  sub->add_option("folder", push->folder, "The package")->required();
  sub->add_option("reference", push->reference, "registry/name:tag")->required();
  sub->add_option("--from", push->from, "A repository of the registry that holds some of it already");
  sub->add_option("--credentials", push->credentials, "A file with user:password");
  sub->add_option("--ca", push->ca, "PEM: whom to trust over TLS, instead of whom the system trusts");
  sub->add_flag("--json", push->json, "As JSON");
  runs(sub, push, run_push, run);

  auto pull = std::make_shared<RegistryWords>();
  auto* back = word(model, "pull", "Gets a package from a registry; goes on where an earlier try ended.",
                    "pull registry.example/plant/ducks:3 models/ducks/3 --trust release.pub");
  back->add_option("reference", pull->reference, "registry/name:tag, or registry/name@sha256:…")->required();
  back->add_option("folder", pull->folder, "The package's folder, <name>/<version>; new or empty")
      ->required();
  back->add_option("--trust", pull->trust, "Take it only as these have signed it: PEM; may be repeated");
  back->add_option("--credentials", pull->credentials, "A file with user:password");
  back->add_option("--ca", pull->ca, "PEM: whom to trust over TLS, instead of whom the system trusts");
  back->add_flag("--json", pull->json, "As JSON");
  runs(back, pull, run_pull, run);
}

void add_history(CLI::App& model, Run& run) {
  auto options = std::make_shared<HistoryOptions>();
  auto* sub =
      word(model, "history",
           "What happened to a package, in a folder or a registry: packed, signed by whom, pushed where.",
           "history models/ducks/3 --trust release.pub");
  sub->add_option("package", options->folder, "The package's folder, or registry/name:tag")->required();
  sub->add_option("--credentials", options->credentials, "Of a registry: a file with user:password");
  sub->add_option("--ca", options->ca, "Of a registry: whom to trust over TLS, PEM");
  sub->add_option("--trust", options->trust, "Whose signatures count: PEM; may be repeated");
  sub->add_flag("--json", options->json, "As JSON");
  runs(sub, options, run_history, run);
}

}  // namespace

void add_package_words(CLI::App& model, Run& run) {
  add_pack(model, run);
  add_sign(model, run);
  add_verify(model, run);
  add_keygen(model, run);
  add_sealing(model, run);
  add_tpm(model, run);
  add_push(model, run);
  add_history(model, run);
}

}  // namespace oree::app
