// oree: reads the words of the command line and hands them to a sub-command.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>

#include "app/certificate.h"
#include "app/commands.h"
#include "app/fleet/words.h"
#include "app/health/health.h"
#include "app/model/import.h"
#include "app/model/package_words.h"
#include "app/modules/modules.h"
#include "app/optimise/export.h"
#include "app/optimise/optimise.h"
#include "app/optimise/studies.h"
#include "app/serving/words.h"
#include "app/station/edge_token.h"
#include "app/terminal.h"
#include "app/tuf/tuf.h"
#include "base/text.h"
#include "services/detection/detector.h"
#include "services/modules/process/keeper.h"

namespace {

using namespace oree::app;

CLI::App* command(CLI::App& app, const std::string& name, const std::string& what,
                  const std::string& example) {
  auto* sub = app.add_subcommand(name, what);
  sub->footer("Example:\n  " + example);
  return sub;
}

// What the words ask for, once they have been read.
using Run = std::function<int()>;

void add_edge_token(CLI::App& edge, Run& run) {
  auto options = std::make_shared<EdgeTokenOptions>();
  auto* token = edge.add_subcommand("token", "Who may ask a station that has 'access': their tokens.");
  token->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, int (*act)(const EdgeTokenOptions&)) {
    auto* sub = token->add_subcommand(name, what);
    sub->add_option("--data", options->data, "The station's data folder")->required();
    sub->callback([options, act, &run] { run = [options, act] { return act(*options); }; });
    return sub;
  };
  auto* fresh = add("add", "Prints a person's token; the one before ends.", run_edge_token_add);
  fresh->add_option("name", options->name, "Who")->required();
  fresh->add_option("--role", options->role, "operator (reads, triggers), engineer (changes) or admin");
  add("remove", "Ends a person's token.", run_edge_token_remove)
      ->add_option("name", options->name, "Who")
      ->required();
  add("list", "Prints who has one.", run_edge_token_list);
}

void add_edge(CLI::App& app, Run& run) {
  auto options = std::make_shared<EdgeOptions>();
  auto* sub = command(app, "edge", "Runs a station.",
                      "oree edge --config examples/ducks/station.yaml --data /var/lib/oree");
  const auto* config = sub->add_option("--config", options->config, "The station file");
  const auto* data =
      sub->add_option("--data", options->data, "The folder that keeps items and configurations");
  sub->add_option("--listen", options->listen, "Address and port, instead of the file's");
  sub->add_flag("--verbose", options->verbose, "Log more");
  add_edge_token(*sub, run);
  sub->callback([sub, config, data, options, &run] {
    if (!sub->get_subcommands().empty()) return;
    for (const auto* one : {config, data})
      if (one->count() == 0) throw CLI::RequiredError(one->get_name());
    run = [options] { return run_edge(*options); };
  });
}

