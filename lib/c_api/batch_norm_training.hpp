// Descriptors and data of batch norm in training, of C.
#pragma once

#include <poolnorm/c/batch_norm_training.h>
#include <poolnorm/batch_norm_training.hpp>

namespace poolnorm::c_api {

// `name` is what messages call the struct.
Status read(const char* name, const poolnorm_batch_norm_training_desc* c, BatchNormTrainingDesc& desc) noexcept;
Status read(const char* name, const poolnorm_batch_norm_training_data* c, BatchNormTrainingData& data) noexcept;

}  // namespace poolnorm::c_api
