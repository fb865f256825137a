// Everybody around the station in the robots' demo, on loopback: the team that is alerted, three authorities
// with rules of their own, a stand-in for the ERP, and a listener to events.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/robot/demo_chain.h"
#include "app/robot/timeline.h"
#include "app/world.h"
#include "nodes/authority/authority.h"
#include "nodes/edge/settings/station_file.h"
#include "platform/http/server.h"
#include "services/erp/double/field_service_double.h"

namespace oree::app {

// What a maintenance team's own system would be: takes alerts and events, and remembers the first of each.
class Pager {
 public:
  Pager(const Clock& clock, Timeline& timeline) : clock_(clock), timeline_(timeline) {}
  Status start(Log& log);
  std::string alerts_url() const;
  std::string events_url() const;
  std::string sentence() const;  // of the first alert

 private:
  http::Response take_alert(const http::Request& request);
  http::Response take_event(const http::Request& request);
  const Clock& clock_;
  Timeline& timeline_;
  mutable std::mutex mutex_;
  std::string sentence_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

class Neighbours {
 public:
  // `with_chain`: each approval and the order stand on a chain, too.
  Neighbours(World& world, Timeline& timeline, bool with_chain)
      : world_(world), pager_(world.clock, timeline), with_chain_(with_chain) {}
  // Keys are made in `data`, the station's among them, so that all know each other before they begin.
  Status start(const edge::StationFile& file, const std::filesystem::path& data);
  // The station's file, told of all of them.
  Status adapt(edge::StationFile& file, const std::filesystem::path& data) const;
  const Pager& pager() const { return pager_; }
  std::vector<std::string> authority_urls() const;

 private:
  Status start_authorities(const std::string& station, const std::string& station_key,
                           const std::filesystem::path& data);
  World& world_;
  Pager pager_;
  const bool with_chain_;
  std::unique_ptr<DemoChain> chain_;
  std::vector<std::unique_ptr<authority::Authority>> authorities_;
  std::unique_ptr<erp::FieldServiceDouble> erp_;
};

}  // namespace oree::app