void add_demo(CLI::App& app, Run& run) {
  auto options = std::make_shared<DemoOptions>();
  auto* sub = command(app, "demo",
                      "Shows Orée at work: on parts, on robots that wear out, on a network that is "
                      "optimised, on a fleet; 'erp' is a "
                      "stand-in ERP to try.",
                      "oree demo robot --once");
  sub->add_option("story", options->story, "What to show")
      ->check(CLI::IsMember({"parts", "robot", "optimise", "fleet", "erp"}));
  sub->add_option("--ledger", options->ledger, "With robots: what approved orders are written into")
      ->check(CLI::IsMember({"embedded", "ethereum"}));
  sub->add_flag("--once", options->once, "Judge a fixed number of parts, print the summary and end");
  sub->add_flag("--json", options->json, "With --once: the summary as JSON");
  sub->add_option("--count", options->count, "With --once: how many parts")->check(CLI::Range(1, 100'000));
  sub->add_option("--port", options->port, "Port to listen on, instead of 8000 or the next free one");
  sub->add_option("--examples", options->examples, "The folder with the examples");
  sub->add_option("--data", options->data, "Keep what is decided in this folder");
  sub->callback([options, &run] {
    run = [options] {
      if (options->story == "erp") return run_erp_demo(*options);
      if (options->story == "optimise") return run_optimise_demo(*options);
      if (options->story == "fleet") return run_fleet_demo(*options);
      return options->story == "robot" ? run_robot_demo(*options) : run_demo(*options);
    };
  });
}

void add_inspect(CLI::App& app, Run& run) {
  auto options = std::make_shared<InspectOptions>();
  auto* sub = command(app, "inspect", "Judges pictures with a station's steps, and keeps nothing.",
                      "oree inspect --config examples/ducks/station.yaml part.jpg");
  sub->add_option("--config", options->config, "The station file")->required();
  sub->add_option("images", options->images,
                  "Pictures; with several cameras CAMERA=PICTURE, one part after another")
      ->required();
  sub->add_flag("--json", options->json, "Items as JSON, one a line");
  sub->callback([options, &run] { run = [options] { return run_inspect(*options); }; });
}

void add_predict(CLI::App& app, Run& run) {
  auto options = std::make_shared<PredictOptions>();
  auto* sub = command(app, "predict", "Asks one model about one picture.",
                      "oree predict examples/ducks/models/ducks/1 part.jpg");
  sub->add_option("model", options->model, "A model package, models/<name>/<version>")->required();
  sub->add_option("image", options->image, "A JPEG or PNG")->required();
  sub->add_option("--key", options->key, "The key that opens a sealed network");
  sub->add_option("--top", options->top, "How many labels to show")->check(CLI::Range(1, 10'000));
  sub->add_flag("--json", options->json, "The prediction as JSON");
  sub->callback([options, &run] { run = [options] { return run_predict(*options); }; });
}

void add_validate(CLI::App& app, Run& run) {
  auto options = std::make_shared<ValidateOptions>();
  auto* sub = command(app, "validate",
                      "Checks a station file, a model.yaml, a deployment manifest or a VIO configuration.",
                      "oree validate station.yaml");
  sub->add_option("file", options->file, "The file")->required();
  sub->add_flag("--json", options->json, "The mistakes as JSON");
  sub->callback([options, &run] { run = [options] { return run_validate(*options); }; });
}

void add_simulate(CLI::App& app, Run& run) {
  auto options = std::make_shared<SimulateOptions>();
  auto* sub = command(app, "simulate", "Robots that never existed, speaking MQTT.",
                      "oree simulate robot --robots 3 --speed 60 --wear 40");
  sub->add_option("what", options->what, "What to simulate")->required()->check(CLI::IsMember({"robot"}));
  sub->add_option("--broker", options->broker, "mqtt://[user:password@]host[:port]");
  sub->add_option("--robots", options->robots, "How many")->check(CLI::Range(1, 100'000));
  sub->add_option("--seed", options->seed, "The same seed gives the same readings");
  sub->add_option("--speed", options->speed, "Simulated seconds in each real one")
      ->check(CLI::Range(0.001, 1e6));
  sub->add_option("--minutes", options->minutes, "Simulated minutes; until stopped when absent");
  sub->add_option("--wear", options->wear, "Minutes after which the first robot's bit is worn out");
  sub->add_option("--fault", options->fault, "Of the first robot, after 20 minutes")
      ->check(CLI::IsMember({"cooling_loss", "bearing", "drift", "stuck", "drop_outs", "spikes"}));
  sub->add_option("--drop-outs", options->drop_outs, "Share of readings that are lost")
      ->check(CLI::Range(0.0, 1.0));
  sub->add_option("--spikes", options->spikes, "Share of readings that jump")->check(CLI::Range(0.0, 1.0));
  sub->callback([options, &run] { run = [options] { return run_simulate(*options); }; });
}

void add_sql(CLI::App& app, Run& run) {
  auto options = std::make_shared<SqlOptions>();
  auto* sub = command(app, "sql", "Asks a station's tables and series.",
                      "oree sql \"SELECT machine, max(value) FROM readings GROUP BY machine\"");
  sub->add_option("text", options->text, "SQL; read from standard input when absent");
  sub->add_option("--station", options->station,
                  "The address of a running station; it only answers questions");
  sub->add_option("--data", options->data,
                  "The data folder of a station that does not run; may change things");
  sub->add_option("--format", options->format, "How to print")
      ->check(CLI::IsMember({"table", "csv", "json"}));
  sub->add_option("--limit", options->limit, "Most rows")->check(CLI::Range(1, 100'000));
  sub->callback([options, &run] { run = [options] { return run_sql(*options); }; });
}

void add_detect(CLI::App& app, Run& run) {
  auto options = std::make_shared<DetectOptions>();
  options->detector = std::string(oree::detection::kDefaultDetector);
  std::vector<std::string> names;
  for (const auto& facts : oree::detection::detectors()) names.emplace_back(facts.name);
  auto* sub =
      command(app, "detect", "Finds what is unlike health in recorded series, or compares detectors on them.",
              "oree detect --compare valve1.csv");
  sub->add_option("series", options->series, "CSV files, or folders of them")->required();
  sub->add_flag("--compare", options->compare, "Every detector, scored against the labels of the series");
  sub->add_option("--detector", options->detector, "Which one to use without --compare")
      ->check(CLI::IsMember(names));
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_detect(*options); }; });
}

void add_model(CLI::App& app, Run& run) {
  auto options = std::make_shared<ModelOptions>();
  auto* sub =
      command(app, "model",
              "Looks into network files (.onnx, .tflite): shows, checks, assesses, converts them. Packs, "
              "signs and seals models.",
              "oree model assess net.onnx");
  sub->add_option("verb", options->verb, "What to do with network files")
      ->check(CLI::IsMember({"show", "check", "assess", "convert"}));
  sub->add_option("files", options->files, "Network files; of convert: the one to read and the one to write");
  sub->add_option("--opset", options->opset, "With convert: raise the operators to this version")
      ->check(CLI::Range(7, 28));
  sub->add_flag("--passes", options->passes, "With convert: clean up and fuse what computes the same");
  sub->add_option("--precision", options->precision, "With convert: what to make of the weights")
      ->check(CLI::IsMember({"float16", "dynamic-int8", "int4"}));
  sub->add_option("--prune", options->sparsity, "With convert: share of weights to make zero")
      ->check(CLI::Range(0.0, 1.0));
  sub->add_flag("--two-of-four", options->two_of_four,
                "With convert: of four neighbouring weights make two zero");
  sub->add_flag("!--no-measure", options->measure, "With assess: do not time it here");
  sub->add_flag("--json", options->json, "As JSON, one line for each file");
  add_package_words(*sub, run);
  sub->callback([sub, options, &run] {
    if (!sub->get_subcommands().empty()) return;
    if (options->verb.empty()) throw CLI::RequiredError("verb");
    if (options->files.empty()) throw CLI::RequiredError("files");
    run = [options] { return run_model(*options); };
  });
}

void add_order(CLI::App& app, Run& run) {
  auto options = std::make_shared<OrderOptions>();
  auto* sub = command(app, "order", "Maintenance orders: lists them, shows one, judges its evidence again.",
                      "oree order replay 019ab2c4-6f0e-7c3e-9b61-0d3f2a5e7c11");
  sub->add_option("verb", options->verb, "What to do")
      ->required()
      ->check(CLI::IsMember({"list", "show", "replay"}));
  sub->add_option("id", options->id, "The order, for show and replay");
  sub->add_option("--station", options->station, "The address of a running station");
  sub->add_option("--data", options->data, "The data folder of a station that does not run");
  sub->add_option("--models", options->models, "For replay: the folder of models too large to be sealed");
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_order(*options); }; });
}

void add_authority(CLI::App& app, Run& run) {
  auto options = std::make_shared<AuthorityOptions>();
  auto key = std::make_shared<std::filesystem::path>();
  auto* sub =
      command(app, "authority", "Runs one of those who approve orders; 'authority key' prints its key.",
              "oree authority --config examples/authorities/safety.yaml --data /var/lib/oree-authority");
  sub->add_option("--config", options->config, "The rules file");
  sub->add_option("--data", options->data, "The folder that keeps its key and its decisions");
  sub->add_option("--address", options->address, "Address to listen on, instead of the file's");
  sub->add_option("--port", options->port, "Port to listen on, instead of the file's");
  sub->add_flag("--verbose", options->verbose, "Log more");
  auto* print = sub->add_subcommand("key", "Prints the public key of a key file, which is made when absent.");
  print->add_option("file", *key, "The key file")->required();
  sub->callback([sub, print, options, key, &run] {
    if (print->parsed()) {
      run = [key] { return run_authority_key(*key); };
      return;
    }
    if (options->config.empty()) throw CLI::RequiredError("--config");
    if (options->data.empty()) throw CLI::RequiredError("--data");
    run = [options] { return run_authority(*options); };
  });
}

void add_ledger(CLI::App& app, Run& run) {
  auto options = std::make_shared<LedgerOptions>();
  auto* sub = command(app, "ledger", "Checks a proof without network, or a log's folder.",
                      "oree ledger verify order.proof --policy policy.txt");
  sub->add_option("verb", options->verb, "What to do")->required()->check(CLI::IsMember({"verify", "show"}));
  sub->add_option("target", options->target, "The proof, or the folder of the log")->required();
  sub->add_option("--key", options->key, "The log's verifier key, name+keyid+base64");
  sub->add_option("--witness", options->witnesses, "A witness's verifier key; may be repeated");
  sub->add_option("--quorum", options->quorum, "How many must have cosigned; all when absent");
  sub->add_option("--policy", options->policy, "A policy file instead of keys");
  sub->add_option("--limit", options->limit, "With show: how many of the newest entries")
      ->check(CLI::Range(0, 10'000));
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_ledger(*options); }; });
}

void add_chain(CLI::App& app, Run& run) {
  auto options = std::make_shared<ChainOptions>();
  auto* sub =
      command(app, "chain", "The contract of orders on an Ethereum chain, and keys for it.",
              "oree chain deploy --rpc http://127.0.0.1:8545 --key station.key --authority 0x… --quorum 2");
  sub->add_option("verb", options->verb, "What to do")->required()->check(CLI::IsMember({"key", "deploy"}));
  sub->add_option("--key", options->key, "The key file; 'chain key' makes it when absent")->required();
  sub->add_option("--rpc", options->rpc, "The node");
  sub->add_option("--authority", options->authorities, "An authority's address; may be repeated");
  sub->add_option("--quorum", options->quorum, "How many must approve");
  sub->callback([options, &run] { run = [options] { return run_chain(*options); }; });
}

void add_certificate(CLI::App& app, Run& run) {
  auto options = std::make_shared<CertificateOptions>();
  auto* sub =
      command(app, "certificate", "A site's own authority, and certificates for its servers and clients.",
              "oree certificate server hall-3.local 192.168.1.7 --authority site --out site");
  sub->add_option("role", options->role, "Whose it is")
      ->required()
      ->check(CLI::IsMember({"authority", "server", "client"}));
  sub->add_option("names", options->names, "Host names, addresses and URIs; the first names the files");
  sub->add_option("--authority", options->authority, "The folder of authority.pem and authority.key");
  sub->add_option("--out", options->out, "Where the files go");
  sub->add_option("--days", options->days, "How long it holds (authority 3650, others 825)");
  sub->callback([options, &run] { run = [options] { return run_certificate(*options); }; });
}

void add_optimise(CLI::App& app, Run& run) {
  auto options = std::make_shared<OptimiseOptions>();
  auto* sub =
      command(app, "optimise", "Makes a network fast and small for a machine, and certifies it or refuses.",
              "oree optimise run models/fruit/1 --data samples --out optimised --target avx2");
  auto verb = std::make_shared<std::string>();
  sub->add_option("verb", *verb, "What to do")->check(CLI::IsMember({"run", "score", "verify", "weigh"}));
  sub->add_option("model", options->model, "A model package, .onnx or .tflite; with verify a certificate");
  sub->add_option("--data", options->data,
                  "Samples: pictures in folders of their class, or inputs.npy and labels.npy");
  sub->add_option("--out", options->out, "The folder for what is made");
  sub->add_option("--target", options->targets,
                  "The machine it is for; may be repeated; this one when absent")
      ->check(CLI::IsMember({"avx2", "vnni", "arm-dot", "arm", "openvino", "tensorrt"}));
  sub->add_option("--method", options->method, "How ranges are chosen; the best by measurement when absent")
      ->check(CLI::IsMember({"best", "minmax", "average", "percentile", "entropy", "mse"}));
  sub->add_option("--calibration", options->calibration, "Most samples to calibrate with")
      ->check(CLI::Range(8, 100'000));
  sub->add_option("--samples", options->samples, "Most samples to judge by")
      ->check(CLI::Range(1, 10'000'000));
  sub->add_option("--label-column", options->label_column, "The column of labels.csv");
  sub->add_option("--label-offset", options->label_offset, "Added to the indices in it");
  sub->add_option("--keep-float", options->keep_float, "A node that stays in float; may be repeated");
  sub->add_flag("--no-bias-correction", options->no_bias_correction, "Leave biases as they are");
  sub->add_flag("--no-equalisation", options->no_equalisation, "Leave channels as they are");
  sub->add_option("--min-accuracy", options->min_accuracy, "Gate: percent of the accuracy kept")
      ->check(CLI::Range(0.0, 100.0));
  sub->add_option("--min-speedup", options->min_speedup, "Gate: times as fast")
      ->check(CLI::Range(0.0, 1000.0));
  sub->add_option("--min-memory", options->min_memory, "Gate: percent of memory saved")
      ->check(CLI::Range(-1000.0, 100.0));
  sub->add_option("--max-variation", options->max_variation, "Gate: (p95/p50) over that of the float network")
      ->check(CLI::Range(0.1, 1000.0));
  sub->add_option("--reference", options->reference, "With score: the float network to agree with");
  sub->add_option("--network", options->network, "With verify: the network, when it is not beside it");
  sub->add_option("--trust", options->trust,
                  "With verify: the public key (or the key) that must have signed");
  sub->add_option("--key", options->key, "The key that signs; made when absent");
  sub->add_flag("--json", options->json, "The certificates as JSON");
  add_optimise_studies(*sub, run);
  sub->callback([sub, verb, options, &run] {
    if (!sub->get_subcommands().empty()) return;
    if (verb->empty()) throw CLI::RequiredError("run, assess, bench, score or verify");
    if (options->model.empty()) throw CLI::RequiredError("model");
    options->verb = *verb;
    run = [options] { return run_optimise(*options); };
  });
}

void add_export(CLI::App& app, Run& run) {
  auto options = std::make_shared<ExportOptions>();
  auto* sub = command(app, "export",
                      "A network for other runtimes: MLX, ggml, microcontrollers, ONNX Runtime's own form.",
                      "oree export net.onnx net.safetensors --as mlx");
  sub->add_option("model", options->model, "An .onnx; for C a .tflite; for ort either")->required();
  sub->add_option("out", options->out, "The file to write; for C the folder, whose name the array gets")
      ->required();
  sub->add_option("--as", options->as, "What to make of it")
      ->required()
      ->check(CLI::IsMember({"mlx", "gguf-q8", "gguf-q4", "c", "ort"}));
  sub->add_option("--bits", options->bits, "With mlx: 4 or 8")->check(CLI::IsMember({4, 8}));
  sub->add_option("--group", options->group, "With mlx: weights that share a scale")
      ->check(CLI::IsMember({32, 64, 128}));
  sub->add_flag("--json", options->json, "As JSON");
  sub->callback([options, &run] { run = [options] { return run_export(*options); }; });
}

void add_tuf(CLI::App& app, Run& run) {
  auto options = std::make_shared<TufOptions>();
  auto* sub = command(app, "tuf",
                      "Fetches what a TUF repository proves (init, refresh, download), or keeps one (repo).",
                      "oree tuf repo new releases --offline-keys /media/stick --passphrase-file secret.txt");
  sub->add_option("words", options->words, "init ROOT, refresh, download, or repo VERB FOLDER …")->required();
  sub->add_option("--metadata-dir", options->metadata_dir, "Client: where it keeps what it trusts");
  sub->add_option("--metadata-url", options->metadata_url, "Client: where the metadata is");
  sub->add_option("--target-name", options->target_names, "Client: what to download; may be repeated")
      ->allow_extra_args(false);
  sub->add_option("--target-base-url", options->target_base_url, "Client: where the targets are");
  sub->add_option("--target-dir", options->target_dir, "Client: where targets go");
  sub->add_flag("--keep-time", options->keep_time, "Client: never believe a clock that went back");
  sub->add_option("--offline-keys", options->offline_keys,
                  "repo new: folder for the keys of root and targets");
  sub->add_option("--online-keys", options->online_keys, "Folder of the keys of snapshot and timestamp");
  sub->add_option("--key", options->keys, "A key file; may be repeated")->allow_extra_args(false);
  sub->add_option("--passphrase-file", options->passphrase_file, "Its first line opens offline keys");
  sub->add_option("--threshold", options->threshold, "How many of the keys must sign")
      ->check(CLI::Range(1, 100));
  sub->add_option("--role", options->role, "Whose targets to change");
  sub->add_option("--path", options->path, "repo add: the target's path");
  sub->add_option("--pattern", options->patterns, "repo delegate: paths of the role; may be repeated")
      ->allow_extra_args(false);
  sub->add_option("--custom", options->custom, "repo add: a JSON object for whoever installs");
  sub->add_option("--days", options->days, "How long what is made now is valid")
      ->check(CLI::Range(1, 36'500));
  sub->add_flag("--terminating", options->terminating, "repo delegate: nobody after it is asked");
  sub->add_flag("--json", options->json, "repo show: as JSON");
  sub->callback([options, &run] { run = [options] { return run_tuf(*options); }; });
}

void add_version(CLI::App& app, Run& run) {
  auto json = std::make_shared<bool>(false);
  auto* sub = command(app, "version", "Prints the versions of Orée and its runtime.", "oree version --json");
  sub->add_flag("--json", *json, "As JSON");
  sub->callback([json, &run] { run = [json] { return run_version(*json); }; });
}

// CLI11 only says that a sub-command is missing; a person wants to hear which one was meant.
int check_command(const std::string& word, const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  if (std::ranges::find(names, word) != names.end()) return 0;
  return print_error({oree::ErrorKind::invalid,
                      oree::cat("there is no command '", word, "'", oree::did_you_mean(word, names))},
                     oree::cat("use one of ", oree::join(names, ", "), "; oree --help says more"));
}

}  // namespace

int main(int argc, char** argv) {
  // Not for people: a module's keeper, which is to be small and has no use for what follows.
  if (argc == 3 && std::string_view(argv[1]) == "keep-module") return oree::modules::keep_module(argv[2]);
  ::setenv("TSS2_LOG", "all+none", 0);  // what a TPM refuses is told in our words; set it to hear its own
  CLI::App app{
      "Orée runs AI where the machines are: it inspects parts, decides on the spot, and proves it "
      "afterwards."};
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 well, 2 invalid input, 3 not found, 4 conflict, 5 denied, 6 timeout, 7 busy,\n"
      "8 unavailable, 9 disk full, 10 corrupt data, 11 unsupported, 70 a fault of the program.");
  Run run;
  for (const auto add :
       {add_edge,     add_demo,   add_inspect,      add_predict, add_validate, add_simulate,    add_sql,
        add_detect,   add_model,  add_import_words, add_order,   add_ledger,   add_chain,       add_authority,
        add_optimise, add_export, add_serve,        add_bench,   add_models,   add_certificate, add_hub,
        add_rollout,  add_fleet,  add_tuf,          add_health,  add_version})
    add(app, run);
  add_module_words(app, run);
  if (argc > 1 && argv[1][0] != '-') {
    if (const int code = check_command(argv[1], app); code != 0) return code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run();
}
