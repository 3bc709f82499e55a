# How every own target is compiled: C++20, warnings as errors, paths that do not depend on the machine.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # -O3 costs build time and wins nothing: the work is in LibTorch's kernels
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

# Compilers are called with absolute paths, through ccache with relative ones: both are mapped to the source tree.
file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
add_library(bgraph_flags INTERFACE)
target_compile_options(bgraph_flags INTERFACE
  -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-missing-field-initializers  # designated initialisers leave out defaults
  # GCC 12 reports false positives of these on std::string (PR 105651, PR 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/=build/
  -ffile-prefix-map=${up}=)
target_link_options(bgraph_flags INTERFACE -Wl,--build-id=sha1)
if(BGRAPH_SANITIZE)
  # Instrumented code makes GCC's flow warnings unreliable, as its manual says: errors only in plain builds.
  target_compile_options(bgraph_flags INTERFACE -fsanitize=${BGRAPH_SANITIZE} -fno-omit-frame-pointer -Wno-error)
  target_link_options(bgraph_flags INTERFACE -fsanitize=${BGRAPH_SANITIZE})
  string(REPLACE "," "+" BGRAPH_SANITIZER_NAME "${BGRAPH_SANITIZE}")
else()
  set(BGRAPH_SANITIZER_NAME none)
endif()
