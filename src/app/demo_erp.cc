// oree demo erp: a stand-in for Dynamics 365 Field Service, to try an `erp:` block against.
#include <cstdio>

#include "app/commands.h"
#include "app/examples.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "services/erp/double/field_service_double.h"

namespace oree::app {
namespace fs = std::filesystem;

int run_erp_demo(const DemoOptions& options) {
  block_signals();
  const SystemClock clock;
  files::RealDisk disk;
  edge::LogTail log(clock, LogLevel::warning);
  const DemoData data(options.data);
  const erp::DoubleRecords records;
  erp::DoubleOptions wanted;
  wanted.port = options.port.value_or(0);
  wanted.known = records.all();
  wanted.file = data.path() / "erp.json";
  const std::string secret = wanted.secret;
  const fs::path secret_file = fs::absolute(data.path() / "erp.secret");
  if (auto made = disk.make_folder(data.path()); !made) return print_error(made.error());
  if (auto kept = disk.write(secret_file, as_bytes(secret)); !kept) return print_error(kept.error());
  const auto stand_in = erp::FieldServiceDouble::start(std::move(wanted), clock, log);
  if (!stand_in) return print_error(stand_in.error());
  std::printf(
      "erp: {kind: dynamics, url: \"%s\", token_url: \"%s\", client_id: station, secret_file: \"%s\", "
      "service_account: %s, work_order_type: %s, price_list: %s, task_type: %s}\n",
      (*stand_in)->url().c_str(), (*stand_in)->token_url().c_str(), secret_file.c_str(),
      records.account.c_str(), records.work_order_type.c_str(), records.price_list.c_str(),
      records.task_type.c_str());
  std::fflush(stdout);
  wait_for_signal();
  return 0;
}

}  // namespace oree::app
