#include <verify/cli/program.hpp>

int main(int count, char** arguments) { return eonflow::verify::cli::run(count, arguments); }
