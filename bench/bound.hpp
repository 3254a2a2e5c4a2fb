// The bound: the least time a layer can take on this machine. The larger of
//   bytes time  bytes read and written at copy speed, the rest at read or write speed
//   port time   the arithmetic that no implementation can avoid, in registers
// How each is counted stands in bench/README.md.
#pragma once

#include "layer.hpp"
#include "roofline/roofline.hpp"

namespace bench {

struct Bytes {
  double in = 0;   // every input read once
  double out = 0;  // every output written once
  double total() const { return in + out; }
};
Bytes bytes_of(const Layer& layer, std::int64_t batch);

// Seconds.
// `working_set` says which memory the bytes come from.
double bytes_time(const Bytes& bytes, int threads, Roofline& roofline, double working_set);
double port_time(const Layer& layer, std::int64_t batch, int threads, Roofline& roofline);
double bound(const Layer& layer, std::int64_t batch, int threads, Roofline& roofline, double working_set);

}  // namespace bench
