// Whether a run should take all processors or stay on its thread. A value: no threads, no clock.
//
// Threads of a runtime are worth it for one thing only: a client that asks again as soon as it has its
// answer, with nobody beside it. Runs in company share the processors better one each; at the pace of a line,
// where the machine rests longer than it runs, waking threads costs more than it gains. And whether they are
// worth it then is measured: runs of both kinds in turn, now and then again.
//
//   choose() → run → observe(); when choose() asks for it, somebody gives the network its threads, which is
//   slow, and says what came of it: widened().
#pragma once

#include <chrono>
#include <cstdint>

namespace oree::serving {

class Width {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  // Not governed: runs that are alone are wide, whatever that means for the network.
  explicit Width(bool governed) : state_(governed ? State::narrow : State::free) {}

  struct Choice {
    bool wide = false;
    bool ask = false;  // for threads, once
  };
  // A run begins. `alone`: nothing else runs or waits; `idle`: since the last run of any network ended.
  Choice choose(bool alone, nanoseconds idle);
  void observe(bool wide, nanoseconds took);
  void widened(bool done);

 private:
  enum class State : uint8_t {
    free,     // nobody chooses
    narrow,   // has never asked
    asked,    // waits for its threads
    trying,   // in turns
    wide,     // they are worth it
    settled,  // they are not
  };
  static constexpr int kPressed = 4;  // runs in a row before threads are used
  static constexpr int kMost = 100;   // that a row is counted to
  // Of such runs, lately, before threads are asked for: they cost memory.
  static constexpr nanoseconds kAskAfter = std::chrono::seconds(2);
  static constexpr int kTrials = 24;        // runs of each kind
  static constexpr int kLookAgain = 1000;   // runs between two trials
  static constexpr double kWorthIt = 0.93;  // of the time on one thread,
  static constexpr double kTail = 1.15;     // and of the next to slowest run's, which may not suffer
  struct Tried {
    int runs = 0;
    double ns = 0;
    double worst = 0, next_worst = 0;
  };
  void try_again();
  void decide();

  State state_;
  int row_ = 0;  // runs that came at once after one another, lately
  nanoseconds last_{0}, pressed_{0};
  int since_trial_ = 0;
  Tried tried_[2];  // narrow, wide
};

}  // namespace oree::serving
