// A program of someone who has poolnorm: pools and normalises one image, and checks the answers.
#include <poolnorm/poolnorm.hpp>

#include <cstdio>

int main() {
  const float image[] = {1, 2, 3, 4,  //
                         5, 6, 7, 8};
  float pooled[2];
  const poolnorm::TensorDesc src = poolnorm::nchw({1, 1, 2, 4});
  const poolnorm::Status status = poolnorm::max_pool(image, src, pooled, poolnorm::Window(2));
  if (!status) {
    std::printf("max_pool: %s\n", status.message);
    return 1;
  }

  poolnorm::ScaleShiftDesc affine;
  const float scale = 2;
  affine.src = poolnorm::nchw({1, 1, 1, 2});
  affine.scale = {&scale, 1};
  affine.activation = poolnorm::relu();
  if (!poolnorm::scale_shift(affine, pooled, pooled)) return 1;

  std::printf("%g %g, %s\n", static_cast<double>(pooled[0]), static_cast<double>(pooled[1]),
              poolnorm::available(poolnorm::Isa::portable) ? "portable is there" : "portable is missing");
  return pooled[0] == 12 && pooled[1] == 16 ? 0 : 1;
}
