// One SELECT of a job, or a step of its WITH: the stream's name becomes the table of the events at hand,
// TIMESTAMP BY, INTO and the window go into the JobQuery, what only streams have becomes SQL. Pure; private
// to query.cc.
#pragma once

#include "services/jobs/statement/query.h"

namespace oree::jobs {

// The window in the GROUP BY of `select` into `query`; `unsupported` when it has another one already.
Status find_window(TokenSpan select, JobQuery& query);

class SelectParser {
 public:
  // `steps`: names that FROM may give besides streams and tables.
  SelectParser(TokenSpan select, const std::vector<std::string>& steps, JobQuery& query)
      : in_(select), steps_(steps), query_(query) {}
  Result<Tokens> run(bool last);  // last: the one that has INTO

 private:
  Result<Tokens> inside(TokenSpan part) const;  // an expression of it
  Result<Tokens> take_all();
  bool word(size_t i, std::string_view text) const { return i < in_.size() && in_[i].is_word(text); }
  bool mark(size_t i, std::string_view text) const { return i < in_.size() && in_[i].is(text); }
  bool is_step(const Token& name) const;
  void look_at_from();

  Status take();
  Status take_word();
  Status check_function(const Token& token) const;
  Status take_into();
  Status take_from();
  Status take_stream(size_t name_at);
  Status take_time_column();
  Status take_predict();
  Status take_group();
  Status take_timestamp();
  Status take_anomaly();
  Status take_anomaly_over(TokenSpan over, AnomalyCall& call);
  Status take_property();

  TokenSpan in_;
  const std::vector<std::string>& steps_;
  JobQuery& query_;
  size_t at_ = 0;
  int depth_ = 0;
  int nested_ = 0;
  bool last_ = false;
  bool direct_ = false;  // its FROM is the stream
  Tokens out_;
};

}  // namespace oree::jobs
