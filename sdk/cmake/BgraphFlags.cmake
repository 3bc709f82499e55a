# How every own target is compiled: C++20, warnings as errors, paths that do not depend on the machine.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# Headers are included as <bgraph/sdk/...> and <bgraph/core/...>: two roots, so that plugins see only the SDK.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include/sdk/bgraph ${CMAKE_BINARY_DIR}/include/core/bgraph)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/sdk ${CMAKE_BINARY_DIR}/include/sdk/bgraph/sdk SYMBOLIC)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/core ${CMAKE_BINARY_DIR}/include/core/bgraph/core SYMBOLIC)

add_library(bgraph_flags INTERFACE)
target_compile_options(bgraph_flags INTERFACE
  -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-missing-field-initializers  # designated initialisers leave out defaults
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false positives on std::string in GCC 12 (PR 105651)
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/=build/)
target_link_options(bgraph_flags INTERFACE -Wl,--build-id=sha1)
if(BGRAPH_SANITIZE)
  target_compile_options(bgraph_flags INTERFACE -fsanitize=${BGRAPH_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(bgraph_flags INTERFACE -fsanitize=${BGRAPH_SANITIZE})
  string(REPLACE "," "+" BGRAPH_SANITIZER_NAME "${BGRAPH_SANITIZE}")
else()
  set(BGRAPH_SANITIZER_NAME none)
endif()
