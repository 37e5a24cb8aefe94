# Finds FLINT together with Arb: merged since FLINT 3, two libraries before.
# Defines the target FlintArb::FlintArb.
find_path(FLINT_INCLUDE_DIR flint/flint.h)
find_library(FLINT_LIBRARY flint)
find_path(ARB_INCLUDE_DIR NAMES flint/arb.h arb.h)
find_library(ARB_LIBRARY NAMES arb flint-arb)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(FlintArb REQUIRED_VARS FLINT_LIBRARY FLINT_INCLUDE_DIR ARB_INCLUDE_DIR)

if(FlintArb_FOUND AND NOT TARGET FlintArb::FlintArb)
  add_library(FlintArb::FlintArb INTERFACE IMPORTED)
  target_include_directories(FlintArb::FlintArb SYSTEM INTERFACE ${FLINT_INCLUDE_DIR} ${ARB_INCLUDE_DIR})
  if(ARB_LIBRARY)
    target_link_libraries(FlintArb::FlintArb INTERFACE ${ARB_LIBRARY})
  endif()
  target_link_libraries(FlintArb::FlintArb INTERFACE ${FLINT_LIBRARY})
endif()
mark_as_advanced(FLINT_INCLUDE_DIR FLINT_LIBRARY ARB_INCLUDE_DIR ARB_LIBRARY)
