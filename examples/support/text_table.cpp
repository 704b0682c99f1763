#include "text_table.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace examples {

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::vector<std::string> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  row(headers);
}

void TextTable::row(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    line += i == 0 ? fmt::format("{:<{}}", cells.at(i), columns_[i].width)
                   : fmt::format("{:>{}}", cells.at(i), columns_[i].width);
  fmt::print("{}\n", line);
  std::fflush(stdout);  // a row is news: it should not wait in a pipe
}

}  // namespace examples
