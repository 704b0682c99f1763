# Included by the consumers after they have the library: fails if anything but the target reached them.

function(expect what actual expected)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(SEND_ERROR "${what}: '${actual}' where '${expected}' is expected")
  endif()
endfunction()

function(expect_property property expected)
  get_target_property(value tweedie::tweedie ${property})
  if(NOT value)
    set(value "")
  endif()
  expect("${property} of tweedie::tweedie" "${value}" "${expected}")
endfunction()

# The targets and tests of a folder and of all below it.
function(collect folder)
  get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
  get_property(tests DIRECTORY "${folder}" PROPERTY TESTS)
  set(all_targets ${all_targets} ${targets})
  set(all_tests ${all_tests} ${tests})
  get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
  foreach(below IN LISTS folders)
    collect("${below}")
  endforeach()
  set(all_targets ${all_targets} PARENT_SCOPE)
  set(all_tests ${all_tests} PARENT_SCOPE)
endfunction()

# The target asks for the standard, the headers, Eigen and threads, and for nothing else.
expect_property(INTERFACE_COMPILE_FEATURES cxx_std_20)
expect_property(INTERFACE_LINK_LIBRARIES "Eigen3::Eigen;Threads::Threads")
expect_property(INTERFACE_COMPILE_OPTIONS "")
expect_property(INTERFACE_COMPILE_DEFINITIONS "")
expect_property(INTERFACE_LINK_OPTIONS "")
expect_property(INTERFACE_SOURCES "")
expect_property(INTERFACE_PRECOMPILE_HEADERS "")

# No program and no test of ours; `tweedie` itself is there where its sources are.
collect("${CMAKE_SOURCE_DIR}")
list(REMOVE_ITEM all_targets consumer tweedie)
expect("targets" "${all_targets}" "")
expect("tests" "${all_tests}" "")
foreach(option IN ITEMS TWEEDIE_BUILD_TESTS TWEEDIE_BUILD_EXAMPLES TWEEDIE_BUILD_BENCHMARKS TWEEDIE_INSTALL)
  if(${option})
    message(SEND_ERROR "${option} is on in a consumer")
  endif()
endforeach()

# The consumer's own settings stay his. These projects are configured with none of them, and with these flags.
expect(CMAKE_BUILD_TYPE "${CMAKE_BUILD_TYPE}" "")
expect(CMAKE_CXX_FLAGS "${CMAKE_CXX_FLAGS}" "${flags_before}")
expect(CMAKE_CXX_STANDARD "${CMAKE_CXX_STANDARD}" "")
expect(BUILD_TESTING "${BUILD_TESTING}" "")
