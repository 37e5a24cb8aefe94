# What `cmake --install` leaves: library, headers, CMake package, .pc file, program, licence.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/eonflow)

install(TARGETS eonflow EXPORT eonflow-targets ARCHIVE FILE_SET HEADERS)
install(EXPORT eonflow-targets NAMESPACE eonflow:: DESTINATION ${package_dir})
configure_package_config_file(cmake/eonflow-config.cmake.in ${PROJECT_BINARY_DIR}/eonflow-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/eonflow-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/eonflow-config.cmake ${PROJECT_BINARY_DIR}/eonflow-config-version.cmake cmake/FindFlintArb.cmake
        DESTINATION ${package_dir})

# The library is static, so its users link everything: nothing here is private.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE pc_prefix)
get_target_property(flint_libraries FlintArb::FlintArb INTERFACE_LINK_LIBRARIES)
set(pc_flint_libraries)
foreach(library IN LISTS flint_libraries)
  cmake_path(GET library PARENT_PATH folder)
  cmake_path(GET library STEM name)
  string(REGEX REPLACE "^lib" "" name ${name})
  string(APPEND pc_flint_libraries " -L${folder} -l${name}")
endforeach()
set(pc_include_flags)
get_target_property(flint_includes FlintArb::FlintArb INTERFACE_INCLUDE_DIRECTORIES)
foreach(folder IN LISTS flint_includes)
  if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    string(APPEND pc_include_flags " -I${folder}")
  endif()
endforeach()
configure_file(cmake/eonflow.pc.in ${PROJECT_BINARY_DIR}/eonflow.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/eonflow.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
