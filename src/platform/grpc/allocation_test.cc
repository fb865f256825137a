// A unary call that looks like the ones before asks nobody for memory: counted on the I/O thread, from one
// call to the next, so with everything that lies between; nghttp2's own blocks by the pool that gives them.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "platform/grpc/server.h"
#include "platform/grpc/testing/h2_client.h"

namespace {

thread_local size_t allocations = 0;

void* counted(size_t size, size_t align) {
  ++allocations;
  void* const memory = align > alignof(std::max_align_t)
                           ? std::aligned_alloc(align, (size + align - 1) / align * align)
                           : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) {
  return counted(size, 1);
}
void* operator new[](size_t size) {
  return counted(size, 1);
}
void* operator new(size_t size, std::align_val_t align) {
  return counted(size, static_cast<size_t>(align));
}
void* operator new[](size_t size, std::align_val_t align) {
  return counted(size, static_cast<size_t>(align));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace oree::grpc {

TEST_CASE("A warm unary call allocates nothing, neither here nor for nghttp2") {
  NullLog log;
  Methods methods;
  methods.add_unary("/test/Count", [](Rpc& rpc) {
    rpc.reply() += std::to_string(allocations);  // short enough for a string's own room
    rpc.reply() += as_text(rpc.message());
    rpc.finish();
  });
  auto server = Server::start({}, std::move(methods), log);
  REQUIRE(server);
  testing::H2Client client((*server)->port());
  const std::string message(1000, ' ');
  const auto ask = [&] {
    return std::stoul(
        client.call("/test/Count", testing::framed(message), {{"grpc-timeout", "10S"}}).messages()[0]);
  };
  for (int i = 0; i < 50; ++i) ask();
  const size_t before = ask();
  const uint64_t blocks = (*server)->stats().heap_blocks;
  for (int i = 0; i < 100; ++i) ask();
  CHECK(ask() == before);
  CHECK((*server)->stats().heap_blocks == blocks);
}

}  // namespace oree::grpc
