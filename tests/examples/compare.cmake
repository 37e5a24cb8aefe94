# cmake -D program=... -D expected=... -P compare.cmake: runs the program and compares its output with the file.
execute_process(COMMAND ${program} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${expected} said)
if(NOT printed STREQUAL said)
  message(FATAL_ERROR "printed:\n${printed}\nexpected:\n${said}")
endif()
