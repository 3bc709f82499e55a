# bgraph_plugin(NAME SOURCES...): one shared library = one plugin.
#
# Works the same inside the tree and, after find_package(bgraph), outside it. The library exports one symbol,
# carries the ELF note of the load gate, and gets its manifest embedded as an ELF section after linking.
include_guard(GLOBAL)

set(BGRAPH_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(bgraph_plugin name)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(target plugin_${folder}_${name})
  if(TARGET bgraph_plugin_entry)  # inside the tree: compiled once
    set(entry $<TARGET_OBJECTS:bgraph_plugin_entry>)
  else()
    set(entry ${BGRAPH_CMAKE_DIR}/plugin_entry.cpp)
  endif()
  add_library(${target} MODULE ${ARGN} ${entry} ${BGRAPH_CMAKE_DIR}/plugin_note.cpp)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${folder}.${name}
    CXX_STANDARD 20 CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${BGRAPH_CMAKE_DIR}/plugin.map)
  set_property(SOURCE ${BGRAPH_CMAKE_DIR}/plugin_note.cpp PROPERTY SKIP_PRECOMPILE_HEADERS ON)
  target_compile_definitions(${target} PRIVATE
    BGRAPH_PLUGIN_NAME="${folder}.${name}" BGRAPH_PLUGIN_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${target} PRIVATE bgraph::sdk)
  target_link_options(${target} PRIVATE
    -Wl,--build-id=sha1 -Wl,--version-script=${BGRAPH_CMAKE_DIR}/plugin.map)
  if(TARGET bgraph_pch)  # inside the tree
    target_link_libraries(${target} PRIVATE bgraph_flags)
    target_precompile_headers(${target} REUSE_FROM bgraph_pch)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    set_property(GLOBAL APPEND PROPERTY BGRAPH_PLUGINS ${target})
  else()
    target_compile_options(${target} PRIVATE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND bgraph::worker --embed --source ${CMAKE_SOURCE_DIR} $<TARGET_FILE:${target}> VERBATIM)
  endif()
  set(BGRAPH_PLUGIN_TARGET ${target} PARENT_SCOPE)
endfunction()

# Every .cpp of this folder that no bgraph_plugin() has named is a plugin by itself: a new file is a new plugin.
function(bgraph_plugin_per_file)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  set(grouped "")
  foreach(target ${targets})
    get_target_property(own ${target} SOURCES)
    foreach(source ${own})
      get_filename_component(source ${source} ABSOLUTE)
      list(APPEND grouped ${source})
    endforeach()
  endforeach()
  foreach(source ${sources})
    if(NOT source IN_LIST grouped)
      get_filename_component(name ${source} NAME_WE)
      bgraph_plugin(${name} ${source})
    endif()
  endforeach()
endfunction()

# After all plugins, for the whole tree:
#   bgraph_declared    plugins/declared.json: what each plugin offers and names, so that the program can have those built
#                      that a graph needs (core/registry/declared.h). No plugin is built for it.
#   bgraph_manifests   every plugin, with its manifest: one process describes them all (LibTorch is loaded once)
function(bgraph_all_plugins)
  get_property(targets GLOBAL PROPERTY BGRAPH_PLUGINS)
  set(folder ${CMAKE_BINARY_DIR}/plugins)
  set(files "")
  set(all_sources "")
  set(list "")
  foreach(target ${targets})
    list(APPEND files $<TARGET_FILE:${target}>)
    get_target_property(name ${target} OUTPUT_NAME)
    get_target_property(sources ${target} SOURCES)
    get_target_property(origin ${target} SOURCE_DIR)
    list(FILTER sources EXCLUDE REGEX "plugin_entry|plugin_note")
    list(TRANSFORM sources PREPEND ${origin}/ REGEX "^[^/]")
    list(APPEND all_sources ${sources})
    string(APPEND list "list(APPEND plugins ${name})\nset(sources_of_${name} \"${sources}\")\n")
  endforeach()
  file(GENERATE OUTPUT ${folder}/sources.cmake CONTENT "${list}")
  add_custom_command(OUTPUT ${folder}/declared.json
    COMMAND ${CMAKE_COMMAND} -DLIST=${folder}/sources.cmake -DOUT=${folder}/declared.json
            -P ${BGRAPH_CMAKE_DIR}/BgraphDeclared.cmake
    DEPENDS ${all_sources} ${folder}/sources.cmake ${BGRAPH_CMAKE_DIR}/BgraphDeclared.cmake
    COMMENT "What plugins declare" VERBATIM)
  add_custom_target(bgraph_declared ALL DEPENDS ${folder}/declared.json)

  # A plugin whose sources are gone goes with them.
  file(GLOB built RELATIVE ${folder} ${folder}/*.so)
  foreach(file ${built})
    string(REGEX REPLACE "\\.so$" "" name ${file})
    if(NOT list MATCHES "plugins ${name}\\)")
      file(REMOVE ${folder}/${file})
    endif()
  endforeach()

  add_custom_command(OUTPUT ${folder}/manifests.stamp
    COMMAND bgraph-worker --embed --source ${CMAKE_SOURCE_DIR} ${files}
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/manifests.stamp
    DEPENDS ${targets} bgraph-worker COMMENT "Embedding plugin manifests" VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(bgraph_manifests ALL DEPENDS ${folder}/manifests.stamp)
endfunction()
