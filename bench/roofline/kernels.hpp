// What the machine can do at best: bandwidth loops and arithmetic in registers, built once per ISA.
#pragma once

#include <cstddef>

namespace bench {

// Arithmetic whose speed the port time asks for; each counts vectors of floats.
enum class Arithmetic : int {
  add = 0,   // x + y (or x - y)
  multiply,  // x * y
  maximum,   // x > y ? x : y
  mixed,     // add, multiply and maximum in turn: what all ports do together
  divide,    // x / y
  quotient,  // (float)((double)x * r): the end of an average
  widen,     // sum + (double)x: a run of taps of an average over more than 64 elements
};
inline constexpr int arithmetic_count = 7;

struct RooflineKernels {
  // Bandwidth: `passes` passes over `floats` floats (a multiple of 128, 64-byte aligned).
  void (*copy)(float* dst, const float* src, std::size_t floats, std::size_t passes);
  void (*copy_streaming)(float* dst, const float* src, std::size_t floats, std::size_t passes);  // may be null
  void (*read)(float*, const float* src, std::size_t floats, std::size_t passes);
  void (*write)(float* dst, const float*, std::size_t floats, std::size_t passes);
  void (*write_streaming)(float* dst, const float*, std::size_t floats, std::size_t passes);  // may be null
  // Runs `rounds` rounds and returns how many floats that were.
  std::size_t (*arithmetic[arithmetic_count])(std::size_t rounds);
};

}  // namespace bench
