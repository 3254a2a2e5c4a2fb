// Max pooling that also says where each maximum stood, and the way back: max unpooling.
//
// The index is that of the first maximum of a window in row-major order (+0 and -0 are equal), or of its
// first NaN. A window of padding alone has none: -1, or 255 for u8. Values are those of max pooling, of any type.
#pragma once

#if defined(POOLNORM_WITHOUT_INDICES)
#error "this build of poolnorm has no indices: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/elements.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/pool.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

enum class IndexType : int {
  u8 = 0,  // the tap, row-major within the window with its padded taps (adaptive: the window itself); at most 255 taps
  i32,     // flat in the plane: row-major over the input's D, H, W, whatever its strides; at most 2^31 - 1 elements
  i64,     // the same in 64 bits (PyTorch)
};

// How an index of 32 or 64 bits counts the places of a plane. Whatever it is, of equal maxima the first in row-major
// order has it.
enum class IndexOrder : int {
  row_major = 0,  // (d * H + h) * W + w
  column_major,   // (w * H + h) * D + d (ONNX storage_order = 1); planes of at most 2^31 - 1 elements
};

// Where it counts from.
enum class IndexScope : int {
  plane = 0,  // the plane's first element (PyTorch)
  tensor,     // the input's: with (n * C + c) * D * H * W before it, whatever the layout (ONNX); i32: at most 2^31 - 1
              // elements
};

// The max pooling and the indices it yields (op max). Plans that take indices back read the same: there
// `pool.src` is what they write and `pool.dst` what they read.
struct MaxIndicesDesc {
  PoolDesc pool;
  TensorDesc indices;  // dims of dst, strides in indices; not given: packed, in the layout of dst
  IndexType index_type = IndexType::i64;
  IndexOrder index_order = IndexOrder::row_major;  // i32 and i64
  IndexScope index_scope = IndexScope::plane;      // i32 and i64
};

class POOLNORM_API MaxIndicesPlan {
 public:
  MaxIndicesPlan() = default;
  MaxIndicesPlan(MaxIndicesPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  MaxIndicesPlan& operator=(MaxIndicesPlan&& other) noexcept;
  ~MaxIndicesPlan();

  // Refuses what PoolPlan::make refuses of a max pooling; an op that is not max; indices of other dims or
  // another walk; windows too large for u8, planes too large for i32 or column_major, an order or a scope of u8,
  // windows or rows that span 2^31 elements.
  static Result<MaxIndicesPlan> make(const MaxIndicesDesc& desc, const PlanOptions& options = {}) noexcept;

  // `indices`: the first of std::uint8_t, std::int32_t or std::int64_t, aligned to its type. No two of the three may
  // overlap.
  Status run(ConstElements src, Elements dst, void* indices, const RunContext& context) const noexcept;

  // Bytes that run() needs with this executor.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  const TensorDesc& dst() const noexcept;
  const TensorDesc& indices() const noexcept;  // its element type means nothing
  // One line, as PoolPlan::explain writes it.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// dst is 0 except dst[indices[i]] = src[i]; where several i name one place, the last in row-major order wins.
class POOLNORM_API MaxUnpoolPlan {
 public:
  MaxUnpoolPlan() = default;
  MaxUnpoolPlan(MaxUnpoolPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  MaxUnpoolPlan& operator=(MaxUnpoolPlan&& other) noexcept;
  ~MaxUnpoolPlan();

  // Of the pooling that is undone: `pool.src` describes what run() writes. Refuses as MaxIndicesPlan::make,
  // but for windows and rows that span too much, and a `pool.src` whose elements overlap.
  static Result<MaxUnpoolPlan> make(const MaxIndicesDesc& desc, const PlanOptions& options = {}) noexcept;

  // `src`: of the pooling's dst; `dst`: of its src; indices are aligned, and nothing overlaps. An index outside the
  // plane, or in another, (u8: outside the window, or on padding) is skipped, and counted in `skipped` where that is
  // given; one inside the plane is believed, whichever window has it. "None" of a window of padding alone is skipped
  // and not counted. Nothing outside dst is written.
  Status run(ConstElements src, const void* indices, Elements dst, const RunContext& context,
             std::int64_t* skipped = nullptr) const noexcept;

  // Bytes that run() needs with this executor.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  // One line, as PoolPlan::explain writes it.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
