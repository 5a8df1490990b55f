# One INTERFACE target carries warnings and sanitizers; every target of ours links it privately, no library of others does.
add_library(klambda_options INTERFACE)
target_compile_options(klambda_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wcast-align -Wunused -Wimplicit-fallthrough -Werror)
# g++ 12, when it optimises, takes "text" + std::string for copies that overlap (gcc.gnu.org/PR105651); 13 does not.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(klambda_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:-Wno-restrict>)
endif()
if(KLAMBDA_SANITIZE)
  target_compile_options(klambda_options INTERFACE -fsanitize=${KLAMBDA_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(klambda_options INTERFACE -fsanitize=${KLAMBDA_SANITIZE})
  # g++ sees uninitialised variables that the instrumentation itself makes possible.
  target_compile_options(klambda_options INTERFACE -Wno-maybe-uninitialized)
  if(KLAMBDA_SANITIZE MATCHES thread)
    # std::atomic_thread_fence in Boost.Asio is unknown to ThreadSanitizer; g++ warns about it.
    target_compile_options(klambda_options INTERFACE -Wno-tsan)
  endif()
endif()
target_include_directories(klambda_options INTERFACE ${PROJECT_SOURCE_DIR})

# klambda_library(NAME SOURCES... ): a static library of ours.
function(klambda_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC klambda_options)
endfunction()
