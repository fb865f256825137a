#include "platform/libpq/library.h"

#include <dlfcn.h>

#include "base/text.h"

namespace oree::libpq {
namespace {

constexpr const char* kFile = "libpq.so.5";

Result<Library> open_file() {
  void* const handle = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fail(ErrorKind::unavailable, cat("PostgreSQL's client library is not there: ", ::dlerror(),
                                            "; install the package libpq5"));
  }
  Library pq{};
  const char* missing = nullptr;
  const auto take = [&]<class Function>(Function& place, const char* name) {
    place = reinterpret_cast<Function>(::dlsym(handle, name));
    if (place == nullptr) missing = name;
  };
  take(pq.clear, "PQclear");
  take(pq.connectdb, "PQconnectdb");
  take(pq.conninfo_free, "PQconninfoFree");
  take(pq.conninfo_parse, "PQconninfoParse");
  take(pq.error_message, "PQerrorMessage");
  take(pq.exec, "PQexec");
  take(pq.exec_params, "PQexecParams");
  take(pq.finish, "PQfinish");
  take(pq.free_memory, "PQfreemem");
  take(pq.get_length, "PQgetlength");
  take(pq.get_result, "PQgetResult");
  take(pq.get_value, "PQgetvalue");
  take(pq.ntuples, "PQntuples");
  take(pq.put_copy_data, "PQputCopyData");
  take(pq.put_copy_end, "PQputCopyEnd");
  take(pq.result_status, "PQresultStatus");
  take(pq.set_notice_processor, "PQsetNoticeProcessor");
  take(pq.status, "PQstatus");
  if (missing != nullptr) return fail(ErrorKind::unavailable, cat(kFile, " has no ", missing));
  return pq;
}

}  // namespace

Result<const Library*> library() {
  static const Result<Library> opened = open_file();
  if (!opened) return forward(opened);
  return &*opened;
}

}  // namespace oree::libpq
