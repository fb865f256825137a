# Language level, warnings and the tools that are used when present.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# -O2, not -O3: measured no gain on the hot path, and it compiles faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

# Designated initialisers leave the rest at their defaults, which is the point of them.
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Both cry wolf on moved std::variant and std::string at -O2 (GCC bugs 105562, 105651).
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Sees std::stable_sort of libstdc++ use a function that C++17 deprecated.
  add_compile_options(-Wno-deprecated-declarations)
endif()

# char has a sign on x86-64 and none on arm64: what is tested on the one is what runs on the other.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm)")
  add_compile_options(-fsigned-char)
endif()

# Warnings are errors with the compilers that the tests run with; a newer one on a user's machine only tells.
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
   OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20))
  set(warnings_are_errors ON)
else()
  set(warnings_are_errors OFF)
endif()
option(OREE_WARNINGS_ARE_ERRORS "Stop at the first warning" ${warnings_are_errors})
if(OREE_WARNINGS_ARE_ERRORS)
  add_compile_options(-Werror)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT CMAKE_CROSSCOMPILING) # a cross compiler looks for a linker of its own name
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--as-needed)

set(OREE_SANITIZE "" CACHE STRING "address,undefined or thread")
if(OREE_SANITIZE)
  add_compile_options(-fsanitize=${OREE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OREE_SANITIZE})
endif()
