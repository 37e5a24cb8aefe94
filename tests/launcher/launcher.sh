#!/usr/bin/env bash
# Tries the launcher on a small project in its place, with package tools that only write down what they are asked. Usage: launcher.sh LAUNCHER
set -euo pipefail
launcher=$1
unset CI EONFLOW_BUILD_DIR
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
tree="$scratch/a checkout"
failures=0

# check WHAT COMMAND...: the command must succeed.
check() {
    local what=$1
    shift
    if "$@"; then
        echo "ok      $what"
    else
        echo "FAILED  $what"
        sed 's/^/        stdout: /' "$scratch/out" | head -20
        sed 's/^/        stderr: /' "$scratch/err" | head -20
        failures=$((failures + 1))
    fi
}
# Runs a command without standard input; leaves its output in out and err, its exit status in `status`.
run() {
    status=0
    "$@" </dev/null >"$scratch/out" 2>"$scratch/err" || status=$?
}
# The same, as somebody who is not root.
run_as_user() {
    local -a user=()
    ((EUID != 0)) || user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    run ${user[@]+"${user[@]}"} "$@"
}
out_is() { [[ $(<"$scratch/out") == "$1" ]]; }
err_has() { grep -qF -- "$1" "$scratch/err"; }
silent() { [[ ! -s $scratch/err ]]; }
lacks() { ! grep -qE "$1" "$2"; }
ended() { ((status == $1)); }
both() { "${@:1:2}" && "${@:3}"; }

