# What `cmake --install` lays down: the headers, the CMake package and the pkg-config file. No path of this machine is in
# them, so the whole may be moved; nothing of them depends on the architecture, so they lie in share/.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/tweedie")
set(pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")

install(TARGETS tweedie EXPORT tweedie INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT tweedie FILE tweedieTargets.cmake NAMESPACE tweedie:: DESTINATION "${package_dir}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/tweedieConfig.cmake.in" tweedieConfig.cmake INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(tweedieConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)  # 0.x: a minor version may break
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tweedieConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/tweedieConfigVersion.cmake"
  DESTINATION "${package_dir}")

# pkg-config finds the prefix from where its file lies.
file(RELATIVE_PATH prefix_from_pkgconfig "${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" prefix_from_pkgconfig "${prefix_from_pkgconfig}")
file(RELATIVE_PATH includedir_from_prefix "${CMAKE_INSTALL_PREFIX}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/tweedie.pc.in" tweedie.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tweedie.pc" DESTINATION "${pkgconfig_dir}")
