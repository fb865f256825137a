// The inside of an Agent: what its two threads share, and what each does. Private to this alcove.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/signature/verify.h"
#include "services/deployment/agent/agent.h"
#include "services/deployment/agent/desired.h"
#include "services/deployment/agent/host_measures.h"
#include "services/deployment/agent/hub_source.h"
#include "services/deployment/agent/outgoing_metrics.h"

namespace oree::deployment {

struct Agent::State {
  State(FleetSettings s, files::Path f, AgentWorld w, std::unique_ptr<Identity> i, SlotStore slots);

  // The worker: agent_work.cc.
  void work(const std::stop_token& stop);
  bool take_up(const Desired& desired);
  void publish();           // what the units are now; wakes the talker when that is news
  void publish_progress();  // bytes alone: no news
  std::vector<UnitReport> look() const;
  void note_attack(const Error& error);
  Status check_signature(const Candidate& candidate) const;

  // The talker: agent_talk.cc.
  void talk(const std::stop_token& stop);
  Status enrol(const std::stop_token& stop);
  void converse(const std::stop_token& stop);
  void hear(const std::string& body);
  void refused(const HubAnswer& answer);
  void measure();
  void send_metrics();
  std::string report_text(uint64_t revision);
  void pause(const std::stop_token& stop, microseconds length);
  void pause_after_failure(const std::stop_token& stop, const Error& error,
                           std::optional<std::chrono::seconds> asked = {});

  const FleetSettings settings;
  const files::Path folder;
  AgentWorld world;
  const std::string hardware;
  std::optional<signature::Trust> signers;  // whose models are taken; none: the hub's word is enough
  std::unique_ptr<Identity> identity;
  SlotStore store;
  http::Interrupt talk_interrupt, work_interrupt;
  HubClient hub;
  HubSource source;
  Installer installer;  // the worker's, once it runs

  // The talker's own.
  OutgoingMetrics metrics;
  HostMeter host;
  uint64_t revision = 0;  // of what was heard last
  int failures = 0;

  mutable std::mutex mutex;
  std::condition_variable_any wake;
  std::optional<Desired> inbox;   // heard, not yet taken up
  std::vector<UnitReport> units;  // as of the last publish()
  std::vector<Attack> attacks;    // told to the hub until it has them
  bool news = false;              // since the last report
  bool connected = false;
  std::string trouble;

  std::jthread talker, worker;
};

}  // namespace oree::deployment
