# `find_package(cgan_jit)` gives cgan_jit::cgan_jit: every room, `#include "frontend/..."` as inside the project.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(rooms ir os passes codegen runtime frontend models io training)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cgan_jit)

add_library(cgan_jit_all INTERFACE)
add_library(cgan_jit::cgan_jit ALIAS cgan_jit_all)
set_target_properties(cgan_jit_all PROPERTIES EXPORT_NAME cgan_jit)
target_compile_features(cgan_jit_all INTERFACE cxx_std_20)

foreach(room ${rooms})
  set_target_properties(cgan_jit_${room} PROPERTIES EXPORT_NAME ${room})
  target_include_directories(cgan_jit_${room} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/cgan_jit>)
  target_link_libraries(cgan_jit_all INTERFACE cgan_jit_${room})
  install(TARGETS cgan_jit_${room} EXPORT cgan_jit ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cgan_jit FILES_MATCHING PATTERN "*.h")
endforeach()
install(TARGETS cgan_jit_all EXPORT cgan_jit)
if(TARGET cgan_jit)
  install(TARGETS cgan_jit RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

install(EXPORT cgan_jit NAMESPACE cgan_jit:: FILE cgan_jitTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cgan_jitConfig.cmake.in ${PROJECT_BINARY_DIR}/cgan_jitConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cgan_jitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cgan_jitConfig.cmake ${PROJECT_BINARY_DIR}/cgan_jitConfigVersion.cmake DESTINATION ${package_dir})
