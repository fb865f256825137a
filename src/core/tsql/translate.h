// From T-SQL's way of saying things to SQLite's, token by token; what both say alike passes untouched.
//
//   N'…' '…'   [a] "a"   dbo.t t   VARBINARY(MAX) BLOB   IDENTITY(1,1) dropped   SELECT TOP n … LIMIT n
//   DATE_BUCKET(minute, 5, t) date_bucket('minute', 5, t), also DATEADD, DATEDIFF, DATEPART, DATETRUNC
//   ISNULL ifnull   LEN length   CONVERT(type, x) CAST(x AS type)   SELECT … INTO t FROM … CREATE TABLE t AS
//   … STRING_AGG group_concat
// Pure. `unsupported` names what is not accepted, with line and column.
#pragma once

#include "core/tsql/token.h"

namespace oree::tsql {

Result<Tokens> translate(TokenSpan statement);

}  // namespace oree::tsql
