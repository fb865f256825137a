# Cross-compiling for arm64 on a Debian of another architecture: deploy/deb/cross-arm64 makes the folder with the
# target's libraries and names it in OREE_SYSROOT.
if(NOT DEFINED ENV{OREE_SYSROOT})
  message(FATAL_ERROR "OREE_SYSROOT names no folder: run deploy/deb/cross-arm64, which makes one and sets it.")
endif()
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_SYSROOT $ENV{OREE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER) # protoc, python: the builder's own
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} $ENV{OREE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} $ENV{OREE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:$ENV{OREE_SYSROOT}/usr/share/pkgconfig)
