# oree_library(NAME SOURCES … [USES room…] [LINKS target…] [TESTS …] [FUZZERS …] [PLUGIN] [COLD])
#
# One room = one folder = one library. The floor is the folder above the room:
# src/<floor>/<room>. USES may name rooms of lower floors only; anything else
# stops the configure step with a sentence that names the breach.
#   LINKS    third-party targets, private to the room
#   TESTS    doctest files, built into one program <NAME>_test
#   FUZZERS  files with one LLVMFuzzerTestOneInput each
#   PLUGIN   builds a .so that is opened when configured
#
# The target `product` is what a user runs: the plug-ins here, and whatever a room adds to it with
# add_dependencies(product …). `./run demo` builds `oree` and it, and leaves the tests alone.
add_custom_target(product)
set(OREE_FLOORS base platform core services nodes app)
find_package(Threads REQUIRED)

function(oree_floor_of DIR OUT)
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/src ${DIR})
  string(REGEX REPLACE "/.*" "" floor ${path})
  list(FIND OREE_FLOORS ${floor} level)
  if(level LESS 0)
    message(FATAL_ERROR "${path}: '${floor}' is not a floor; floors are ${OREE_FLOORS}")
  endif()
  set(${OUT} ${level} PARENT_SCOPE)
endfunction()

function(oree_check_floors NAME LEVEL)
  foreach(used ${ARGN})
    if(NOT TARGET oree_${used})
      message(FATAL_ERROR "room '${NAME}' uses '${used}', which no lower floor holds")
    endif()
    get_target_property(level oree_${used} OREE_LEVEL)
    if(NOT level LESS LEVEL)
      list(GET OREE_FLOORS ${level} theirs)
      list(GET OREE_FLOORS ${LEVEL} ours)
      message(FATAL_ERROR "room '${NAME}' (${ours}) may not use '${used}' (${theirs}): lower floors only")
    endif()
  endforeach()
endfunction()

# The main() of every test program, compiled once: doctest's body costs seconds.
function(oree_test_main)
  if(NOT TARGET oree_test_main)
    add_library(oree_test_main OBJECT ${CMAKE_SOURCE_DIR}/src/base/testing/main.cc)
    target_compile_options(oree_test_main PRIVATE -Wno-shadow $<$<CONFIG:Release>:-O0>)
  endif()
endfunction()

# What runs seldom is compiled for size: a third less code, and no figure that anybody measures changes. Of a COLD room
# the HOT sources, which every message or part passes through, are not.
function(oree_for_size TARGET)
  target_compile_options(${TARGET} PRIVATE $<$<CONFIG:Release>:-Os>)
endfunction()

function(oree_library NAME)
  cmake_parse_arguments(ARG "PLUGIN;COLD" "" "SOURCES;HOT;USES;LINKS;TESTS;TEST_LINKS;FUZZERS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "oree_library(${NAME}): unknown words ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  oree_floor_of(${CMAKE_CURRENT_SOURCE_DIR} level)
  if(level GREATER 0)
    list(APPEND ARG_USES base)
    list(REMOVE_DUPLICATES ARG_USES)
  endif()
  oree_check_floors(${NAME} ${level} ${ARG_USES})

  if(ARG_PLUGIN)
    add_library(oree_${NAME} MODULE ${ARG_SOURCES})
    add_dependencies(product oree_${NAME})
  else()
    add_library(oree_${NAME} STATIC ${ARG_SOURCES})
  endif()
  set_target_properties(oree_${NAME} PROPERTIES OREE_LEVEL ${level})
  if(ARG_COLD)
    oree_for_size(oree_${NAME})
    set_source_files_properties(${ARG_HOT} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O2>)
  endif()
  target_include_directories(oree_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND oree_)
  target_link_libraries(oree_${NAME} PUBLIC ${ARG_USES} Threads::Threads PRIVATE ${ARG_LINKS})

  if(OREE_TESTS AND ARG_TESTS)
    oree_test_main()
    add_executable(${NAME}_test ${ARG_TESTS})
    target_link_libraries(${NAME}_test PRIVATE oree_${NAME} oree_test_main ${ARG_TEST_LINKS})
    # doctest's own macros shadow names on purpose. What is tested is optimised, the tests need not be.
    target_compile_options(${NAME}_test PRIVATE -Wno-shadow $<$<CONFIG:Release>:-O0>)
    target_compile_definitions(${NAME}_test PRIVATE OREE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${NAME} COMMAND ${NAME}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
  if(OREE_FUZZERS)
    foreach(file ${ARG_FUZZERS})
      get_filename_component(fuzzer ${file} NAME_WE)
      add_executable(${fuzzer} ${file})
      target_link_libraries(${fuzzer} PRIVATE oree_${NAME})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
