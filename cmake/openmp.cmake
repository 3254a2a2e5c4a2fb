# OpenMP reaches lib/parallel/ and nothing else: no other file may mean more with it than without it.
include_guard()

set(POOLNORM_HAS_OPENMP OFF)
if(POOLNORM_OPENMP)
  find_package(OpenMP QUIET COMPONENTS CXX)
  if(OpenMP_CXX_FOUND)
    set(POOLNORM_HAS_OPENMP ON)
  endif()
endif()

if(POOLNORM_HAS_OPENMP)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/lib/parallel/*.cpp")
  separate_arguments(flags NATIVE_COMMAND "${OpenMP_CXX_FLAGS}")
  set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_OPTIONS ${flags})
  set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_DEFINITIONS POOLNORM_HAS_OPENMP=1)
  # Whoever links the archive links OpenMP's library, but is not compiled with its flags.
  target_link_libraries(poolnorm INTERFACE "$<LINK_ONLY:OpenMP::OpenMP_CXX>")
  message(STATUS "poolnorm: OpenMP ${OpenMP_CXX_VERSION} runs the tasks by default")
elseif(POOLNORM_OPENMP)
  message(STATUS "poolnorm: this compiler has no OpenMP; the calling thread or the host's executor runs the tasks")
endif()
