#include "options.hpp"

#include <sstream>
#include <stdexcept>
#include <thread>

#include "split.hpp"

namespace bench {
namespace {

using poolnorm::Isa;

constexpr Isa every_isa[] = {Isa::avx512, Isa::avx2, Isa::neon, Isa::sse2, Isa::portable};
constexpr const char* networks[] = {"resnet50",     "vgg16",    "googlenet", "inception_v3", "densenet121",
                                    "mobilenet_v3", "yolo_spp", "chains",    "training"};

std::string path_of(const std::string& shapes) {
  if (shapes.find('/') != std::string::npos || shapes.find('.') != std::string::npos) return shapes;
  return std::string(POOLNORM_BENCH_SHAPES) + "/" + shapes + ".txt";
}

Isa isa_named(const std::string& text) {
  for (const Isa isa : every_isa) {
    if (text != poolnorm::name(isa)) continue;
    if (!poolnorm::available(isa))
      throw std::runtime_error("--isa=" + text + ": this build or this CPU has no " + text);
    return isa;
  }
  throw std::runtime_error("--isa=" + text + ": no such instruction set");
}

Layout layout_named(const std::string& text) {
  if (text == "nchw") return Layout::nchw;
  if (text == "nhwc") return Layout::nhwc;
  throw std::runtime_error("--layouts: '" + text + "' is neither nchw nor nhwc");
}

bool cold_named(const std::string& text) {
  if (text == "hot") return false;
  if (text == "cold") return true;
  throw std::runtime_error("--caches: '" + text + "' is neither hot nor cold");
}

template <class Number>
std::vector<Number> positive(const std::string& key, const std::string& text) {
  std::vector<Number> all;
  for (const std::string& item : split(text)) {
    std::istringstream stream(item);
    Number value = 0;
    if (!(stream >> value) || !stream.eof() || !(value > 0))
      throw std::runtime_error(key + ": '" + item + "' is not a positive number");
    all.push_back(value);
  }
  if (all.empty()) throw std::runtime_error(key + ": a number is missing");
  return all;
}

}  // namespace

const char* const usage =
    "poolnorm_bench [options] [--benchmark_filter=REGEX] [--benchmark_out=FILE.json] ...\n"
    "  --shapes=NAME,...   networks under bench/shapes, or paths of shape files (default: all networks)\n"
    "  --isa=NAME          avx512, avx2, sse2, neon or portable (default: the best here)\n"
    "  --layouts=nchw,nhwc --threads=1,2 --batches=1,32\n"
    "  --caches=hot,cold   tensors in the caches they fit into, or in none (default hot)\n"
    "  --roofline          bandwidths from 16 KiB to 512 MiB as rows of their own\n"
    "  --row_time=SECONDS  of samples of each subject of a row (default 0.1)\n"
    "  --no_peers          poolnorm alone, without the separate calls beside chains, too\n"
    "  --smoke             the first pooling, norm and gradient of each network, batch 1, a few milliseconds a row\n"
    "  --list_isas         the instruction sets worth measuring on this machine, and nothing else\n"
    "Rows are named network/layer/n<batch>/layout/isa/t<threads>, with /cold at the end where caches are.\n";

std::vector<Isa> measured_isas() {
  std::vector<Isa> all;
  for (const Isa isa : {Isa::avx512, Isa::avx2, Isa::neon})
    if (poolnorm::available(isa)) all.push_back(isa);
  for (const Isa isa : {Isa::sse2, Isa::portable})
    if (all.empty() && poolnorm::available(isa)) all.push_back(isa);
  return all;
}

Options read_options(int argc, char** argv) {
  Options options;
  options.isa = measured_isas().front();
#if defined(_OPENMP)
  if (std::thread::hardware_concurrency() >= 2)
    options.threads = {1, 2};
  else
    options.threads = {1};
#else
  options.threads = {1};
#endif
  for (const char* network : networks) options.shape_files.push_back(path_of(network));
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (key == "--shapes") {
      options.shape_files.clear();
      for (const std::string& name : split(value)) options.shape_files.push_back(path_of(name));
    } else if (key == "--isa") {
      options.isa = isa_named(value);
    } else if (key == "--layouts") {
      options.layouts.clear();
      for (const std::string& name : split(value)) options.layouts.push_back(layout_named(name));
    } else if (key == "--threads") {
      options.threads = positive<int>(key, value);
    } else if (key == "--batches") {
      options.batches = positive<std::int64_t>(key, value);
    } else if (key == "--caches") {
      options.cold.clear();
      for (const std::string& name : split(value)) options.cold.push_back(cold_named(name));
    } else if (word == "--roofline") {
      options.roofline = true;
    } else if (key == "--row_time") {
      options.row_time = positive<double>(key, value).front();
    } else if (word == "--no_peers") {
      options.peers = false;
    } else if (word == "--smoke") {
      options.smoke = true;
    } else if (word == "--list_isas") {
      options.list_isas = true;
    } else {
      throw std::runtime_error("unknown option " + word + "; --help lists them");
    }
  }
  return options;
}

}  // namespace bench
