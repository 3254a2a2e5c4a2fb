# `cmake --install`: the archive, the headers, the licence, and a package for find_package(poolnorm).
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/poolnorm")

install(TARGETS poolnorm EXPORT poolnorm-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY include/poolnorm DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(EXPORT poolnorm-targets NAMESPACE poolnorm:: DESTINATION "${package_dir}")

configure_package_config_file(cmake/poolnorm-config.cmake.in "${PROJECT_BINARY_DIR}/poolnorm-config.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break callers.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/poolnorm-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/poolnorm-config.cmake"
  "${PROJECT_BINARY_DIR}/poolnorm-config-version.cmake"
  DESTINATION "${package_dir}")