mkdir -p "$tree"/{cmake,lib,verify} "$scratch/tools"
cp "$launcher" "$tree/eonflow"
cat >"$tree/cmake/debian-packages.txt" <<'END'
# a comment
build compiler
build old-library | new-library
build gone-library | new-library
test oracle
END
cat >"$tree/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(stand_in LANGUAGES CXX)
add_executable(eonflow_cli verify/main.cpp)
set_target_properties(eonflow_cli PROPERTIES OUTPUT_NAME eonflow RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
enable_testing()
add_test(NAME quick COMMAND ${CMAKE_COMMAND} -E true)
add_test(NAME long COMMAND ${CMAKE_COMMAND} -E false)
set_tests_properties(long PROPERTIES LABELS slow)
END
cat >"$tree/CMakePresets.json" <<'END'
{"version": 6, "configurePresets": [{"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/${presetName}"}]}
END
write_program() {
    cat >"$tree/verify/main.cpp" <<END
#include <cstdio>
int main(int count, char** arguments) {
    std::printf("$1");
    for (int i = 1; i < count; ++i) std::printf(" [%s]", arguments[i]);
    std::putchar('\n');
    return count;
}
END
}
write_program first

# The package tools: `installed` and `offered` are the state, `asked` the record.
export STATE="$scratch/state"
mkdir "$STATE"
printf 'compiler\n' >"$STATE/installed"
printf 'compiler\nold-library\nnew-library\noracle\n' >"$STATE/offered"
cat >"$scratch/tools/dpkg-query" <<'END'
#!/bin/sh
sed 's/^/installed /' "$STATE/installed"
echo 'config-files old-library'
END
cat >"$scratch/tools/apt-cache" <<'END'
#!/bin/sh
shift
for name; do
    grep -qx "$name" "$STATE/offered" && printf '%s:\n  Installed: (none)\n  Candidate: 1.0\n' "$name"
done
printf 'gone-library:\n  Installed: (none)\n  Candidate: (none)\n'
END
cat >"$scratch/tools/apt-get" <<'END'
#!/bin/sh
echo "chatter of apt-get"
echo "$*" >>"$STATE/asked"
while [ "${1#-}" != "$1" ]; do case $1 in -o) shift 2 ;; *) shift ;; esac; done
[ "$1" = install ] || exit 0
for name; do case $name in install | -*) ;; *) echo "$name" >>"$STATE/installed" ;; esac; done
END
printf '#!/bin/sh\nexec "$@"\n' >"$scratch/tools/sudo"
chmod +x "$scratch"/tools/*
export PATH="$scratch/tools:$PATH"
chmod -R a+rwX "$STATE" "$tree"

# Packages
run_as_user "$tree/eonflow" hello
check "without leave nothing is installed" both ended 4 test ! -e "$STATE/asked"
check "what is missing is named" err_has "missing: old-library new-library"
run_as_user "$tree/eonflow" --yes hello
check "with leave what is missing is installed" grep -q -- '-y --no-install-recommends old-library new-library$' "$STATE/asked"
check "the lists are refreshed first" grep -q ' update$' "$STATE/asked"
check "the program then runs, and what it prints is all of standard output" both ended 2 out_is "first [hello]"
chmod -R a+rwX "$tree"

# Running
run "$tree/eonflow" hello
check "once built it only runs" both silent : out_is "first [hello]"
cd "$scratch"
ln -s "$tree/eonflow" "$scratch/link"
run ./link "two words" '' '*' --yes
check "arguments and exit status pass through, by a symlink from elsewhere" both ended 5 out_is "first [two words] [] [*] [--yes]"
write_program second
run "$tree/eonflow"
check "a changed source is rebuilt" out_is "second"
run "$tree/eonflow" --rebuild x
check "--rebuild is the launcher's own" both err_has "no work to do" out_is "second [x]"
echo broken >>"$tree/verify/main.cpp"
run "$tree/eonflow"
check "a failing build says so and runs nothing" both ended 4 err_has "the build failed"
run "$tree/eonflow"
check "and is tried again" both ended 4 err_has "error:"
write_program third
run "$tree/eonflow"
check "until it succeeds" out_is "third"
write_program fourth
: >"$scratch/err"
flock "$tree/build/release/.eonflow-lock" -c "while ! grep -q waiting '$scratch/err'; do sleep 0.1; done" &
run "$tree/eonflow"
check "two builds at once wait for each other" both err_has "waiting for another build" out_is "fourth"
wait

# An interrupted build
write_program fifth
echo 'add_custom_command(TARGET eonflow_cli PRE_LINK COMMAND touch linking COMMAND sleep 60)' >>"$tree/CMakeLists.txt"
env --default-signal=INT setsid bash -c 'echo $$ >"$0"; exec "$@"' "$scratch/session" "$tree/eonflow" </dev/null >"$scratch/out" 2>"$scratch/err" &
while [[ ! -e $tree/build/release/linking ]]; do sleep 0.1; done
kill -INT -- "-$(<"$scratch/session")"
status=0
wait $! || status=$?
check "an interrupt ends a build" both ended 130 grep -q '^eonflow: interrupted$' "$scratch/err"
sed -i '$d' "$tree/CMakeLists.txt"
run "$tree/eonflow"
check "an interrupted build is taken up again" out_is "fifth"

# Elsewhere
mv "$tree" "$scratch/moved"
tree="$scratch/moved"
run "$tree/eonflow"
check "a moved checkout builds anew" both err_has building out_is "fifth"
chmod -R a-w "$tree"
run_as_user "$tree/eonflow" --rebuild
check "a read-only checkout asks for EONFLOW_BUILD_DIR" both ended 4 err_has "set EONFLOW_BUILD_DIR"
mkdir -m 777 "$scratch/built elsewhere"
EONFLOW_BUILD_DIR="built elsewhere" run_as_user "$tree/eonflow" y
check "and builds there" both out_is "fifth [y]" test -x "$scratch/built elsewhere/bin/eonflow"
chmod -R u+w "$tree"

# Tests
: >"$STATE/asked"
run "$tree/eonflow" --yes test
check "test runs the quick tests" both ended 0 grep -q '100% tests passed, 0 tests failed out of 1' "$scratch/out"
check "with the packages of the tests" grep -q -- '--no-install-recommends oracle$' "$STATE/asked"
check "and a clean standard output" lacks 'eonflow: |chatter' "$scratch/out"
run "$tree/eonflow" test --slow
check "test --slow runs all, and its failure is the exit status" both ended 8 grep -q '1 tests failed out of 2' "$scratch/out"
run "$tree/eonflow" test --slow -L slow
check "test passes arguments to ctest" grep -q '1 tests failed out of 1' "$scratch/out"

# Not Debian
for tool in bash cmake ctest ninja c++ cc ld ar ranlib as env dirname readlink sed tr cat mkdir find flock getconf mv rm uname; do
    path=$(command -v "$tool") && mkdir -p "$scratch/plain" && ln -s "$path" "$scratch/plain/$tool"
done
write_program sixth
PATH="$scratch/plain" run "$tree/eonflow"
check "without Debian's tools it builds with what there is" out_is "sixth"
sed -i 's/^enable_testing/find_package(Absent REQUIRED)\n&/' "$tree/CMakeLists.txt"
PATH="$scratch/plain" run "$tree/eonflow"
check "and names what is needed when that fails" both ended 4 err_has "compiler old-library gone-library oracle"

((failures == 0)) || { echo "$failures failed"; exit 1; }
