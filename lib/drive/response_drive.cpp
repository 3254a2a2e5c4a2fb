#include "drive/response_drive.hpp"

#include <algorithm>

#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/checked.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ResponsePlanData& plan;
  const void* src;
  void* dst;
  char* workspace;
};

// A tile as groups side by side: its pixels of one channel after another, or its channels of one pixel after another.
// Squares have room for the channels that a window lacks, which are 0.
struct Tile {
  std::int64_t groups, width;
  std::int64_t src_step, dst_step, squares_step, tap_step;
};

Tile tile_of(const ResponsePlanData& p, std::int64_t pixels) noexcept {
  if (!p.channels_last) return {p.channels(), pixels, p.src.strides[1], p.dst.strides[1], pixels, pixels};
  const SequenceAxis& pixel = p.pixels.inner();
  return {pixels, p.channels(), pixel.step[slot_src], pixel.step[slot_dst], p.rows(), 1};
}

void clear_around(const ResponsePlanData& p, const Tile& t, double* squares) noexcept {
  const std::int64_t rows = p.channels_last ? t.groups : 1, row = p.rows() * t.tap_step;
  for (std::int64_t r = 0; r < rows; ++r, squares += row) {
    std::fill_n(squares, p.below * t.tap_step, 0.0);
    std::fill_n(squares + row - p.above * t.tap_step, p.above * t.tap_step, 0.0);
  }
}

// `pixels` neighbours. All squares are made before the first write.
void run_tile(const ResponsePlanData& p, const void* src, void* dst, std::int64_t pixels, char* memory) noexcept {
  const Tile t = tile_of(p, pixels);
  const std::int64_t bytes = size_of(p.src.type);
  double* const squares = reinterpret_cast<double*>(memory);
  clear_around(p, t, squares);
  p.kernels->squares({src, t.src_step, squares + p.below * t.tap_step, t.squares_step, t.groups, t.width});
  ResponseArgs a{};
  a.src_step = t.src_step;
  a.dst_step = t.dst_step;
  a.squares_step = t.squares_step;
  a.taps = p.taps();
  a.tap_step = t.tap_step;
  a.k = p.k;
  a.factor = p.factor;
  a.exponent = p.exponent;
  a.scratch = reinterpret_cast<double*>(memory + p.squares_bytes);
  for (std::int64_t w = 0; w < t.width; w += a.width) {
    a.width = std::min(t.width - w, response_block);
    const std::int64_t most = response_block / a.width;
    for (std::int64_t g = 0; g < t.groups; g += a.groups) {
      a.groups = std::min(t.groups - g, most);
      a.src = moved(src, (g * t.src_step + w) * bytes);
      a.dst = moved(dst, (g * t.dst_step + w) * bytes);
      a.squares = squares + g * t.squares_step + w;
      p.kernels->respond(a);
    }
  }
}

void run_tiles(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const ResponsePlanData& p = run.plan;
  char* const memory = run.workspace + worker * p.worker_bytes();
  const std::int64_t tiles = p.tasks / p.images, bytes = size_of(p.src.type), pixels = p.pixels.elements();
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t image = t / tiles, first = t % tiles * p.tile;
    p.pixels.for_pieces(first, std::min(first + p.tile, pixels), [&](const SequencePiece& piece) {
      run_tile(p, moved(run.src, (image * p.src.strides[0] + piece.offset[slot_src]) * bytes),
               moved(run.dst, (image * p.dst.strides[0] + piece.offset[slot_dst]) * bytes), piece.count, memory);
    });
  }
}

}  // namespace

void drive_response(const ResponsePlanData& plan, const void* src, void* dst, char* workspace,
                    const Executor& executor) noexcept {
  Run run{plan, src, dst, workspace};
  // A power takes as long as a pooling of some eight bytes.
  run_tasks(executor, plan.tasks, plan.bytes * 8, run_tiles, &run);
}

}  // namespace poolnorm
