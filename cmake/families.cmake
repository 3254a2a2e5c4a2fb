# THE list of families of operations: one row each. A row names
#   NEEDS    families it is built on; asking for one brings these, too
#   SOURCES  what of lib/ is its own, as a regular expression of folder/file without .cpp; a file that no
#            family owns is in every build
# A family left out is defined as POOLNORM_WITHOUT_<FAMILY>, for the headers to say so.
include_guard()

set(POOLNORM_ALL_FAMILIES "")
macro(poolnorm_family name)
  cmake_parse_arguments(POOLNORM_FAMILY_${name} "" "SOURCES" "NEEDS" ${ARGN})
  list(APPEND POOLNORM_ALL_FAMILIES ${name})
endmacro()

poolnorm_family(pools
  SOURCES "[a-z_]+/pool(_.*)?|plan/(axis|ring_schedule)")
poolnorm_family(indices NEEDS pools
  SOURCES "[a-z_]+/(max_indices|pool_backward|index|scatter|collect|spread)(_.*)?|plan/seen_axis")
poolnorm_family(norms
  SOURCES "[a-z_]+/norm(_run|_desc|_plan|_drive|_kernels)?|kernels/norm_[a-z0-9]+|[a-z_]+/excite|[a-z_]+/(local_response_norm|response)(_.*)?|plan/(activation|channel_map|fold|norm_quantization|sequence)")
poolnorm_family(chains NEEDS pools norms
  SOURCES "[a-z_]+/chain(_.*)?|plan/(cascade|commute)|drive/region")
poolnorm_family(statistics NEEDS norms
  SOURCES "[a-z_]+/(batch_norm_training|group_norm|row_norm|channel_norm|moments|training)(_.*)?|plan/population|drive/(channel_schedule|span)|[a-z_]+/layer_norm")
poolnorm_family(gradients NEEDS statistics
  SOURCES "[a-z_]+/(norm_backward|layer_norm_backward|local_response_norm_backward|channel_gradient|response_gradient|row_gradient|gradient)(_.*)?")
poolnorm_family(training_chains NEEDS chains indices gradients
  SOURCES "[a-z_]+/training_chain(_.*)?")

set(POOLNORM_FAMILIES "${POOLNORM_ALL_FAMILIES}" CACHE STRING "Families of operations to build, with what they need")

foreach(family IN LISTS POOLNORM_FAMILIES)
  if(NOT family IN_LIST POOLNORM_ALL_FAMILIES)
    message(FATAL_ERROR "POOLNORM_FAMILIES names ${family}; there are: ${POOLNORM_ALL_FAMILIES}")
  endif()
endforeach()
if(NOT POOLNORM_FAMILIES)
  message(FATAL_ERROR "POOLNORM_FAMILIES is empty; there are: ${POOLNORM_ALL_FAMILIES}")
endif()

# A row needs rows before it.
set(wanted ${POOLNORM_FAMILIES})
set(POOLNORM_BUILT_FAMILIES "")
set(POOLNORM_LEFT_OUT "")
list(REVERSE POOLNORM_ALL_FAMILIES)
foreach(family IN LISTS POOLNORM_ALL_FAMILIES)
  if(family IN_LIST wanted)
    list(APPEND wanted ${POOLNORM_FAMILY_${family}_NEEDS})
    list(PREPEND POOLNORM_BUILT_FAMILIES ${family})
  else()
    list(PREPEND POOLNORM_LEFT_OUT ${family})
  endif()
endforeach()
list(REVERSE POOLNORM_ALL_FAMILIES)

set(POOLNORM_FAMILY_DEFINITIONS "")
foreach(family IN LISTS POOLNORM_LEFT_OUT)
  string(TOUPPER ${family} FAMILY)
  list(APPEND POOLNORM_FAMILY_DEFINITIONS POOLNORM_WITHOUT_${FAMILY}=1)
endforeach()
if(POOLNORM_LEFT_OUT)
  list(JOIN POOLNORM_LEFT_OUT ", " left_out)
  message(STATUS "poolnorm: without ${left_out}")
endif()

# Takes the sources of families left out from a list of files under lib/.
function(poolnorm_leave_out files)
  set(kept ${${files}})
  foreach(family IN LISTS POOLNORM_LEFT_OUT)
    list(FILTER kept EXCLUDE REGEX "/lib/(${POOLNORM_FAMILY_${family}_SOURCES})\\.cpp$")
  endforeach()
  set(${files} ${kept} PARENT_SCOPE)
endfunction()
