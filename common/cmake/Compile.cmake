# How everything is compiled: warnings, hardening, sanitizers, ccache, one precompiled header.

set(SCHARNIER_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, such as address,undefined")

find_program(SCHARNIER_CCACHE ccache)
if(SCHARNIER_CCACHE)
  # Precompiled headers defeat ccache unless told; paths relative to the checkout make two checkouts share. (That is why
  # our own header is found by its include path: with its full path, one checkout's would depend on another's file.)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_NOHASHDIR=true ${SCHARNIER_CCACHE})
endif()

add_library(scharnier_compile INTERFACE)
# Designated initialisers leave fields at their defaults on purpose.
target_compile_options(
  scharnier_compile INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
                              -fstack-protector-strong -fpch-preprocess)
target_compile_definitions(scharnier_compile INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
target_link_options(scharnier_compile INTERFACE -Wl,-z,relro,-z,now)
if(SCHARNIER_SANITIZE)
  add_compile_options(-fsanitize=${SCHARNIER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SCHARNIER_SANITIZE})
endif()
if(SCHARNIER_SANITIZE MATCHES "thread")
  # Debian's abseil was built without ThreadSanitizer: what it has to know of that. (Of protobuf: tsan.h.)
  add_library(scharnier_tsan OBJECT "${CMAKE_SOURCE_DIR}/common/cmake/tsan_abseil.cc")
  target_link_libraries(scharnier_tsan PRIVATE absl::synchronization)
  target_sources(scharnier_compile INTERFACE $<TARGET_OBJECTS:scharnier_tsan>)
  file(STRINGS "${CMAKE_SOURCE_DIR}/common/cmake/tsan_abseil.cc" wraps REGEX "^WRAP\\(")
  foreach(wrap ${wraps})
    string(REGEX REPLACE "^WRAP\\(([A-Za-z0-9_]+).*" "\\1" symbol "${wrap}")
    add_link_options(-Wl,--wrap=${symbol})
  endforeach()
endif()
