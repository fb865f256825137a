// Ends calls that wait, from another thread: one that shuts down, or one that has something better to say.
// Thread-safe.
#pragma once

namespace oree::http {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  void fire();   // calls under way and to come end with `unavailable`, until clear()
  void clear();  // by whoever makes the calls
  int descriptor() const { return descriptor_; }  // readable once fired

 private:
  int descriptor_;
};

}  // namespace oree::http
