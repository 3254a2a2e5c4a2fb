# `cmake --install`: the library, the headers, the licence, and packages for find_package(poolnorm) and pkg-config.
include_guard()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/poolnorm")
set(doc_dir "${CMAKE_INSTALL_DOCDIR}")
if(NOT PROJECT_IS_TOP_LEVEL)  # it is named after the project around us, where that has included GNUInstallDirs
  set(doc_dir "${CMAKE_INSTALL_DATAROOTDIR}/doc/poolnorm")
endif()

install(TARGETS poolnorm EXPORT poolnorm-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY include/poolnorm DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" PATTERN "*.md" EXCLUDE)
install(FILES LICENSE include/poolnorm/README.md include/poolnorm/SEMANTICS.md DESTINATION "${doc_dir}")
install(EXPORT poolnorm-targets NAMESPACE poolnorm:: DESTINATION "${package_dir}")

get_target_property(POOLNORM_LIBRARY_TYPE poolnorm TYPE)
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

# pkg-config, relative to where the file is found, unless the folders are absolute. Whoever links an archive links what it needs, too: the C++
# library (operator new, though nothing throws) and OpenMP's.
set(POOLNORM_PC_CFLAGS "")
set(POOLNORM_PC_LIBS "-l${POOLNORM_PREFIX}poolnorm")
if(POOLNORM_SHARED)
  string(APPEND POOLNORM_PC_CFLAGS " -DPOOLNORM_SHARED=1")
else()
  set(needed ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
  list(FILTER needed INCLUDE REGEX "c\\+\\+")
  if(POOLNORM_HAS_OPENMP)
    list(APPEND needed ${OpenMP_CXX_LIB_NAMES})
  endif()
  foreach(name IN LISTS needed)
    string(APPEND POOLNORM_PC_LIBS " -l${name}")
  endforeach()
endif()
if(POOLNORM_PREFIX)
  string(APPEND POOLNORM_PC_CFLAGS " -DPOOLNORM_PREFIX=${POOLNORM_PREFIX} -Dpoolnorm=${POOLNORM_PREFIX}poolnorm")
endif()
foreach(definition IN LISTS POOLNORM_FAMILY_DEFINITIONS)
  string(APPEND POOLNORM_PC_CFLAGS " -D${definition}")
endforeach()
set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(POOLNORM_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH up "/${pc_dir}" "/")
  set(POOLNORM_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(folder IN ITEMS LIBDIR INCLUDEDIR)
  set(POOLNORM_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    string(PREPEND POOLNORM_PC_${folder} "\${prefix}/")
  endif()
endforeach()
set(pc_file "${PROJECT_BINARY_DIR}/${POOLNORM_PREFIX}poolnorm.pc")
configure_file(cmake/poolnorm.pc.in "${pc_file}" @ONLY)
install(FILES "${pc_file}" DESTINATION "${pc_dir}")
