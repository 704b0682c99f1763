#pragma once
// The sheet with its rows and groups named.

#include <string>

#include "support/class_sheet.hpp"

namespace solvers {

/// The rows' names to the left of the sheet, the groups' above.
examples::Picture labelled(const examples::ClassSheet& sheet, const std::vector<std::string>& rows,
                           const std::vector<std::string>& groups);

}  // namespace solvers
