// libpq's functions, found when somebody first talks to PostgreSQL. Linked in it would bring nineteen other
// libraries along (Kerberos, LDAP, GnuTLS), which every process pays for at its start: 3 MB and several
// milliseconds. Private to this room.
#pragma once

#include <libpq-fe.h>

#include "base/result.h"

namespace oree::libpq {

// Its functions, by their names without PQ.
struct Library {
  decltype(&::PQclear) clear;
  decltype(&::PQconnectdb) connectdb;
  decltype(&::PQconninfoFree) conninfo_free;
  decltype(&::PQconninfoParse) conninfo_parse;
  decltype(&::PQerrorMessage) error_message;
  decltype(&::PQexec) exec;
  decltype(&::PQexecParams) exec_params;
  decltype(&::PQfinish) finish;
  decltype(&::PQfreemem) free_memory;
  decltype(&::PQgetlength) get_length;
  decltype(&::PQgetResult) get_result;
  decltype(&::PQgetvalue) get_value;
  decltype(&::PQntuples) ntuples;
  decltype(&::PQputCopyData) put_copy_data;
  decltype(&::PQputCopyEnd) put_copy_end;
  decltype(&::PQresultStatus) result_status;
  decltype(&::PQsetNoticeProcessor) set_notice_processor;
  decltype(&::PQstatus) status;
};

// The same for all, never closed; a failure is not tried again. `unavailable` says what to install.
// Thread-safe.
Result<const Library*> library();

}  // namespace oree::libpq
