// A POSIX shared memory object of the test's own, as a client makes one.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <span>
#include <string>

#include "base/text.h"

namespace oree::oip::testing {

class SharedObject {
 public:
  explicit SharedObject(size_t size) : size_(size) {
    static std::atomic<int> number = 0;
    key_ = cat("/oree-test-", ::getpid(), "-", number++);
    file_ = ::shm_open(key_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    REQUIRE(file_ >= 0);
    resize(size);
    void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    REQUIRE(mapped != MAP_FAILED);
    bytes_ = static_cast<std::byte*>(mapped);
  }
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;
  ~SharedObject() {
    ::munmap(bytes_, size_);
    ::close(file_);
    ::shm_unlink(key_.c_str());
  }

  const std::string& key() const { return key_; }
  std::span<std::byte> bytes() { return {bytes_, size_}; }
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(bytes_), size_ / sizeof(T)};
  }
  void resize(size_t size) { REQUIRE(::ftruncate(file_, static_cast<off_t>(size)) == 0); }

 private:
  size_t size_;
  std::string key_;
  int file_ = -1;
  std::byte* bytes_ = nullptr;
};

}  // namespace oree::oip::testing
