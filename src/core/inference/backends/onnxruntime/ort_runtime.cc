#include "core/inference/backends/onnxruntime/ort_runtime.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace oree::inference::ort {

namespace {

constexpr int kLogFatal = 4;  // everything below comes back as a value anyway
constexpr int kDeviceAllocator = 0, kArenaAllocator = 1;
constexpr int kDefaultMemory = 0;

struct ElementType {
  int theirs;
  tensor::DType ours;
};
using enum tensor::DType;
constexpr std::array kElementTypes = {
    ElementType{1, f32},     ElementType{2, u8},    ElementType{3, i8},   ElementType{4, u16},
    ElementType{5, i16},     ElementType{6, i32},   ElementType{7, i64},  ElementType{8, text},
    ElementType{9, boolean}, ElementType{10, f16},  ElementType{11, f64}, ElementType{12, u32},
    ElementType{13, u64},    ElementType{16, bf16},
};

// Opening a network copies its weights several times, each copy large enough that the C library would map
// fresh pages for it and unmap them after; clearing those pages was a sixth of the time. These are the bounds
// that the library comes to by itself once it has seen a block of that size freed (mallopt(3),
// M_MMAP_THRESHOLD); give_back_memory() gives back the rest.
void use_freed_memory_again() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

// Their error codes are coarse; what matters to a caller is whether the thing asked for can ever work.
ErrorKind kind_of(int code) {
  constexpr int kNoSuchFile = 3;
  constexpr int kNotImplemented = 9;
  if (code == kNoSuchFile) return ErrorKind::not_found;
  if (code == kNotImplemented) return ErrorKind::unsupported;
  return ErrorKind::invalid;
}

bool holds(const dl_phdr_info& object, const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  return std::ranges::any_of(std::span(object.dlpi_phdr, object.dlpi_phnum), [&](const ElfW(Phdr) & part) {
    return part.p_type == PT_LOAD && at - (object.dlpi_addr + part.p_vaddr) < part.p_memsz;
  });
}

// Of the runtime's library, which `code` lies in, and of ours, which may be somebody else's program's guest.
// What cannot be written to is in its file still.
int drop_read_only_pages(dl_phdr_info* object, size_t, void* code) {
  static const char kOurs = 0;
  if (!holds(*object, code) && !holds(*object, &kOurs)) return 0;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const ElfW(Phdr) & part : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const uintptr_t begin = object->dlpi_addr + part.p_vaddr, from = begin / page * page;
    // Where it fails the pages stay, which is no harm.
    (void)::madvise(reinterpret_cast<void*>(from), begin + part.p_filesz - from, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

std::optional<tensor::DType> dtype_of(int element_type) {
  for (const ElementType& type : kElementTypes) {
    if (type.theirs == element_type) return type.ours;
  }
  return std::nullopt;
}

int element_type_of(tensor::DType dtype) {
  for (const ElementType& type : kElementTypes) {
    if (type.ours == dtype) return type.theirs;
  }
  return 0;
}

Runtime::Runtime(Api api, std::string version, const void* code)
    : api_(api),
      version_(std::move(version)),
      code_(code),
      env_(nullptr, Releaser<OrtEnv>{api}),
      memory_(nullptr, Releaser<OrtMemoryInfo>{api}) {}

Result<std::shared_ptr<const Runtime>> Runtime::open(const std::filesystem::path& library) {
  // From 1.29 on the official Linux builds report to their maker unless this is set before they start; what
  // kDisableTelemetryEvents switches off below comes too late for the first report and its id on disk.
  ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  // Never closed: the library keeps thread-local state that does not survive being unmapped.
  void* handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return fail(ErrorKind::unavailable, dlerror());
  auto* get_base = reinterpret_cast<GetApiBase*>(dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) {
    return fail(ErrorKind::unsupported,
                cat(library.string(), " is no ONNX Runtime: it has no OrtGetApiBase"));
  }
  const ApiBase* base = get_base();
  const void* const* table = base->get_api(kApiVersion);
  if (table == nullptr) {
    return fail(ErrorKind::unsupported,
                cat(library.string(), " is ONNX Runtime ", std::string(base->version()), "; 1.", kApiVersion,
                    " or newer is needed"));
  }
  std::shared_ptr<Runtime> runtime(
      new Runtime(Api(table), base->version(), reinterpret_cast<const void*>(get_base)));
  if (Status started = runtime->start(); !started) return forward(started, library.string());
  return runtime;
}

Status Runtime::start() {
  use_freed_memory_again();
  OrtEnv* env = nullptr;
  if (auto made = check(api_(kCreateEnv, kLogFatal, "oree", &env)); !made) return made;
  env_.reset(env);
  if (auto quiet = check(api_(kDisableTelemetryEvents, env)); !quiet) return quiet;
  OrtMemoryInfo* memory = nullptr;
  if (auto made = check(api_(kCreateCpuMemoryInfo, kDeviceAllocator, kDefaultMemory, &memory)); !made)
    return made;
  memory_.reset(memory);
  OrtMemoryInfo* arena = nullptr;
  if (auto made = check(api_(kCreateCpuMemoryInfo, kArenaAllocator, kDefaultMemory, &arena)); !made)
    return made;
  const Owned<OrtMemoryInfo> of_arena = own(arena);
  const OrtArenaCfg* usual = nullptr;
  return check(api_(kCreateAndRegisterAllocator, env, static_cast<const OrtMemoryInfo*>(arena), usual));
}

void Runtime::give_back_memory() const {
  ::malloc_trim(0);
  ::dl_iterate_phdr(drop_read_only_pages, const_cast<void*>(code_));
}

Status Runtime::check(OrtStatus* status) const {
  if (status == nullptr) return {};
  const Owned<OrtStatus> owned = own(status);
  return fail(kind_of(api_(kGetErrorCode, status)), api_(kGetErrorMessage, status));
}

}  // namespace oree::inference::ort
