#pragma once
// What the pages show and do not hold by themselves: each is made by a compiled program.

#include <string>

namespace tests {

/// A table of errors, in Markdown.
std::string accuracy_table(const std::string& name);
/// Those of solvers; empty where the name is none of them.
std::string solver_table(const std::string& name);
/// Those of inverse problems; likewise.
std::string inverse_problem_table(const std::string& name);

/// A number for a table.
std::string print(const char* format, double value);

/// What a program of snippets/ prints.
std::string output(const std::string& name);

}  // namespace tests
