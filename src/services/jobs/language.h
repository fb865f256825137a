// The words of core/tsql that this room says without its name.
#pragma once

#include "core/readings/bucket.h"
#include "core/tsql/door.h"
#include "core/tsql/rows.h"
#include "core/tsql/script.h"
#include "core/tsql/times.h"
#include "core/tsql/token.h"
#include "core/tsql/translate.h"

namespace oree::jobs {

using readings::Micros;
using tsql::add_units;
using tsql::ask;
using tsql::closing;
using tsql::fail_at;
using tsql::fail_behind;
using tsql::integer_at;
using tsql::print;
using tsql::put_sql;
using tsql::ResultSet;
using tsql::split_at_commas;
using tsql::statements;
using tsql::text_at;
using tsql::time_of;
using tsql::Token;
using tsql::tokenize;
using tsql::TokenKind;
using tsql::Tokens;
using tsql::TokenSpan;
using tsql::translate;
using tsql::Unit;
using tsql::unit_of;

}  // namespace oree::jobs
