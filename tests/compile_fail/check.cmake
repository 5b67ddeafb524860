# cmake -D compiler=... -D id=GNU|Clang -D source=... -D includes=a|b -P check.cmake: does `source` end as its first line says?
# Messages are read without the source lines that compilers echo and without the names of files, so that no test matches itself.
file(STRINGS ${source} first_line LIMIT_COUNT 1)
string(REPLACE "|" ";" include_dirs "${includes}")
list(TRANSFORM include_dirs PREPEND "-I")

set(no_echo -fno-diagnostics-show-caret -fconcepts-diagnostics-depth=2)
if(id MATCHES Clang)
  set(no_echo -fno-caret-diagnostics)
endif()

set(ENV{LC_ALL} C)
execute_process(COMMAND ${compiler} -std=c++20 -fsyntax-only ${no_echo} ${include_dirs} ${source}
                RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said)
string(REGEX REPLACE "(^|\n)[^\n:]*:[0-9]+:" "\\1" messages "${said}")

if(first_line STREQUAL "// compiles")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "should compile, but:\n${said}")
  endif()
elseif(first_line MATCHES "^// expect: (.+)$")
  set(expected "${CMAKE_MATCH_1}")
  if(status EQUAL 0)
    message(FATAL_ERROR "compiles, but should be refused with: ${expected}")
  elseif(messages MATCHES "No such file|file not found")
    message(FATAL_ERROR "refused for want of a header:\n${said}")
  elseif(NOT messages MATCHES "${expected}")
    message(FATAL_ERROR "refused, but without saying: ${expected}\n${said}")
  endif()
else()
  message(FATAL_ERROR "the first line must be '// expect: regex' or '// compiles'")
endif()
