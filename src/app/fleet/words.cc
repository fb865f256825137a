#include "app/fleet/words.h"

#include <memory>

#include "app/fleet/fleet.h"

namespace oree::app {
namespace {

void add_address(CLI::App& sub, HubAddress& address) {
  sub.add_option("--hub", address.url, "The hub's address");
  sub.add_option("--token", address.token, "Your token; OREE_HUB_TOKEN when absent");
}

}  // namespace

void add_hub(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<HubOptions>();
  auto invitation = std::make_shared<HubTokenOptions>();
  auto person = std::make_shared<HubUserOptions>();
  auto* sub = app.add_subcommand(
      "hub", "Runs the hub of a fleet; 'hub token new' invites a station, 'hub user add' a person.");
  sub->footer("Example:\n  oree hub --config examples/fleet/hub.yaml --data /var/lib/oree-hub");
  sub->add_option("--config", options->config, "The hub's file");
  sub->add_option("--data", options->data, "The folder that keeps everything");
  sub->add_option("--port", options->port, "Port to listen on, instead of the file's");
  sub->add_flag("--verbose", options->verbose, "Log more");
  auto* token = sub->add_subcommand("token", "Invitations for stations.")->require_subcommand(1);
  auto* fresh = token->add_subcommand("new", "Prints an invitation.");
  fresh->add_option("--data", invitation->data, "The hub's folder")->required();
  fresh->add_option("--note", invitation->note, "Whom it is for");
  fresh->add_option("--uses", invitation->uses, "How many stations may use it")
      ->check(CLI::Range(1, 100'000));
  fresh->add_option("--minutes", invitation->minutes, "How long it holds")->check(CLI::Range(1, 525'600));
  auto* user = sub->add_subcommand("user", "People.")->require_subcommand(1);
  auto* add = user->add_subcommand("add", "Prints a person's token; the one before ends.");
  add->add_option("name", person->name, "Who")->required();
  add->add_option("--role", person->role, "What they may do")
      ->required()
      ->check(CLI::IsMember({"operator", "engineer", "admin"}));
  add->add_option("--data", person->data, "The hub's folder")->required();
  sub->callback([sub, token, user, options, invitation, person, &run] {
    if (token->parsed()) {
      run = [invitation] { return run_hub_token(*invitation); };
      return;
    }
    if (user->parsed()) {
      run = [person] { return run_hub_user(*person); };
      return;
    }
    if (options->config.empty()) throw CLI::RequiredError("--config");
    if (options->data.empty()) throw CLI::RequiredError("--data");
    run = [options] { return run_hub(*options); };
  });
}

void add_rollout(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<RolloutOptions>();
  auto* sub = app.add_subcommand(
      "rollout", "Brings a published model or configuration to the fleet in waves, and stops it.");
  sub->footer("Example:\n  oree rollout start ducks 3 --plan waves.yaml");
  sub->add_option("verb", options->verb, "What to do")
      ->required()
      ->check(CLI::IsMember({"start", "list", "show", "pause", "resume", "abort"}));
  sub->add_option("what", options->id, "The roll-out; with start the model or the configuration");
  sub->add_option("version", options->version, "With start: which one");
  sub->add_option("--plan", options->plan,
                  "With start: waves and gates, YAML or JSON (docs/formats/rollout.md)");
  sub->add_flag("--json", options->json, "As JSON");
  add_address(*sub, options->hub);
  sub->callback([options, &run] {
    if (options->verb != "list" && options->id.empty()) throw CLI::RequiredError("what");
    if (options->verb == "start" && options->version.empty()) throw CLI::RequiredError("version");
    run = [options] { return run_rollout(*options); };
  });
}

void add_fleet(CLI::App& app, std::function<int()>& run) {
  auto* sub = app.add_subcommand("fleet", "The stations of a hub, and what is published for them.");
  sub->require_subcommand(1);
  sub->footer("Example:\n  oree fleet publish models/ducks/3\n  oree fleet publish line.yaml");
  auto listed = std::make_shared<FleetOptions>();
  auto* list = sub->add_subcommand("list", "The stations.");
  list->add_option("--tag", listed->tag, "Only those with this tag");
  list->add_flag("--json", listed->json, "As JSON");
  add_address(*list, listed->hub);
  list->callback([listed, &run] { run = [listed] { return run_fleet_list(*listed); }; });
  auto published = std::make_shared<PublishOptions>();
  auto* publish = sub->add_subcommand(
      "publish", "Brings a model's folder to the hub, signature included, or a configuration.");
  publish->add_option("what", published->folder, "models/NAME/VERSION, or a configuration: line.yaml")
      ->required();
  publish->add_option("--key", published->key, "Signs a configuration's file");
  publish->add_option("--name", published->name, "Instead of the folder's");
  publish->add_option("--version", published->version, "Instead of the folder's");
  publish->add_option("--release", published->release, "Instead of one more than the newest");
  publish->add_option("--hardware", published->hardware, "Classes it is made for; all when absent");
  publish->add_flag("--json", published->json, "As JSON");
  add_address(*publish, published->hub);
  publish->callback([published, &run] { run = [published] { return run_fleet_publish(*published); }; });
}

}  // namespace oree::app
