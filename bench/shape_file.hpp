// Reads the layers of a network from bench/shapes/<network>.txt; the format is in bench/README.md.
#pragma once

#include <string>
#include <vector>

#include "layer.hpp"

namespace bench {

// Throws std::runtime_error with "file:line: what is wrong".
std::vector<Layer> read_shape_file(const std::string& path);

}  // namespace bench
