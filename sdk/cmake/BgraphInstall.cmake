# The installed package: programs, SDK, plugins, and what find_package(bgraph) reads.
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/bgraph)
install(TARGETS bgraph bgraph-worker RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS bgraph_sdk LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(bgraph-worker PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

get_property(plugins GLOBAL PROPERTY BGRAPH_PLUGINS)
foreach(plugin ${plugins})
  set_target_properties(${plugin} PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
endforeach()
install(DIRECTORY ${CMAKE_BINARY_DIR}/plugins/ DESTINATION ${CMAKE_INSTALL_LIBDIR}/bgraph/plugins
  FILES_MATCHING PATTERN "*.so" PATTERN CMakeFiles EXCLUDE)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/sdk/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bgraph/sdk
  FILES_MATCHING PATTERN "*.h" PATTERN cmake EXCLUDE)
install(FILES ${CMAKE_BINARY_DIR}/include/sdk/bgraph_sdk_digest.h sdk/cmake/bgraph_abi_note.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES sdk/cmake/BgraphPlugin.cmake sdk/cmake/plugin_entry.cpp sdk/cmake/plugin_note.cpp sdk/cmake/plugin.map
  DESTINATION ${package})
install(DIRECTORY graphs datasets DESTINATION ${CMAKE_INSTALL_DATADIR}/bgraph)

configure_package_config_file(sdk/cmake/bgraphConfig.cmake.in ${CMAKE_BINARY_DIR}/bgraphConfig.cmake
  INSTALL_DESTINATION ${package}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bgraphConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bgraphConfig.cmake ${CMAKE_BINARY_DIR}/bgraphConfigVersion.cmake
  DESTINATION ${package})
